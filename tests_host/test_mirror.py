"""The scripts stand where the files of the library stand, so that one finds the test of a file.

The script of lib/tickslot/sync/lock.py is mpy/sync/lock.py or mpy/sync/lock_<behaviour>.py.
"""

import scripts

LIBRARY = scripts.ROOT / "lib" / "tickslot"
WITHOUT = {
    "__init__.py": "names alone: every script imports it",
    "core/on_cpython.py": "for CPython alone: every test that imports tickslot runs it",
    "cores/event_mailbox.py": "for rp2 alone: tests_device/mpy/soft_callback_while_idle.py",
    **{f"{room}/{name}.py": "the expander puts it into other files: test_expand.py"
       for room in ("core", "cores", "observe", "rpc") for name in ("inline", "layout")},
}


def files():
    return {str(path.relative_to(LIBRARY)) for path in LIBRARY.rglob("*.py")}


def file_of(script, names):
    """The file whose script it is: of several, that with the longest name."""
    fitting = [name for name in names
               if script == name or script.startswith(name.removesuffix(".py") + "_")]
    return max(fitting, key=len, default=None)


def test_every_script_belongs_to_a_file():
    assert [script.name for script in scripts.discover()
            if file_of(script.name, files()) is None] == []


def test_every_file_has_a_script():
    tested = {file_of(script.name, files()) for script in scripts.discover()}
    assert files() - tested == set(WITHOUT)


def test_the_longest_name_counts():
    names = ["core/task.py", "core/task_ends.py"]
    assert file_of("core/task_ends_cancel.py", names) == "core/task_ends.py"
    assert file_of("core/task_endless.py", names) == "core/task.py"
    assert file_of("core/tasks.py", names) is None
    assert file_of("sync/task.py", names) is None
