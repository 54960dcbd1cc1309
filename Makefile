# Every target calls a tool under tools/, which can be run by hand as well (--help).

PYTHON = python3
# The makefiles that the tools run are not ours: none of our options are meant for them.
unexport MAKEFLAGS MFLAGS MAKELEVEL

# As many processes as cores: each starts the boards that its tests ask for.
PYTEST = build/venv/bin/python -m pytest -n auto --dist worksteal

ifeq ($(shell command -v $(PYTHON)),)
$(error $(PYTHON) is missing: apt-get install python3)
endif

# Run a tool with its arguments; one that is not written yet says so.
tool = @test -e tools/$(1).py || { echo "make $@: not built yet (no tools/$(1).py)" >&2; exit 1; }; \
	$(PYTHON) tools/$(1).py

help:          ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

demo: unix     ## run the README's program, and a larger one, on MicroPython's Unix port
	$(call tool,demo)

test: unix build/venv  ## run the tests on the Unix port and on a virtual Pico, then lint
	$(call tool,virtual_pico) --install
	$(PYTEST) -m "not costly"
	$(call tool,lint)

test-all: unix build/venv  ## the same with two QEMU boards, and all else that needs no board
	$(call tool,virtual_pico) --install
	$(PYTEST)
	$(call tool,lint)

bench: unix    ## measure against asyncio: a table, build/bench.json and build/bench.svg; ONLY=NAME
	$(call tool,bench) $(ONLY:%=--only %) $(QUICK:%=--quick)

bench-check: unix  ## fail where an exact figure is worse than tools/bench/baseline.json
	$(call tool,bench) --check

profile: unix build/venv  ## say where the cycles of OP, a row of bench, go on PLACE (pico, unix)
	$(call tool,profiler) "$(OP)" $(PLACE:%=--place %)

firmware:      ## build firmware for BOARD
	$(call tool,firmware) $(BOARD)

flash:         ## put that firmware on the BOARD that is plugged in, on PORT if there are several
	$(call tool,flash) $(BOARD) $(PORT:%=--port %)

virtual-pico: build/venv  ## boot RPI_PICO's firmware on a virtual Pico
	$(call tool,virtual_pico)

qemu:          ## run the firmware of a QEMU BOARD in this terminal
	$(call tool,qemu) $(BOARD)

test-device:   ## run the tests that need a board, on PORT or on a virtual Pico
	$(call tool,test_device) $(PORT:%=--port %)

lint:          ## check style, types and hot functions
	$(call tool,lint)

lib:           ## write the package that MicroPython runs to build/lib (boards) and build/lib64
	$(call tool,expand)

unix:          ## build MicroPython's Unix port with tickslot frozen in
	$(call tool,build_unix)

build/venv:
	$(call tool,dev_venv)

clean:         ## remove build/, and all that was fetched
	rm -rf build

.DEFAULT_GOAL = help
.PHONY: help demo test test-all bench bench-check profile firmware flash virtual-pico qemu test-device lint lib unix build/venv clean
