"""Exceptions of tasks that are raised where the flow is run."""

import pytest

from castra import Flow, task
from castra.utilities.debug import raise_on_exception


@pytest.mark.parametrize("mapped", [False, True])
def test_the_exception_of_a_task_is_raised(mapped):
    divide = task(lambda x: 1 / x, name="divide")
    after = task(lambda x: x, name="after")
    with Flow("division") as flow:
        after(divide.map([1, 0]) if mapped else divide(0))
    with raise_on_exception(), pytest.raises(ZeroDivisionError):
        flow.run()
    assert flow.run().is_failed()
