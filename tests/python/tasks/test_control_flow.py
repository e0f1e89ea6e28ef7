"""Branches, and results that are left out."""

import pytest

from castra import Flow, Parameter, ifelse, task
from castra.tasks.control_flow.conditional import Merge
from castra.tasks.control_flow.filter import FilterTask


def test_a_filter_tells_what_is_left(caplog):
    filter_numbers = FilterTask(filter_func=lambda number: number != 5, log_func=lambda left: f"left: {left}")
    assert filter_numbers.run([4, 5, 6]) == [4, 6]
    assert caplog.messages == ["left: [4, 6]"]


def test_a_merge_cannot_be_skipped_with_a_branch():
    with pytest.raises(ValueError, match="leave out `skip_on_upstream_skip=True`"):
        Merge(skip_on_upstream_skip=True)


def test_a_branch_may_be_a_list_of_tasks():
    with Flow("branches") as flow:
        yes = [task(lambda: 1, name="one")(), task(lambda: 2, name="two")()]
        no = task(lambda: 3, name="three")()
        ifelse(Parameter("is_true"), yes, no)
    state = flow.run(is_true=True)
    assert [state.result[one].result for one in (*yes, no)] == [1, 2, None]
    assert state.result[no].is_skipped()
