#!/usr/bin/env python3
"""Fetch Debian packages by name into build/, without touching the system.

    python3 tools/debian.py source micropython
    python3 tools/debian.py binary pico-sdk-source tinyusb-source

Prints the folder of each unpacked package. As a module:

    import debian
    sdk = debian.fetch("binary", "pico-sdk-source", minimum="2.1")

It runs apt with a separate configuration in build/debian: the system's package lists, cache and
installed packages do not change, and no root is needed. apt checks the signature of the suite's
index, and each file's checksum. The tool asks the system's own suite first, then SUITE from the
same mirror. If the system uses no Debian mirror (on Ubuntu, for example), DEBIAN_MIRROR=URL names
one.

A package is unpacked under another name and then renamed, so that a folder under its final name is
complete. Delete build/debian to start again.
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import system_packages
from common import BUILD, Error, lock, run, say

CACHE = BUILD / "debian"
SYSTEM_APT = Path("/etc/apt")

# Debian's stable suite, by its codename: "stable" will mean other versions one day.
SUITE = "trixie"

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_SKIPPED_SUITES = ("-updates", "-security", "-backports", "-proposed")


def fetch(kind, name, *, minimum=None, suites=None):
    """Return the folder of the unpacked package `name`; fetch it if it is not cached.

    kind: "source" (unpacked with Debian's patches applied) or "binary" (its file tree).
    minimum: the lowest acceptable upstream version, such as "1.25".
    suites: the suites to try, in this order; by default the system's own, then SUITE.
    """
    suites = suites or default_suites()
    found = cached(kind, name, minimum=minimum, suites=suites)
    if found:
        return found
    failures = []
    for suite in suites:
        try:
            return _fetch_from(suite, kind, name, minimum)
        except Error as error:
            failures.append(f"  {suite}: {error}")
    raise Error(f"no {kind} package {name}" + (f" {minimum} or newer" if minimum else "")
                + "\n" + "\n".join(failures))


def cached(kind, name, *, minimum=None, suites=None):
    """Return the folder that `fetch` would return; None if that needs the network."""
    for suite in suites or default_suites():
        versions = [entry for entry in (CACHE / suite / kind / name).glob("[!.]*")
                    if _good(entry.name, minimum)]
        if versions:
            return max(versions, key=lambda entry: upstream_version(entry.name))
    return None


def default_suites():
    own = [suite for _, suite, _ in system_sources() if not suite.endswith(_SKIPPED_SUITES)]
    return list(dict.fromkeys([*own[:1], SUITE]))


def system_sources(folder=None):
    """List (mirror, suite, components) of the distribution's archives that the system uses."""
    folder = folder or SYSTEM_APT
    found = []
    for file in sorted([folder / "sources.list", *folder.glob("sources.list.d/*")]):
        if file.suffix == ".list" and file.is_file():
            found += re.findall(r"(?m)^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$",
                                file.read_text())
        elif file.suffix == ".sources":
            for stanza in re.split(r"\n\s*\n", file.read_text()):
                fields = dict(re.findall(r"(?m)^([\w-]+):\s*(.*)$", stanza))
                if "deb" in fields.get("Types", "").split() and fields.get("Enabled") != "no":
                    found += [(uri, suite, fields.get("Components", ""))
                              for uri in fields.get("URIs", "").split()
                              for suite in fields.get("Suites", "").split()]
    # A third party may also call its component "main", but hardly its folder "debian".
    return [(uri, suite, components) for uri, suite, components in found
            if "main" in components.split() and "security" not in uri
            and re.search(r"(debian|ubuntu)[^/]*/?$", uri)]


def origin(suite):
    """Return the (mirror, components) to fetch `suite` from."""
    sources = system_sources()
    for uri, own, components in sources:
        if own == suite:
            return uri, components
    if os.environ.get("DEBIAN_MIRROR"):
        return os.environ["DEBIAN_MIRROR"], "main"
    for uri, _, _ in sources:
        if re.search("debian[^/]*/?$", uri):
            return uri, "main"
    raise Error("this system's apt names no Debian mirror; set DEBIAN_MIRROR to the URL of one")


def _trust(mirror):
    """Return the line for apt's sources that says which key signs the mirror."""
    if "ubuntu" in mirror:
        return ""  # the system has the keys of its own suite
    system_packages.ensure("debian-archive-keyring")
    return f"Signed-By: {_KEYRING}\n"


def upstream_version(version):
    """Return the comparable upstream part: "1:1.25.0+ds-2" gives (1, 25, 0)."""
    match = re.match(r"(?:\d+:)?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def _good(version, minimum):
    return not minimum or upstream_version(version) >= upstream_version(minimum)


def _fetch_from(suite, kind, name, minimum):
    apt = _Apt(suite, kind)
    with lock(apt.folder / "lock"):
        apt.prepare()
        found = cached(kind, name, minimum=minimum, suites=[suite])
        if found:  # another process was faster
            return found
        version = apt.newest(name)
        if not version:
            raise Error("it has none")
        if not _good(version, minimum):
            raise Error(f"it has {version}")
        target = CACHE / suite / kind / name / version.split(":")[-1]
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=target.parent) as temporary:
            say(f"fetching {kind} package {name} {version} from {suite}")
            download = Path(temporary) / "download"
            download.mkdir()
            apt.download(name, version, download)
            unpacked = Path(temporary) / "unpacked"
            unpack(kind, download, unpacked)
            unpacked.rename(target)
    return target


def unpack(kind, download, target):
    """Unpack the one package in the folder `download` to the new folder `target`."""
    pattern, command = {
        # apt has checked the index's signature and each file's checksum. --no-check only
        # leaves out the maintainer's signature, because that key is seldom there.
        "source": ("*.dsc", ["dpkg-source", "--no-check", "-x"]),
        "binary": ("*.deb", ["dpkg-deb", "-x"]),
    }[kind]
    files = list(download.glob(pattern))
    if len(files) != 1:
        raise Error(f"apt reported success and left {len(files)} {pattern} files")
    system_packages.ensure_command(command[0])
    _run([*command, files[0], target], "unpacking failed")


class _Apt:
    """apt for one suite; every file that it writes is under build/debian."""

    def __init__(self, suite, kind):
        self.suite, self.kind = suite, kind
        self.folder = CACHE / "apt" / f"{suite}-{kind}"
        self.config = self.folder / "apt.conf"

    def newest(self, name):
        """Return the newest version of the package in the suite; None if there is none."""
        command = ["apt-cache", "showsrc" if self.kind == "source" else "show", name]
        shown = subprocess.run([command[0], "-c", self.config, *command[1:]], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        # showsrc also accepts the names of binary packages.
        wanted = [stanza for stanza in shown.split("\n\n")
                  if f"\nPackage: {name}\n" in f"\n{stanza}\n"]
        versions = re.findall(r"(?m)^Version: (\S+)", "\n".join(wanted))
        return max(versions, key=upstream_version, default=None)

    def download(self, name, version, folder):
        verb = ["source", "--download-only"] if self.kind == "source" else ["download"]
        self._apt_get([*verb, f"{name}={version}"], folder, f"could not download {name}")

    def prepare(self):
        """Write the configuration, and fetch the suite's index if there is none yet."""
        type_ = "deb-src" if self.kind == "source" else "deb"
        mirror, components = origin(self.suite)
        sources = (f"Types: {type_}\nURIs: {mirror}\n"
                   f"Suites: {self.suite}\nComponents: {components}\n{_trust(mirror)}")
        stamp = self.folder / "fetched"
        # An index older than a day may name files that the mirror has replaced.
        if (stamp.exists() and stamp.read_text() == sources
                and time.time() - stamp.stat().st_mtime < 24 * 3600):
            return
        for part in ("state/lists/partial", "cache/archives/partial", "etc"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        (self.folder / "etc" / "only.sources").write_text(sources)
        self.config.write_text("\n".join([
            f'Dir::State "{self.folder}/state";',
            f'Dir::State::status "{self.folder}/status";',
            f'Dir::Cache "{self.folder}/cache";',
            'Dir::Etc::sourcelist "/dev/null";',
            f'Dir::Etc::sourceparts "{self.folder}/etc";',
            'Dir::Etc::preferences "/dev/null";',
            'Dir::Etc::preferencesparts "/dev/null";',
            # Lists that only graphical package managers and descriptions need.
            '#clear Acquire::IndexTargets::deb::DEP-11;',
            '#clear Acquire::IndexTargets::deb::DEP-11-icons;',
            '#clear APT::Update::Post-Invoke;',
            '#clear APT::Update::Post-Invoke-Success;',
            '#clear DPkg::Post-Invoke;',
            'Acquire::Languages "none";',
            'Acquire::Retries "2";',
            'Acquire::http::Timeout "20";',
            'Acquire::https::Timeout "20";',
            'APT::Update::Error-Mode "any";',
            # apt's own download user may have no access to this folder.
            'APT::Sandbox::User "root";',
            ""]))
        say(f"fetching the index of {self.suite}")
        self._apt_get(["update"], self.folder, "could not fetch its index")
        stamp.write_text(sources)

    def _apt_get(self, arguments, folder, failure):
        if not shutil.which("apt-get"):
            raise Error("this system has no apt-get")
        _run(["apt-get", "-qq", "-c", self.config, *arguments], failure, cwd=folder)


def _run(command, failure, cwd=None):
    """Run a command quietly; its output is shown if it fails."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, text=True,
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        lines = [f"    {line}" for line in done.stdout.strip().splitlines()[-10:]]
        raise Error("\n".join([failure, *lines]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("source", "binary"))
    parser.add_argument("names", nargs="+", metavar="name")
    parser.add_argument("--minimum", help="lowest acceptable upstream version, such as 1.25")
    parser.add_argument("--suite", action="append", dest="suites",
                        help=f"a suite to try, in order (the system's own, then {SUITE})")
    options = parser.parse_args()
    for name in options.names:
        print(fetch(options.kind, name, minimum=options.minimum, suites=options.suites))


if __name__ == "__main__":
    run(main)
