"""What tools/virtual_pico.py says where the emulator cannot be installed or started."""

import json
import os
from pathlib import Path

import pytest
import virtual_pico
from common import Error


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A PATH of made-up programs: programs(name, shell script) adds one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(virtual_pico, "CACHE", tmp_path / "cache")
    (tmp_path / "cache").mkdir()

    def add(name, script):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return add


def test_broken_download_leaves_nothing_and_the_next_run_installs(programs, tmp_path):
    programs("npm", "mkdir -p node_modules/half; echo EINTEGRITY sha512 mismatch >&2; exit 1")
    with pytest.raises(Error, match="(?s)EINTEGRITY.*npm could not install rp2040js"):
        virtual_pico._install_package()
    assert not (tmp_path / "cache" / "node_modules").exists()
    programs("npm", "mkdir -p node_modules/whole")
    virtual_pico._install_package()
    assert [path.name for path in (tmp_path / "cache" / "node_modules").iterdir()] == ["whole"]
    programs("npm", "exit 1")
    virtual_pico._install_package()  # it is there: npm is not asked


def test_old_node(programs):
    programs("node", "echo v16.20.2")
    with pytest.raises(Error, match="node is v16.20.2; the virtual Pico needs 18 or newer"):
        virtual_pico._install_package()


def test_no_node(monkeypatch):
    monkeypatch.setattr(virtual_pico.shutil, "which", lambda name: None)

    def ensure(*names):
        raise Error(f"missing packages: {' '.join(names)}")
    monkeypatch.setattr(virtual_pico.system_packages, "ensure", ensure)
    with pytest.raises(Error, match="nodejs"):
        virtual_pico._check_node()


def test_no_firmware(tmp_path):
    with pytest.raises(Error, match="make firmware BOARD=RPI_PICO"):
        virtual_pico.VirtualPico(tmp_path / "none.uf2").start()


def test_package_is_pinned_with_its_checksum():
    locked = json.loads((Path(virtual_pico.HOME) / "package-lock.json").read_text())
    package = locked["packages"]["node_modules/rp2040js"]
    assert package["version"] == "1.4.1" and package["integrity"].startswith("sha512-")
