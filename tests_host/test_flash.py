"""make flash, on drives and ports that are made up: what it says it will do, what it refuses."""

import struct

import flash
import pytest
from common import Error

RP2040, RP2350 = 0xE48BFF56, 0xE48BFF59


def uf2(path, family, blocks=2):
    """A file in the form of a UF2, of empty blocks."""
    block = b"UF2\n" + b"\0" * 24 + struct.pack("<I", family) + b"\0" * 480
    path.write_bytes(block * blocks)
    return path


def esp_image(path, chip):
    path.write_bytes(bytes([0xE9]) + b"\0" * 11 + struct.pack("<H", chip) + b"\0" * 100)
    return path


@pytest.fixture
def mounts(tmp_path, monkeypatch):
    """A folder for drives: mounts(name, board_id) makes one."""
    folder = tmp_path / "mounts"
    folder.mkdir()
    monkeypatch.setattr(flash, "MOUNTS", [f"{folder}/*"])
    monkeypatch.setattr(flash.shutil, "which", lambda name: None)

    def mount(name, board_id):
        (folder / name).mkdir()
        (folder / name / "INFO_UF2.TXT").write_text(
            f"UF2 Bootloader v3.0\nModel: a board\nBoard-ID: {board_id}\n")
        return folder / name
    return mount


@pytest.fixture
def ports(monkeypatch):
    """The serial ports that there are: a list to fill."""
    there = []
    monkeypatch.setattr(flash, "serial_ports", lambda: there)
    return there


@pytest.fixture
def commands(monkeypatch):
    """What would be run."""
    seen = []
    monkeypatch.setattr(flash, "_command", lambda *command: seen.append([*map(str, command)]))
    monkeypatch.setattr(flash, "_python", lambda: "python")
    return seen


def test_copies_to_the_one_drive(tmp_path, mounts):
    drive = mounts("RPI-RP2", "RPI-RP2")
    image = uf2(tmp_path / "firmware.uf2", RP2040)
    sentence, act = flash.plan("RPI_PICO", image=image)
    assert "will copy" in sentence and str(drive) in sentence
    assert not (drive / "firmware.uf2").exists()
    act()
    assert (drive / "firmware.uf2").read_bytes() == image.read_bytes()


def test_pico_2_has_a_drive_of_another_name(tmp_path, mounts):
    drive = mounts("RP2350", "RP2350")
    sentence, _ = flash.plan("RPI_PICO2", image=uf2(tmp_path / "firmware.uf2", RP2350))
    assert str(drive) in sentence


def test_dry_run_changes_nothing(tmp_path, mounts, monkeypatch, capsys):
    drive = mounts("RPI-RP2", "RPI-RP2")
    image = uf2(tmp_path / "firmware.uf2", RP2040)
    monkeypatch.setattr(flash.sys, "argv", ["flash.py", "RPI_PICO", "--image", str(image),
                                            "--dry-run"])
    flash.main()
    assert "will copy" in capsys.readouterr().err
    assert [file.name for file in drive.iterdir()] == ["INFO_UF2.TXT"]


def test_no_board(tmp_path, mounts):
    with pytest.raises(Error, match="hold BOOTSEL"):
        flash.plan("RPI_PICO", image=uf2(tmp_path / "firmware.uf2", RP2040))


def test_wrong_board(tmp_path, mounts):
    mounts("RP2350", "RP2350")
    with pytest.raises(Error, match="is RP2350; RPI_PICO is an rp2040"):
        flash.plan("RPI_PICO", image=uf2(tmp_path / "firmware.uf2", RP2040))


def test_wrong_drive_by_name(tmp_path, mounts):
    drive = mounts("RP2350", "RP2350")
    image = uf2(tmp_path / "firmware.uf2", RP2040)
    with pytest.raises(Error, match="is not an rp2040"):
        flash.plan("RPI_PICO", port=str(drive), image=image)
    with pytest.raises(Error, match="no INFO_UF2.TXT"):
        flash.plan("RPI_PICO", port=str(tmp_path), image=image)


def test_several_boards(tmp_path, mounts):
    mounts("RPI-RP2", "RPI-RP2")
    mounts("RPI-RP21", "RPI-RP2")
    with pytest.raises(Error, match="several boards.*PORT="):
        flash.plan("RPI_PICO", image=uf2(tmp_path / "firmware.uf2", RP2040))


def test_picotool_where_there_is_no_drive(tmp_path, mounts, commands, monkeypatch):
    monkeypatch.setattr(flash.shutil, "which", lambda name: f"/usr/bin/{name}")
    image = uf2(tmp_path / "firmware.uf2", RP2040)
    sentence, act = flash.plan("RPI_PICO", image=image)
    assert "picotool" in sentence and not commands
    act()
    assert commands == [["picotool", "load", "-f", "-v", "-x", str(image)]]


def test_running_board_is_sent_to_its_boot_loader(tmp_path, mounts, commands, ports):
    port = tmp_path / "ttyACM0"
    port.touch()
    image = uf2(tmp_path / "firmware.uf2", RP2040)
    sentence, act = flash.plan("RPI_PICO", port=str(port), image=image)
    assert "boot loader" in sentence and not commands
    drive = mounts("RPI-RP2", "RPI-RP2")
    act()
    assert commands == [["python", "-m", "mpremote", "connect", str(port), "bootloader"]]
    assert (drive / "firmware.uf2").exists()


def test_no_such_port(tmp_path, mounts, ports):
    ports.append(("/dev/ttyACM7", None, "another board"))
    with pytest.raises(Error, match="there is no /dev/nothing; .*ttyACM7 .another board"):
        flash.plan("RPI_PICO", port="/dev/nothing", image=uf2(tmp_path / "firmware.uf2", RP2040))


@pytest.mark.parametrize("board, chip, number, offset", [
    ("ESP32_GENERIC", "esp32", 0, "0x1000"),
    ("ESP32_GENERIC_S3", "esp32s3", 9, "0"),
    ("ESP32_GENERIC_C3", "esp32c3", 5, "0"),
])
def test_esp32(tmp_path, commands, ports, board, chip, number, offset):
    port = tmp_path / "ttyUSB0"
    port.touch()
    ports += [("/dev/ttyS0", None, "n/a"), (str(port), 0x10C4, "CP2102")]
    image = esp_image(tmp_path / "firmware.bin", number)
    sentence, act = flash.plan(board, image=image)
    assert chip in sentence and str(port) in sentence and not commands
    act()
    assert commands == [["python", "-m", "esptool", "--chip", chip, "--port", str(port), "--baud",
                         "460800", "write-flash", "-z", offset, str(image)]]


def test_esp32_not_plugged_in(tmp_path, ports):
    image = esp_image(tmp_path / "firmware.bin", 9)
    with pytest.raises(Error, match="no ESP32_GENERIC_S3 is plugged in; there is no serial port"):
        flash.plan("ESP32_GENERIC_S3", image=image)


def test_several_esp32(tmp_path, ports):
    ports += [("/dev/ttyUSB0", 0x1A86, "CH340"), ("/dev/ttyUSB1", 0x303A, "USB JTAG")]
    image = esp_image(tmp_path / "firmware.bin", 9)
    with pytest.raises(Error, match="several.*PORT=: /dev/ttyUSB0, /dev/ttyUSB1"):
        flash.plan("ESP32_GENERIC_S3", image=image)


def test_image_of_another_chip(tmp_path):
    with pytest.raises(Error, match="is for rp2350, RPI_PICO is an rp2040"):
        flash.plan("RPI_PICO", image=uf2(tmp_path / "firmware.uf2", RP2350))
    with pytest.raises(Error, match="is for esp32s3, ESP32_GENERIC_C3 is an esp32c3"):
        flash.plan("ESP32_GENERIC_C3", image=esp_image(tmp_path / "firmware.bin", 9))


def test_damaged_image(tmp_path):
    short = uf2(tmp_path / "firmware.uf2", RP2040)
    short.write_bytes(short.read_bytes()[:700])
    with pytest.raises(Error, match="no whole UF2 file: make firmware BOARD=RPI_PICO"):
        flash.plan("RPI_PICO", image=short)
    with pytest.raises(Error, match="no ESP32 image"):
        flash.plan("ESP32_GENERIC", image=short)


def test_image_not_built(tmp_path):
    with pytest.raises(Error, match="make firmware BOARD=RPI_PICO"):
        flash.plan("RPI_PICO", image=tmp_path / "none.uf2")


def test_unknown_board():
    with pytest.raises(Error, match="no board 'PICO'; boards/ has: "):
        flash.plan("PICO")


def test_qemu_board_is_not_flashed():
    with pytest.raises(Error, match="make qemu BOARD=VIRT_RV32"):
        flash.plan("VIRT_RV32")
