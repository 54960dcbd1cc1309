"""The boards that the tests run on, one at a time."""

import pytest
from board import VIRTUAL, open_board
from qemu import MACHINES

collect_ignore_glob = ["mpy/*"]  # MicroPython's, not CPython's: test_on_boards.py runs them


def pytest_addoption(parser):
    parser.addoption("--board", action="append", dest="boards", metavar="BOARD",
                     help=f"{', '.join(VIRTUAL)}, or the port of a real board; "
                          "the virtual ones by default")


def pytest_generate_tests(metafunc):
    if "board_name" in metafunc.fixturenames:
        boards = metafunc.config.getoption("boards") or [
            pytest.param(name, marks=[pytest.mark.costly] * (name in MACHINES)) for name in VIRTUAL]
        metafunc.parametrize("board_name", boards, scope="session")


@pytest.fixture(scope="session")
def boards():
    """The boards that were asked for, by name; at most one of them runs."""
    boards = {}
    yield boards
    for board in boards.values():
        board.stop()


def _running(name, boards):
    if name not in boards:
        boards[name] = open_board(name)
    if not boards[name].console:
        for other in boards.values():
            other.stop()  # QEMU takes a core, also when its board waits
        boards[name].start()
    return boards[name]


@pytest.fixture
def board(board_name, boards):
    """Each board in turn."""
    return _running(board_name, boards)


@pytest.fixture
def two_cores(board):
    """A board with threads, fresh."""
    board.fresh()
    if not board.has("_thread"):
        pytest.skip(f"{board.name} has no threads")
    return board


@pytest.fixture
def virtual_pico(request, boards):
    """The virtual Pico, for what no other board can show."""
    if "virtual-pico" not in (request.config.getoption("boards") or VIRTUAL):
        pytest.skip("about the virtual Pico")
    return _running("virtual-pico", boards)
