include("../../firmware/rp2.py")
