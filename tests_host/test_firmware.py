"""How firmware is built: what is refused and why, and what can be checked without a board's SDK."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter

import build_unix
import expand
import firmware
import firmware_size
import profiler
import pytest
import source
import system_packages
from common import BUILD, ROOT, Error, lock, run_logged

ESP32 = {"ESP32_GENERIC": ("", "xtensawin"),  # ESP-IDF takes the ESP32 where none is named
         "ESP32_GENERIC_S3": ("esp32s3", "xtensawin"),
         "ESP32_GENERIC_C3": ("esp32c3", "rv32imc")}

# Instead of ESP-IDF: it says what the board's files have come to when the build would begin.
REPORTING_IDF = """
message("target ${IDF_TARGET}")
message("manifest ${MICROPY_FROZEN_MANIFEST}")
message("sdkconfig ${SDKCONFIG_DEFAULTS}")
macro(project name)
    _project(${name} NONE)  # no compiler is looked for
endmacro()
macro(idf_build_set_property)
endmacro()
"""


@pytest.fixture(scope="module")
def micropython():
    return source.find()


@pytest.fixture(scope="module")
def mpy_cross(micropython):
    with lock(BUILD / "build_unix.lock"):
        return build_unix.mpy_cross(micropython)


def frozen_modules():
    """What `make lib` writes of the sources."""
    expand.prepare()
    return {".".join(path.relative_to(BUILD / "lib").with_suffix("").parts)
            for path in (BUILD / "lib").rglob("*.py")}


def test_unknown_board():
    with pytest.raises(Error, match="no board 'RPI_PIKO'; boards/ has: .*RPI_PICO "):
        firmware.build("RPI_PIKO")


@pytest.mark.parametrize("value", [None, "/nowhere"])
def test_esp32_without_its_sdk(monkeypatch, value):
    if value:
        monkeypatch.setenv("IDF_PATH", value)
    else:
        monkeypatch.delenv("IDF_PATH", raising=False)
    with pytest.raises(Error, match="(?s)ESP32_GENERIC.*ESP-IDF.*IDF_PATH.*Install ESP-IDF"):
        firmware.build("ESP32_GENERIC")


def test_pico_w_without_its_radio(micropython):
    if (micropython / "lib" / "cyw43-driver" / "src").exists():
        pytest.skip("this source has it")
    with pytest.raises(Error, match="(?s)lib/cyw43-driver.*git submodule update"):
        firmware._complete_tree("RPI_PICO_W", micropython)


def test_missing_compiler(monkeypatch):
    def ensure(*names):
        raise Error(f"missing packages: {' '.join(names)}")
    monkeypatch.setattr(firmware.system_packages, "ensure", ensure)
    with pytest.raises(Error, match="gcc-arm-none-eabi"):
        firmware.build("RPI_PICO")


def test_failed_step_shows_its_output(tmp_path):
    with pytest.raises(Error, match="(?s)what went wrong.*a step failed; .*build.log"):
        run_logged(["sh", "-c", "echo what went wrong; exit 1"], tmp_path / "build.log", "a step")


def test_step_that_takes_long_shows_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr("common.PROGRESS_S", 0.01)
    shown = tmp_path / "shown"
    monkeypatch.setattr("common.say", lambda line: shown.write_text(line))
    # It ends once that was shown.
    run_logged(["sh", "-c", f"echo compiling; until grep -qs compiling {shown}; do :; done"],
               tmp_path / "build.log", "a step")
    assert re.fullmatch(r"a step, after \d+ s: compiling", shown.read_text())


def test_reference_is_what_the_unix_port_is_built_from():
    reference = firmware.REFERENCE["micropython"]
    assert (reference["version"], reference["commit"]) == (source.VERSION, source.COMMIT)


@pytest.mark.parametrize("board", firmware.names())
def test_board_folder_is_in_upstreams_format(board, micropython):
    folder = ROOT / "boards" / board
    upstream = micropython / "ports" / firmware.port(board) / "boards" / board
    assert upstream.is_dir()
    assert (folder / "manifest.py").exists()
    if firmware.port(board) == "qemu":
        return
    assert f'"boards/{board}/mpconfigboard.h"' in (folder / "mpconfigboard.h").read_text()
    ours, theirs = (json.loads((path / "board.json").read_text()) for path in (folder, upstream))
    for key in ("mcu", "features", "vendor", "url"):
        assert ours[key] == theirs[key]


def test_rp2_boards_differ_in_name_alone():
    """Not all can be built here."""
    for name in ("mpconfigboard.cmake", "mpconfigboard.h"):
        texts = {(ROOT / "boards" / board / name).read_text().replace(board, "BOARD")
                 for board in firmware.names() if firmware.port(board) == "rp2"}
        assert len(texts) == 1, name


def test_what_rp2_compiles_for_speed_exists(micropython):
    """CMake passes over the name of a file that upstream has no more."""
    names = re.findall(r"MICROPY_DIR}/(\S+)", (ROOT / "firmware" / "rp2.cmake").read_text())
    assert [name for name in names if not (micropython / name).exists()] == []
    assert len(names) == 7


@pytest.mark.parametrize("board", ESP32)
def test_esp32_board_parses_and_freezes(board, micropython, mpy_cross, tmp_path):
    """Everything short of ESP-IDF: upstream's CMake reads the board, and its manifest compiles."""
    system_packages.ensure_command("cmake")
    chip, architecture = ESP32[board]
    port = micropython / "ports" / "esp32"
    idf = tmp_path / "idf" / "tools" / "cmake"
    idf.mkdir(parents=True)
    (idf / "project.cmake").write_text(REPORTING_IDF)
    build = tmp_path / "build"
    parsed = subprocess.run(
        ["cmake", "-S", port, "-B", build, f"-DMICROPY_BOARD={board}",
         f"-DMICROPY_BOARD_DIR={ROOT / 'boards' / board}"],
        env={**os.environ, "IDF_PATH": str(tmp_path / "idf")}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert parsed.returncode == 0, parsed.stdout
    manifest = ROOT / "boards" / board / "manifest.py"
    assert f"target {chip}\n" in parsed.stdout
    assert f"manifest {manifest}\n" in parsed.stdout
    boot = (build / "boot" / "_boot.py").read_text()
    assert "flashbdev" in boot and 'print("tickslot ' in boot and ", gil" in boot

    # Of the names that the firmware has already, for a check, none will do.
    (build / "genhdr").mkdir()
    (build / "genhdr" / "qstrdefs.preprocessed.h").write_text(
        "QCFG(BYTES_IN_LEN, (1))\nQCFG(BYTES_IN_HASH, (2))\n")
    frozen = build / "frozen_content.c"
    done = subprocess.run(
        [sys.executable, micropython / "tools" / "makemanifest.py", "-o", frozen,
         "-v", f"MPY_DIR={micropython}", "-v", f"PORT_DIR={port}",
         "-v", f"MPY_LIB_DIR={micropython / 'lib' / 'micropython-lib'}",
         "-v", f"BOARD_DIR={manifest.parent}", "-v", f"BOOT_DIR={build / 'boot'}",
         "-b", build, f"-f-march={architecture}", manifest],
        env={**os.environ, "MICROPY_MPYCROSS": str(mpy_cross)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    text = frozen.read_text()
    for module in frozen_modules():
        assert f'"{module.replace(".", "/")}.py' in text, f"{module} is not frozen"
    if architecture == "rv32imc":
        # See boards/VIRT_RV32/mpconfigboard.mk, whose remedy ESP-IDF's build has no place for.
        odd = re.findall(r"fun_data_(tickslot_\w+)\[\d*[13579]\] __attribute__", text)
        assert not odd, ("native functions of odd length trap on the ESP32-C3: write them in viper,"
                         f" which has no odd lengths, or in bytecode: {odd}")


@pytest.mark.parametrize("architecture", [
    "armv6m", "armv7m", "armv7emsp", "xtensa", "xtensawin", "rv32imc", "x86", "x64"])
def test_every_module_compiles_for_every_board(architecture, mpy_cross, tmp_path):
    expand.prepare()
    library = BUILD / ("lib64" if architecture == "x64" else "lib")
    failures = []
    for module in sorted(library.rglob("*.py")):
        done = subprocess.run([mpy_cross, f"-march={architecture}", "-o", tmp_path / "out.mpy",
                               module], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode or done.stdout:
            failures.append(f"{module.name}: {done.stdout.strip()}")
    # On armv6m, "native method too big" is a branch over more than 2 KiB; on all boards, a constant
    # of 2**30 or more is an object, no small int.
    assert not failures, "\n".join(failures)


@pytest.fixture(scope="module")
def pico():
    with lock(BUILD / "build_unix.lock"):
        return firmware.build("RPI_PICO")


def test_result(pico):
    assert {"firmware.uf2", "firmware.bin", "firmware.elf", "size.txt"} <= set(os.listdir(pico))
    assert (pico / "firmware.uf2").read_bytes()[:4] == b"UF2\n"


def test_size_report_names_every_module(pico):
    sizes = firmware_size.sizes(pico / "firmware.elf")
    assert set(sizes) == frozen_modules()
    assert all(firmware_size.flash(kinds) > 0 for kinds in sizes.values())


def test_machine_code_is_what_the_source_has_compiled(pico):
    elf = pico / "firmware.elf"
    native = profiler.native_functions()
    by_module = Counter()
    for _, size, _, name in firmware_size.Image(elf).symbols:
        by_module[".".join(native.get(name, "..").split(".")[:2])] += size
    sizes = firmware_size.sizes(elf)
    assert len(native) > 100 and by_module["core.run_loop"] > 4000
    for module, kinds in sizes.items():
        assert kinds["machine code"] == by_module[module.removeprefix("tickslot.")], module
        assert kinds["bytecode"] > 0, module  # that of the module itself


def test_report_has_the_kinds_of_all_modules_together(pico):
    elf = pico / "firmware.elf"
    *modules, whole, shares = firmware_size.report(elf).splitlines()[1:]
    kinds = firmware_size.total(elf)
    assert whole.split()[3:] == [*(str(kinds[kind]) for kind in firmware_size.KINDS),
                                 str(firmware_size.flash(kinds)), "0"]
    sums = Counter()
    for its in firmware_size.sizes(elf).values():
        sums += its
    assert sums + Counter(names=firmware_size.names(elf)) == kinds
    assert abs(sum(int(share.rstrip("%")) for share in shares.split()) - 100) <= 2


def test_names_are_counted_once(pico):
    elf = pico / "firmware.elf"
    core, scope = (firmware_size.names(elf, {module}) for module in
                   ("tickslot.core.scheduler", "tickslot.sync.scope"))
    both = firmware_size.names(elf, {"tickslot.core.scheduler", "tickslot.sync.scope"})
    assert 0 < max(core, scope) < both < core + scope < firmware_size.names(elf)


def test_texts_are_part_of_their_module(pico):
    """What the objects alone take is less, by as much as its sentences are long."""
    elf = pico / "firmware.elf"
    objects = sum(size for _, size, _, name in firmware_size.Image(elf).symbols
                  if re.search("_tickslot_cores_port(_|$)", name)
                  and firmware_size.FROZEN.match(name))
    tree = ast.parse((BUILD / "lib" / "tickslot" / "cores" / "port.py").read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [len(node.value) + 1 for node in ast.walk(tree)
             if isinstance(node, ast.Constant) and isinstance(node.value, str)
             and len(node.value) > 20 and id(node) not in docstrings]
    kinds = firmware_size.sizes(elf)["tickslot.cores.port"]
    assert firmware_size.flash(kinds) - objects == sum(texts)
    assert kinds["messages"] == sum(texts) + 16 * len(texts)  # each is an object of four words


@pytest.mark.costly
def test_same_source_gives_the_same_bytes(pico, tmp_path, micropython):
    """Built once more, elsewhere."""
    try:
        again = firmware.build("RPI_PICO", objects=tmp_path / "objects", target=tmp_path / "result")
        for name in ("firmware.bin", "firmware.uf2"):
            assert (again / name).read_bytes() == (pico / name).read_bytes(), name
        assert bytes(ROOT) not in (again / "firmware.bin").read_bytes()
    finally:
        shutil.rmtree(tmp_path / "objects", ignore_errors=True)


@pytest.mark.costly
def test_pico_2():
    """Its chip is another: another SDK platform, another UF2 family."""
    with lock(BUILD / "build_unix.lock"):
        result = firmware.build("RPI_PICO2")
    assert (result / "firmware.uf2").read_bytes()[28:32] == bytes.fromhex("59ff8be4")
