"""The boards that the tests run on, each started once."""

import pytest
from board import VIRTUAL, open_board

collect_ignore_glob = ["mpy/*"]  # MicroPython's, not CPython's: test_on_boards.py runs them


def pytest_addoption(parser):
    parser.addoption("--board", action="append", dest="boards", metavar="BOARD",
                     help=f"{', '.join(VIRTUAL)}, or the port of a real board; "
                          "the virtual ones by default")


def pytest_generate_tests(metafunc):
    if "board" in metafunc.fixturenames:
        boards = metafunc.config.getoption("boards") or VIRTUAL
        metafunc.parametrize("board", boards, indirect=True, scope="session")


@pytest.fixture(scope="session")
def started():
    """The boards that are running, by name: each is started when first asked for."""
    boards = {}
    yield boards
    for board in boards.values():
        board.stop()


def _board(name, started):
    if name not in started:
        board = open_board(name)
        board.start()
        started[name] = board
    return started[name]


@pytest.fixture(scope="session")
def board(request, started):
    """Each board in turn."""
    return _board(request.param, started)


@pytest.fixture
def two_cores(board):
    """A board with threads, fresh."""
    board.fresh()
    if not board.has("_thread"):
        pytest.skip(f"{board.name} has no threads")
    return board


@pytest.fixture
def virtual_pico(request, started):
    """The virtual Pico, for what no other board can show."""
    if "virtual-pico" not in (request.config.getoption("boards") or VIRTUAL):
        pytest.skip("about the virtual Pico")
    return _board("virtual-pico", started)
