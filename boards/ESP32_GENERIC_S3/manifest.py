include("../../firmware/manifest_esp32.py")
