"""The fresh machine: what goes along into it, and what happens where none can be had."""

import fresh_machine
import pytest


@pytest.fixture
def tool(monkeypatch):
    """The tool, run by nobody in particular: tool(arguments) gives its exit code."""
    monkeypatch.setattr(fresh_machine.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(fresh_machine.signal, "signal", lambda *_: None)

    def call(*arguments):
        monkeypatch.setattr("sys.argv", ["fresh_machine", *arguments])
        return fresh_machine.main()
    return call


def test_where_none_can_be_had_the_commands_run_here(tool, capfd):
    assert tool("--direct", "echo one; pwd", "exit 3", "echo two") == 3
    printed = capfd.readouterr()
    assert printed.out.splitlines() == ["one", str(fresh_machine.ROOT)]
    assert "no fresh machine: it needs root" in printed.err
    assert "exit 3 failed (3) after 0 min" in printed.err


def test_or_nothing_does(tool, capfd):
    assert tool("echo one") == fresh_machine.NOT_POSSIBLE
    assert capfd.readouterr().out == ""


def test_a_command_has_no_terminal(tool):
    assert tool("--direct", "! test -t 0", "! (: </dev/tty) 2>/dev/null") == 0


def test_refused_mounts_are_named(monkeypatch):
    monkeypatch.setattr(fresh_machine.os, "geteuid", lambda: 0)
    monkeypatch.setattr(fresh_machine, "ALONE", ("sh", "-c", "echo permission denied; exit 1"))
    with pytest.raises(fresh_machine.NotPossible, match="permission denied"):
        fresh_machine.check()


def test_settings_go_along(tmp_path, monkeypatch):
    root, certificate = tmp_path / "root", tmp_path / "certificate.pem"
    (root / "etc" / "apt" / "apt.conf.d").mkdir(parents=True)
    certificate.write_text("trusted")
    for name, value in {"https_proxy": "http://proxy:1", "SSL_CERT_FILE": str(certificate),
                        "PIP_INDEX_URL": "http://index", "OTHER": "x"}.items():
        monkeypatch.setenv(name, value)
    variables = fresh_machine.settings(root)
    assert variables["https_proxy"] == "http://proxy:1"
    assert variables["PIP_INDEX_URL"] == "http://index" and "OTHER" not in variables
    assert (root / str(certificate)[1:]).read_text() == "trusted"
