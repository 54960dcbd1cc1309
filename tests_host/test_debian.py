"""Packages come from apt whole and checked, or not at all. The mirror is a folder of the test."""

import hashlib
import io
import shutil
import subprocess
import tarfile

import debian
import pytest
from common import Error

pytestmark = pytest.mark.skipif(not shutil.which("apt-get"), reason="this system has no apt")


class Mirror:
    """A Debian archive with one suite for each name in `suites`: {suite: version}."""

    def __init__(self, folder, suites):
        self.folder = folder
        for suite, version in suites.items():
            self.files = []
            self.publish(suite, version)

    @property
    def deb(self):
        return next(self.folder.glob("pool/new/*.deb"))

    def publish(self, suite, version):
        pool = self.folder / "pool" / suite
        pool.mkdir(parents=True)
        index = self.folder / "dists" / suite / "main"
        architecture = subprocess.run(["dpkg", "--print-architecture"], check=True, text=True,
                                      stdout=subprocess.PIPE).stdout.strip()
        packages = index / f"binary-{architecture}" / "Packages"
        sources = index / "source" / "Sources"
        for file, text in ((packages, self.binary(pool, version)),
                           (sources, self.source(pool, version))):
            file.parent.mkdir(parents=True)
            file.write_text(text)
        release = self.folder / "dists" / suite / "Release"
        release.write_text(
            f"Suite: {suite}\nCodename: {suite}\nComponents: main\nArchitectures: {architecture}\n"
            "Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n" + "".join(
                f" {digest(file)} {file.relative_to(release.parent)}\n"
                for file in (packages, sources)))

    def binary(self, pool, version):
        tree = pool / "tree"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "usr").mkdir()
        (tree / "usr" / "thing").write_text(version)
        (tree / "DEBIAN" / "control").write_text(
            f"Package: thing\nVersion: {version}\nArchitecture: all\nMaintainer: x <x@x>\n"
            "Description: x\n")
        deb = pool / f"thing_{version}_all.deb"
        subprocess.run(["dpkg-deb", "--build", "-Zgzip", tree, deb], check=True,
                       stdout=subprocess.DEVNULL)
        shutil.rmtree(tree)
        sha256, size = digest(deb).split()
        return (f"Package: thing\nVersion: {version}\nArchitecture: all\nSize: {size}\n"
                f"SHA256: {sha256}\nFilename: {deb.relative_to(self.folder)}\n\n")

    def source(self, pool, version):
        tar = pool / f"thing_{version}.tar.gz"
        with tarfile.open(tar, "w:gz") as file:
            for name in ("hello.c", "debian/control"):
                member = tarfile.TarInfo(f"thing-{version}/{name}")
                member.size = 5
                file.addfile(member, io.BytesIO(b"hello"))
        dsc = pool / f"thing_{version}.dsc"
        fields = (f"Binary: thing\nArchitecture: all\nVersion: {version}\n"
                  "Maintainer: x <x@x>\nStandards-Version: 4.6.0\n")
        files = f" {digest(tar, 'md5')} {tar.name}\n"
        checksums = f"Checksums-Sha256:\n {digest(tar)} {tar.name}\n"
        dsc.write_text(f"Format: 3.0 (native)\nSource: thing\n{fields}{checksums}Files:\n{files}")
        return (f"Package: thing\nFormat: 3.0 (native)\n{fields}"
                f"Directory: {pool.relative_to(self.folder)}\n{checksums}"
                f" {digest(dsc)} {dsc.name}\n"
                f"Files:\n{files} {digest(dsc, 'md5')} {dsc.name}\n\n")


def digest(file, algorithm="sha256"):
    content = file.read_bytes()
    return f"{hashlib.new(algorithm, content).hexdigest()} {len(content)}"


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """The system uses the suite "old" of a mirror that has the suite "new" as well."""
    mirror = Mirror(tmp_path / "debian", {"old": "1.0-1", "new": "2.0-1"})
    monkeypatch.setattr(debian, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(debian, "SUITE", "new")
    monkeypatch.setattr(debian, "SYSTEM_APT", tmp_path / "etc")
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
    # The test's archive is not signed. Its checksums are checked like any other's.
    monkeypatch.setattr(debian, "_trust", lambda mirror: "Trusted: yes\n")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "sources.list").write_text(f"deb copy:{mirror.folder} old main\n")
    return mirror


def left_over(tmp_path):
    return [path for path in (tmp_path / "cache").glob("*/*/thing/*")]


def test_a_binary_package_is_unpacked(mirror):
    folder = debian.fetch("binary", "thing")
    assert (folder / "usr" / "thing").read_text() == "1.0-1"


def test_a_source_package_is_unpacked(mirror):
    folder = debian.fetch("source", "thing", minimum="2")
    assert (folder / "hello.c").read_text() == "hello"


def test_the_other_suite_is_taken_where_the_own_is_too_old(mirror):
    folder = debian.fetch("binary", "thing", minimum="1.5")
    assert (folder / "usr" / "thing").read_text() == "2.0-1"


def test_what_was_fetched_needs_no_mirror_again(mirror):
    folder = debian.fetch("binary", "thing")
    shutil.rmtree(mirror.folder)
    assert debian.fetch("binary", "thing") == folder


def test_a_missing_package_is_named_with_each_suite(mirror):
    with pytest.raises(Error) as caught:
        debian.fetch("binary", "other")
    assert str(caught.value).splitlines() == [
        "no binary package other", "  old: it has none", "  new: it has none"]


def test_too_old_everywhere_names_the_versions(mirror):
    with pytest.raises(Error, match=r"(?s)thing 3.*old: it has 1.0-1.*new: it has 2.0-1"):
        debian.fetch("binary", "thing", minimum="3")


@pytest.mark.parametrize("damage", [
    lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    lambda data: data[:len(data) // 2],
], ids=["changed", "truncated"])
def test_a_damaged_download_is_refused_and_leaves_nothing(mirror, tmp_path, damage):
    whole = mirror.deb.read_bytes()
    mirror.deb.write_bytes(damage(whole))
    # apt's own words differ: what is wrong with it (2.6), or "Undetermined Error" (3.0).
    with pytest.raises(Error, match="(?s)could not download thing.*Failed to fetch"):
        debian.fetch("binary", "thing", minimum="2")
    assert left_over(tmp_path) == []
    mirror.deb.write_bytes(whole)
    assert debian.fetch("binary", "thing", minimum="2").is_dir()


def test_a_damaged_index_is_refused(mirror):
    index = next(mirror.folder.glob("dists/new/main/binary-*/Packages"))
    index.write_text(index.read_text()[:-40])
    with pytest.raises(Error, match="new: could not fetch its index"):
        debian.fetch("binary", "thing", minimum="2")


def test_an_index_without_signature_is_refused(mirror, monkeypatch):
    monkeypatch.undo()
    trust = debian._trust(str(mirror.folder))
    monkeypatch.setattr(debian, "CACHE", mirror.folder.parent / "cache")
    monkeypatch.setattr(debian, "SYSTEM_APT", mirror.folder.parent / "etc")
    assert trust.startswith("Signed-By: ")
    with pytest.raises(Error, match="(?s)could not fetch its index.*not signed"):
        debian.fetch("binary", "thing", suites=["new"])


def test_a_package_that_does_not_unpack_leaves_nothing(mirror, tmp_path, monkeypatch):
    unpack = debian.unpack

    def half(kind, download, target):
        unpack(kind, download, target)
        raise Error("unpacking failed")

    monkeypatch.setattr(debian, "unpack", half)
    with pytest.raises(Error, match="unpacking failed"):
        debian.fetch("binary", "thing")
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("name, text", [
    ("sources.list", "deb http://m/debian bookworm main contrib\n"),
    ("sources.list", "# deb http://m/debian sid main\n"
                     "deb [signed-by=/k arch=amd64] http://m/debian bookworm main contrib\n"
                     "deb-src http://m/debian bookworm main\n"),
    ("sources.list.d/debian.sources", "Types: deb\n# a comment\nURIs: http://m/debian\n"
                                      "Suites: bookworm\nComponents: main contrib\n\n"
                                      "Types: deb\nEnabled: no\nURIs: http://m/debian\n"
                                      "Suites: sid\nComponents: main\n"),
    ("sources.list", "deb http://m/debian bookworm main contrib\n"
                     "deb http://m/debian-security bookworm-security main\n"
                     "deb http://others/apt bookworm main\n"
                     "deb http://others/linux/debian bookworm stable\n"),
])
def test_the_forms_of_apt_sources(tmp_path, name, text):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    assert debian.system_sources(tmp_path) == [("http://m/debian", "bookworm", "main contrib")]


def test_a_system_without_debian_mirror_names_the_fix(tmp_path, monkeypatch):
    (tmp_path / "sources.list").write_text("deb http://m/ubuntu noble main universe\n")
    monkeypatch.setattr(debian, "SYSTEM_APT", tmp_path)
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
    assert debian.origin("noble") == ("http://m/ubuntu", "main universe")
    with pytest.raises(Error, match="set DEBIAN_MIRROR"):
        debian.origin(debian.SUITE)
    monkeypatch.setenv("DEBIAN_MIRROR", "http://other/debian")
    assert debian.origin(debian.SUITE) == ("http://other/debian", "main")


@pytest.mark.parametrize("version, number", [
    ("1.25.0+ds-1", (1, 25, 0)), ("1:6.2.0-1ubuntu2", (6, 2, 0)), ("2", (2,)), ("1.9~rc1", (1, 9)),
])
def test_upstream_version(version, number):
    assert debian.upstream_version(version) == number
