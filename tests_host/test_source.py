"""MicroPython's source is looked for in the stated order, and nothing half-fetched is kept."""

import os
import subprocess
import time

import debian
import pytest
import source
from common import Error


def write_tree(folder, version=source.VERSION):
    (folder / "py").mkdir(parents=True)
    numbers = dict(zip(("MAJOR", "MINOR", "MICRO"), version.split("."), strict=True))
    (folder / "py" / "mpconfig.h").write_text("".join(
        f"#define MICROPY_VERSION_{name} {number}\n" for name, number in numbers.items()))
    return folder


def git(folder, *arguments):
    return subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@x", "-C", folder, *arguments],
        check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Every place has the source: the test takes away those that are not to have it."""
    monkeypatch.delenv("MICROPY_DIR", raising=False)
    monkeypatch.setattr(source, "CACHE", tmp_path / "cache")
    upstream = write_tree(tmp_path / "upstream")
    git(tmp_path, "init", "-q", upstream)
    git(upstream, "add", ".")
    git(upstream, "commit", "-q", "-m", "release")
    git(upstream, "tag", f"v{source.VERSION}")
    monkeypatch.setattr(source, "GIT_URL", f"file://{upstream}")
    monkeypatch.setattr(source, "COMMIT", git(upstream, "rev-parse", "HEAD"))
    package = write_tree(tmp_path / "package")
    monkeypatch.setattr(debian, "fetch", lambda *_, **__: package)
    monkeypatch.setattr(debian, "cached", lambda *_, **__: None)
    return tmp_path


def break_git(monkeypatch, places, script):
    """Put a `git` of our own first in PATH."""
    fake = places / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")


def no_package(*_, **__):
    raise Error("no source package micropython 1.25.0 or newer")


def test_environment_comes_first(places, monkeypatch, capsys):
    mine = write_tree(places / "mine", "1.26.1")
    write_tree(places / "cache" / source.VERSION)
    monkeypatch.setenv("MICROPY_DIR", str(mine))
    assert source.find() == mine
    assert f"MicroPython 1.26.1 from MICROPY_DIR: {mine}" in capsys.readouterr().err


def test_then_the_cache(places, capsys):
    cached = write_tree(places / "cache" / source.VERSION)
    assert source.find() == cached
    assert "from the cache" in capsys.readouterr().err


def test_then_the_cached_package(places, monkeypatch, capsys):
    monkeypatch.setattr(debian, "cached", lambda *_, **__: places / "package")
    assert source.find() == places / "package"
    assert "from the cache" in capsys.readouterr().err


def test_then_git_which_fills_the_cache(places, monkeypatch, capsys):
    folder = source.find()
    assert folder == places / "cache" / source.VERSION
    assert source.version(folder) == source.VERSION
    assert "from upstream's git repository" in capsys.readouterr().err
    break_git(monkeypatch, places, "exit 1")
    assert source.find() == folder
    assert "from the cache" in capsys.readouterr().err


def test_then_the_package(places, monkeypatch, capsys):
    break_git(monkeypatch, places, "echo 'fatal: no network' >&2; exit 128")
    assert source.find() == places / "package"
    assert "from the distribution's source package" in capsys.readouterr().err


def test_without_git_the_package_is_taken(places, monkeypatch):
    monkeypatch.setenv("PATH", str(places))
    assert source.find() == places / "package"


def test_a_git_that_hangs_is_given_up(places, monkeypatch):
    # The helper that hangs holds git's pipes, as git-remote-https does.
    break_git(monkeypatch, places, "sleep 600 & wait")
    monkeypatch.setattr(source, "GIT_PATIENCE_S", 0.3)
    begin = time.monotonic()
    assert source.find() == places / "package"
    assert time.monotonic() - begin < 300
    assert source.GIT_PATIENCE_S <= 10


def test_another_commit_under_the_tag_is_refused(places, monkeypatch):
    monkeypatch.setattr(source, "COMMIT", "0" * 40)
    assert source.find() == places / "package"
    assert list((places / "cache").iterdir()) == []


def test_a_clone_that_breaks_off_leaves_nothing(places, monkeypatch):
    break_git(monkeypatch, places, """
for last; do :; done
case "$*" in
    *" clone "*) mkdir -p "$last/py"; echo half > "$last/py/mpconfig.h"; exit 128;;
esac""")
    assert source.find() == places / "package"
    assert list((places / "cache").iterdir()) == []


def test_a_missing_tag_is_named(places, monkeypatch):
    git(places / "upstream", "tag", "-d", f"v{source.VERSION}")
    monkeypatch.setattr(debian, "fetch", no_package)
    with pytest.raises(Error, match=f"v{source.VERSION} is not there"):
        source.find()


def test_when_all_fail_the_message_names_the_three_ways(places, monkeypatch):
    break_git(monkeypatch, places, "echo 'fatal: no network' >&2; exit 128")
    monkeypatch.setattr(debian, "fetch", no_package)
    with pytest.raises(Error) as caught:
        source.find()
    message = str(caught.value)
    for part in ("MICROPY_DIR=<folder>", source.GIT_URL, "DEBIAN_MIRROR=<url>",
                 "fatal: no network", "no source package micropython"):
        assert part in message


@pytest.mark.parametrize("make, said", [
    (lambda folder: folder.mkdir(), "no py/mpconfig.h"),
    (lambda folder: None, "no py/mpconfig.h"),
    (lambda folder: write_tree(folder, "1.19.1"), "has version 1.19.1; tickslot needs"),
])
def test_a_wrong_environment_is_an_error_not_a_fallback(places, monkeypatch, make, said):
    make(places / "mine")
    monkeypatch.setenv("MICROPY_DIR", str(places / "mine"))
    with pytest.raises(Error, match=said):
        source.find()


def test_a_preview_is_told_from_its_release(tmp_path):
    folder = write_tree(tmp_path / "x", "1.29.0")
    with open(folder / "py" / "mpconfig.h", "a") as file:
        file.write("#define MICROPY_VERSION_PRERELEASE 1\n")
    assert source.version(folder) == "1.29.0-preview"
