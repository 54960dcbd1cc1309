include("../../firmware/esp32.py")
