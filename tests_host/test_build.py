"""Building: what is rebuilt when, and what the make targets say."""

import subprocess

import build_unix
import pytest
from common import ROOT, Error


@pytest.fixture
def board(tmp_path, monkeypatch):
    """A repository of one module and one variant, with something frozen already."""
    monkeypatch.setattr(build_unix, "ROOT", tmp_path)
    for name, text in {"lib/tickslot/clock.py": "", "boards/unix/manifest.py": "1",
                       "build/frozen_mpy/clock.mpy": "", "build/frozen_content.c": ""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    freeze_as_make_does(tmp_path)
    build_unix.forget_removed_modules(tmp_path / "build")
    freeze_as_make_does(tmp_path)
    return tmp_path / "boards" / "unix"


def freeze_as_make_does(root):
    (root / "build" / "frozen_mpy").mkdir(exist_ok=True)
    (root / "build" / "frozen_content.c").touch()


def frozen(root):
    return (root / "build" / "frozen_mpy").exists(), (root / "build" / "frozen_content.c").exists()


@pytest.mark.parametrize("change, kept", [
    (lambda root: None, True),
    (lambda root: (root / "lib/tickslot/clock.py").write_text("x"), True),  # make sees that
    (lambda root: (root / "lib/tickslot/clock.py").unlink(), False),
    (lambda root: (root / "boards/unix/manifest.py").write_text("2"), False),
])
def test_frozen_modules_are_forgotten_when_make_would_not_see_it(board, tmp_path, change, kept):
    change(tmp_path)
    build_unix.forget_removed_modules(tmp_path / "build")
    assert frozen(tmp_path) == (kept, kept)


def test_a_binary_is_installed_when_it_is_another(tmp_path):
    built, target = tmp_path / "built", tmp_path / "unix" / "micropython"
    built.write_text("one")
    build_unix.install(built, target)
    first = target.stat().st_ino
    build_unix.install(built, target)
    assert target.stat().st_ino == first, "the same one is left alone"
    built.write_text("two")
    build_unix.install(built, target)
    assert target.read_text() == "two"
    assert target.stat().st_ino != first, "a running program keeps its file"


@pytest.mark.parametrize("says, code, result", [
    ("ERROR: xtensa bccz out of range", 0, 1), ("SyntaxError: invalid syntax", 1, 1), ("", 0, 0)])
def test_wrong_machine_code_is_a_failure(tmp_path, says, code, result):
    """mpy-cross 1.25 reports a branch that is too far, writes the file, and exits with 0."""
    mpy_cross = tmp_path / "mpy cross"
    mpy_cross.write_text(f'#!/bin/sh\necho "$@"\necho "{says}"\necho code > "$2"\nexit {code}\n')
    mpy_cross.chmod(0o755)
    done = subprocess.run([build_unix.checked(mpy_cross), "-o", tmp_path / "a b.mpy", "a b.py"],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == result
    assert done.stdout.strip() == f"-o {tmp_path}/a b.mpy a b.py\n{says}".strip()
    assert (tmp_path / "a b.mpy").exists() == (not says.startswith("ERROR:"))


def test_a_machine_without_native_code_is_told(monkeypatch):
    monkeypatch.setattr("sys.argv", ["build_unix"])
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    with pytest.raises(Error, match="no native code for aarch64"):
        build_unix.main()


def make(*arguments):
    return subprocess.run(["make", "--no-print-directory", *arguments], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_help_lists_every_target():
    listed = make().stdout
    for target in ("demo", "test", "test-all", "bench", "firmware", "flash", "virtual-pico", "lint",
                   "clean"):
        assert f"make {target} " in listed
    assert make("help").stdout == listed


def test_a_target_not_built_yet_says_so():
    done = make("--eval=nothing: ; $(call tool,no_such_tool)", "nothing")
    assert done.returncode != 0
    assert "make nothing: not built yet (no tools/no_such_tool.py)" in done.stdout
