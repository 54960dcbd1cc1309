"""Missing system packages are installed where that asks for no password, else named."""

import subprocess

import pytest
import system_packages
from common import Error


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with apt-get alone, which notes what it is asked for."""
    for name, text in {
        "apt-get": f'echo "$*" >> {tmp_path}/asked; test -e {tmp_path}/updated'
                   f' || test "$1" = update && touch {tmp_path}/updated',
        "dpkg-query": "exit 1",
        "gcc": "",
    }.items():
        file = tmp_path / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
    for name in ("sh", "env", "touch"):
        path = subprocess.run(["sh", "-c", f"command -v {name}"], text=True, check=True,
                              stdout=subprocess.PIPE).stdout.strip()
        (tmp_path / name).symlink_to(path)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_what_is_there_is_left_alone(machine):
    system_packages.ensure("gcc")
    assert not (machine / "asked").exists()


def test_root_installs_after_fetching_the_lists(machine, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    system_packages.ensure("gcc", "cmake", "libnewlib-dev")
    install = "install -y --no-install-recommends cmake libnewlib-dev"
    assert (machine / "asked").read_text().splitlines() == [install, "update", install]


def test_others_are_told_the_command(machine, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Error, match="sudo apt-get install cmake$"):
        system_packages.ensure("gcc", "cmake")
    assert not (machine / "asked").exists()


def test_a_failing_installation_is_an_error(machine, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    (machine / "apt-get").write_text("#!/bin/sh\necho 'E: no such package'; exit 100\n")
    with pytest.raises(Error, match="(?s)no such package.*install .*cmake failed"):
        system_packages.ensure("cmake")


def test_without_apt_the_names_are_told(machine):
    (machine / "apt-get").unlink()
    with pytest.raises(Error, match="missing: cmake"):
        system_packages.ensure("cmake")


LOCKED = """#!/bin/sh
echo "$*" >> {0}/asked
test -e {0}/free && exit
echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)"
exit 100
"""


def test_another_apt_is_waited_for(machine, monkeypatch, capsys):
    """Until it has let go of its lock; that is said once."""
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            (machine / "free").touch()

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("time.sleep", sleep)
    (machine / "apt-get").write_text(LOCKED.format(machine))
    system_packages.ensure("cmake")
    assert (machine / "asked").read_text().splitlines() == 4 * [
        "install -y --no-install-recommends cmake"]
    said = capsys.readouterr().err
    assert said.count("waiting for another apt or dpkg to end") == 1
    assert "/var/lib/apt/lists/lock. It is held by process 7 (apt-get)" in said


def test_a_lock_that_is_never_let_go_is_an_error(machine, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(system_packages, "LOCK_PATIENCE_S", -1)
    (machine / "apt-get").write_text(LOCKED.format(machine))
    with pytest.raises(Error, match="(?s)held by process 7.*cmake failed"):
        system_packages.ensure("cmake")
