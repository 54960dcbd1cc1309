unix:
	python3 tools/build_unix.py
.PHONY: unix
