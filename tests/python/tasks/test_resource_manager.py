"""`resource_manager`: set up before a block, cleaned up after it, however it ended."""

import pytest

from castra import Flow, resource_manager, task
from castra.engine.state import Failed, Skipped, Success


@pytest.fixture
def manager():
    """A resource manager that notes what happens to it."""

    class Connection:
        seen = []

        def __init__(self, address):
            self.address = address

        def setup(self):
            if self.address is None:
                raise ValueError("no address")
            self.seen.append(f"open {self.address}")
            return self.address.upper()

        def cleanup(self, connection):
            self.seen.append(f"close {connection}")

    made = resource_manager(Connection)
    made.seen = Connection.seen
    return made


@task
def use(connection):
    if connection == "BROKEN":
        raise ValueError("broken")


def test_a_resource_is_set_up_used_and_cleaned_up(manager):
    with Flow("resource") as flow, manager("here") as connection:
        first = use(connection)
        use(first)
    assert isinstance(flow.run(), Success)
    assert manager.seen == ["open here", "close HERE"]


def test_it_is_cleaned_up_if_a_task_fails_and_the_failure_counts(manager):
    with Flow("resource") as flow, manager("broken") as connection:
        use(connection)
    assert isinstance(flow.run(), Failed)
    assert manager.seen == ["open broken", "close BROKEN"]


def test_what_was_not_set_up_is_not_cleaned_up(manager):
    with Flow("resource") as flow, manager(None) as connection:
        use(connection)
    (cleanup,) = flow.get_tasks("Connection.cleanup")
    assert isinstance(flow.run().result[cleanup], Skipped)
    assert manager.seen == []


def test_a_run_that_goes_on_sets_it_up_again(manager):
    with Flow("resource") as flow:
        block = manager("here")
        with block as connection:
            first, second = use(connection), use(connection)
    ended = {block.init_task: Success(result=manager.resource_class("there")), block.setup_task: Success(), first: Success(result=1)}
    state = flow.run(task_states=ended)
    assert isinstance(state, Success)
    assert (state.result[first].result, state.result[second].result) == (1, None)
    assert manager.seen == ["open there", "close THERE"]
