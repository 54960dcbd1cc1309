"""What becomes of a script when its board stops answering, and when it does not end."""

from pathlib import Path

import pytest
import scripts
from board import Board, Silent, StillRunning

SCRIPT = Path("area_behaviour.py")
PASSED = scripts.Verdict("pass", "", "OK\n")
WRONG = scripts.Verdict("fail", "exit code 1", "AssertionError\n")


class Made(Board):
    """Gives, one after the other, what it is told to; an exception it raises."""

    def __init__(self, *outcomes):
        super().__init__("the board", None)
        self.outcomes = list(outcomes)
        self.starts = 0

    def restart(self):
        self.starts += 1

    def _run(self, path, timeout):
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            self.printed = "begun\n"
            raise outcome
        return outcome

    def _soft_reset(self):
        self._run(SCRIPT, 1)


def test_a_board_that_stops_answering_is_restarted_and_its_script_run_once_more():
    board = Made(Silent("the board stopped answering"), PASSED)
    with pytest.warns(UserWarning, match="stopped answering.*restarted.*area_behaviour.py.*once"):
        assert board.run(SCRIPT) == PASSED
    assert (board.starts, board.outcomes) == (1, [])


def test_the_second_time_it_is_a_failure():
    board = Made(Silent("it is silent"), Silent("it is silent"), PASSED)
    with pytest.warns(UserWarning):
        assert board.run(SCRIPT) == scripts.Verdict(
            "fail", "it is silent, twice; it was restarted", "begun\n")
    assert (board.starts, board.outcomes) == (2, [PASSED])


def test_a_script_that_fails_is_not_run_again():
    board = Made(WRONG, PASSED)
    assert board.run(SCRIPT) == WRONG
    assert (board.starts, board.outcomes) == (0, [PASSED])


def test_a_script_that_hangs_is_not_run_again():
    board = Made(StillRunning("it goes on"), PASSED)
    assert board.run(SCRIPT) == scripts.Verdict("fail", "it goes on; it was restarted", "begun\n")
    assert (board.starts, board.outcomes) == (1, [PASSED])


def test_a_board_without_a_prompt_is_restarted_once():
    board = Made(Silent("no prompt"), PASSED)
    with pytest.warns(UserWarning, match="no prompt: it was restarted"):
        board.fresh()
    assert board.starts == 1
    board = Made(Silent("no prompt"), Silent("no prompt"))
    with pytest.warns(UserWarning), pytest.raises(Silent):
        board.fresh()
