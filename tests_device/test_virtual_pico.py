"""The virtual Pico itself: resets, flash, time, and how it ends."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import scripts
from board import VirtualPicoBoard
from common import ROOT, Error
from console import Console
from virtual_pico import BOOT_ROM, FIRMWARE, HOME, VirtualPico

PATIENCE_S = 600  # with what hangs

# The collector runs before: how long it takes depends on stale words in the stack, and so on how
# the console's bytes came in.
MEASURE = """
import time, gc
gc.collect()
start = time.ticks_us()
data = [i * i for i in range(300)]
print(time.ticks_diff(time.ticks_us(), start), sum(data))
"""


@pytest.fixture(autouse=True)
def firmware(virtual_pico):
    """The image is built, and up to date."""


def emulator(*options):
    """Run the emulator to its end; return the finished process."""
    return subprocess.run(["node", HOME / "main.mjs", *map(str, options)], text=True,
                          timeout=PATIENCE_S, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def booting(image, *options):
    return emulator("--image", image, "--boot-rom", BOOT_ROM, "--fast", "--exit-after-ms", 100,
                    *options)


def test_same_program_takes_the_same_emulated_time():
    seen = set()
    for _ in range(2):
        with VirtualPicoBoard() as board:
            board.console.enter_raw_repl()
            seen.add(board.execute(MEASURE)[0])
    times, sums = zip(*(map(int, printed.split()) for printed in seen), strict=True)
    # The clock counts whole microseconds: where in one the program begins is not the same.
    assert max(times) - min(times) <= 1 and len(set(sums)) == 1, seen


def test_boot_line(tmp_path):
    assert booting(FIRMWARE, "--log", tmp_path / "log").returncode == 0
    with VirtualPicoBoard(log=tmp_path / "log") as board:
        board.console.serial.write(b"\r\x02")
        board.fresh()
    log = (tmp_path / "log").read_text()
    assert "tickslot " in log and "parallel" in log, log


def test_machine_reset_restarts_the_firmware(virtual_pico):
    virtual_pico.fresh()
    virtual_pico.execute("kept = 1")
    _, resets = virtual_pico.pico.time()
    virtual_pico.console.exec_raw_no_follow("import machine; machine.reset()")
    virtual_pico.fresh()
    assert virtual_pico.pico.time()[1] == resets + 1
    printed, raised = virtual_pico.execute(
        "import machine\nprint(machine.reset_cause() == machine.WDT_RESET, 'kept' in globals())")
    assert (printed, raised) == ("True False\n", "")


def test_reset_button_while_both_cores_are_busy(virtual_pico):
    virtual_pico.fresh()
    virtual_pico.console.exec_raw_no_follow(
        "import _thread\ndef spin():\n while True: pass\n"
        "_thread.start_new_thread(spin, ())\nspin()")
    virtual_pico.pico.reset()
    virtual_pico.fresh()
    assert virtual_pico.execute("print(1)") == ("1\n", "")


def test_flash_survives_a_restart(tmp_path):
    flash = tmp_path / "flash.bin"
    with VirtualPicoBoard(flash=flash) as board:
        board.fresh()
        board.execute("with open('kept.txt', 'w') as file: file.write('here')")
    with VirtualPicoBoard(flash=flash) as board:
        board.fresh()
        assert board.execute("print(open('kept.txt').read())") == ("here\n", "")


def test_flash_written_while_core_1_runs(virtual_pico):
    virtual_pico.fresh()
    printed, raised = virtual_pico.execute("""
import _thread
count = [0]
def spin(count):  # a local: without a GIL, globals move under its feet
    while True:
        count[0] += 1
_thread.start_new_thread(spin, (count,))
with open("noise.bin", "wb") as file:
    for i in range(8):
        file.write(bytes([i]) * 1024)
written = b"".join(bytes([i]) * 1024 for i in range(8))
print(open("noise.bin", "rb").read() == written, count[0] > 100)
""")
    assert (printed, raised) == ("True True\n", "")


def test_killed_emulator_leaves_its_flash_whole(tmp_path):
    flash = tmp_path / "flash.bin"
    with VirtualPicoBoard(flash=flash) as board:
        board.fresh()
        board.execute("open('first.txt', 'w').close()")
        wait_until(lambda: flash.exists() and b"first.txt" in flash.read_bytes(),
                   "the contents are to be written once a second")
        board.pico.process.send_signal(signal.SIGKILL)
    assert flash.stat().st_size == 2 * 1024 * 1024
    with VirtualPicoBoard(flash=flash) as board:
        board.fresh()
        assert board.execute("import os\nprint(os.listdir())")[0] == "['first.txt']\n"


def test_emulator_ends_with_the_process_that_started_it():
    code = ("from virtual_pico import VirtualPico; pico = VirtualPico(); pico.start(); "
            f"print(pico.process.pid, flush=True); import time; time.sleep({PATIENCE_S})")
    path = os.pathsep.join(filter(None, sys.path))
    with subprocess.Popen([sys.executable, "-c", code], text=True, stdout=subprocess.PIPE,
                          env={**os.environ, "PYTHONPATH": path}) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), "it is still there")


def test_board_that_dies_is_started_again(virtual_pico, tmp_path):
    script = tmp_path / "fine.py"
    script.write_text("print('OK')\n")
    virtual_pico.pico.process.kill()
    virtual_pico.pico.process.wait()
    with pytest.warns(UserWarning, match="the virtual Pico .*: it was restarted"):
        assert virtual_pico.run(script) == scripts.Verdict("pass", "", "OK\n")


def test_dead_emulator_is_a_clear_error():
    with pytest.raises(Error, match="not running"):
        VirtualPico().time()


def test_console_on_a_pty(tmp_path):
    tty = tmp_path / "tty"
    with VirtualPico(fast=True, pty=tty) as pico:
        wait_until(tty.exists, "there is no terminal")
        console = Console(str(tty))
        console.enter_raw_repl()
        assert console.exec("print(6 * 7)") == b"42\r\n"
        console.close()
        assert pico.running
    assert not tty.exists()


# Bad input: a message that names the fix

def test_unknown_option():
    done = emulator("--imgae", "x")
    assert done.returncode == 2 and "--imgae" in done.stderr and "usage:" in done.stderr


def test_missing_image(tmp_path):
    done = booting(tmp_path / "none.uf2")
    assert done.returncode == 2 and "none.uf2" in done.stderr


def test_image_of_another_chip(tmp_path):
    uf2 = bytearray(FIRMWARE.read_bytes())
    for block in range(0, len(uf2), 512):
        uf2[block + 28:block + 32] = (0xE48BFF59).to_bytes(4, "little")
    other = tmp_path / "pico2.uf2"
    other.write_bytes(uf2)
    done = booting(other)
    assert done.returncode == 2
    assert "RP2350" in done.stderr and "make firmware BOARD=RPI_PICO" in done.stderr


def test_raw_image_that_is_none(tmp_path):
    other = tmp_path / "noise.bin"
    other.write_bytes(bytes(range(256)) * 16)
    done = booting(other)
    assert done.returncode == 2 and "no RP2040 firmware" in done.stderr


def test_truncated_image(tmp_path):
    short = tmp_path / "short.uf2"
    short.write_bytes(FIRMWARE.read_bytes()[:1000])
    done = booting(short)
    assert done.returncode == 2 and "cut short" in done.stderr


def test_port_in_use(virtual_pico):
    port = virtual_pico.address.rpartition(":")[2]
    done = booting(FIRMWARE, "--port", port)
    assert done.returncode == 3 and f"port {port} is taken" in done.stderr


def test_flash_file_that_is_none(tmp_path):
    wrong = tmp_path / "flash.bin"
    wrong.write_bytes(b"short")
    done = booting(FIRMWARE, "--flash", wrong)
    assert done.returncode == 2 and "delete it" in done.stderr
    assert wrong.read_bytes() == b"short"


def test_instructions_agree_with_the_package():
    done = subprocess.run(["node", HOME / "core_check.mjs"], text=True,
                          timeout=PATIENCE_S, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


def test_make_virtual_pico_prints_the_line_that_connects(tmp_path):
    command = [sys.executable, ROOT / "tools" / "virtual_pico.py", "--port", "0", "--fast",
               "--flash", tmp_path / "flash.bin"]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE) as served:
        try:
            line = served.stdout.readline()
            match = re.search(r"mpremote connect (socket://127\.0\.0\.1:\d+) run", line)
            assert match, line
            done = subprocess.run([sys.executable, "-m", "mpremote", "connect", match[1],
                                   "exec", "print(6 * 7)"], text=True, stdout=subprocess.PIPE)
            assert done.stdout == "42\n"
        finally:
            served.terminate()


def test_run_command_shows_what_a_script_prints_and_how_it_ends(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import time\ntime.sleep(1800)\nprint('half an hour later')\n")
    command = [sys.executable, ROOT / "tools" / "virtual_pico.py", "run", script]
    done = subprocess.run(command, text=True, timeout=PATIENCE_S,  # idle time is skipped
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (0, "half an hour later\n")
    assert "emulated ms" in done.stderr
    script.write_text("1 / 0\n")
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 1 and "ZeroDivisionError" in done.stderr


def test_real_time_keeps_step_with_the_clock_on_the_wall():
    with VirtualPicoBoard(fast=False) as board:
        board.fresh()
        started, before = time.monotonic(), board.pico.time()[0]
        board.execute("import time\ntime.sleep_ms(1500)")
        emulated = (board.pico.time()[0] - before) / 1e6
        assert 1.5 <= emulated <= time.monotonic() - started + 0.5
        assert 1.5 <= time.monotonic() - started
