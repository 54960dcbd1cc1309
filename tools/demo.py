"""Run the README's program and a larger one on MicroPython's Unix port; print what they cost."""

import argparse
import re
import subprocess

import common

PROGRAMS = [common.ROOT / "firmware/demos/pipeline.py"]


def readme_program():
    """Write the first program of the README to a file; return the file."""
    blocks = re.findall(r"```python\n(.*?)```", (common.ROOT / "README.md").read_text(), re.S)
    if not blocks:
        raise common.Error("README.md has no ```python block: the demo runs the first one")
    file = common.BUILD / "demo" / "readme.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(blocks[0])
    return file


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ms", type=int, default=1000, help="how long each program runs")
    arguments = parser.parse_args()
    binary = common.BUILD / "unix" / "micropython"
    if not binary.exists():
        raise common.Error("no build/unix/micropython yet: run `make unix`")
    script = common.ROOT / "tools" / "demo_on_unix.py"
    return subprocess.run(
        [binary, script, str(arguments.ms), readme_program(), *PROGRAMS]
    ).returncode


if __name__ == "__main__":
    common.run(main)
