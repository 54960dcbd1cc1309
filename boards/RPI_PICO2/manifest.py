include("../../firmware/manifest_rp2.py")
