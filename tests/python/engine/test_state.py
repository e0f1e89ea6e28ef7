"""States: their families, what they hold, and the form in which they are reported."""

import copy
import pickle
from datetime import datetime, timedelta, timezone

import castra
import pytest
from castra.engine.result import NoResult, Result
from castra.engine.state import (
    Cached,
    Failed,
    Looped,
    Mapped,
    Paused,
    Pending,
    Queued,
    Retrying,
    Running,
    Scheduled,
    State,
    Submitted,
    Success,
    TriggerFailed,
)
from conftest import REPOSITORY

NINE = datetime(2026, 3, 29, 9, tzinfo=timezone(timedelta(hours=2)))


def test_a_question_is_answered_for_the_whole_family():
    assert TriggerFailed().is_failed() and TriggerFailed().is_finished()
    assert Retrying().is_pending() and Retrying().is_scheduled()
    assert Mapped().is_successful() and not Mapped().is_failed()
    assert Submitted().is_meta_state() and not Running().is_meta_state()


def test_a_state_has_the_colour_of_its_family_in_the_browser():
    colours = (REPOSITORY / "crates/castra-server/assets/castra.css").read_text()
    for state, family in ((TriggerFailed, "failed"), (Mapped, "success"), (Running, "running"), (Retrying, "waiting")):
        assert f"--{family}: {state.color};" in colours


def test_families_can_be_listed():
    assert TriggerFailed.parents(names_only=True) == ["Failed", "Finished", "State"]
    assert Failed.children(names_only=True) == ["TimedOut", "TriggerFailed", "ValidationFailed"]


def test_a_result_is_the_value_or_says_where_it_is_stored():
    assert Success(result=5).result == 5
    assert Success()._result is NoResult
    stored = Success(result=Result(5, location="s3://bucket/5"))
    assert (stored.result, stored._result.location) == (5, "s3://bucket/5")


def test_an_exception_may_be_the_message():
    state = Failed(ValueError("no such country"))
    assert repr(state) == '<Failed: "no such country">'
    assert state.serialize()["message"] == "no such country"


def test_equal_is_what_has_the_same_type_result_and_times():
    assert Success("one", result=5) == Success("other", result=5)
    assert Success(result=5) != Success(result=6)
    assert Success() != Failed()
    assert Scheduled(start_time=NINE) != Scheduled(start_time=NINE + timedelta(hours=1))
    assert Scheduled(start_time=NINE) == Scheduled(start_time=NINE.astimezone(timezone.utc))


def test_a_start_time_without_a_time_zone_is_utc():
    assert Scheduled(start_time=datetime(2026, 1, 1)).start_time == datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_paused_waits_without_end():
    assert Paused().start_time is None


def test_what_a_state_about_a_state_is_about_is_never_such_a_state():
    assert Submitted(state=Queued(state=Pending("first"))).state.message == "first"


def test_a_mapped_state_counts_its_children():
    state = Mapped(map_states=[Success(result=1), Failed()])
    assert state.n_map_states == 2
    assert State.deserialize(state.serialize()).map_states == [None, None]


def test_instants_are_read_with_their_offset_and_to_the_microsecond():
    state = State.deserialize({"type": "Scheduled", "start_time": "2026-03-29T09:00:00.123456789+02:00"})
    assert state.start_time == NINE + timedelta(microseconds=123456)


class Drawer(Result):
    """Results that are kept in a drawer."""

    def read(self, location):
        return Drawer({"/results/1": "one", "/results/2": "two"}[location], location)


def test_a_result_is_read_from_where_it_is_stored():
    state = Success(result=Drawer(location="/results/1"))
    assert state.result is None
    assert state.load_result() is state
    assert state.result == "one"


def test_a_state_that_was_reported_is_told_how_its_result_is_read():
    state = State.deserialize(Success(result=Drawer("one", location="/results/1")).serialize())
    with pytest.raises(NotImplementedError, match="a Result is not stored anywhere: use one of castra.engine.results"):
        state.load_result()
    assert state.load_result(Drawer()).result == "one"


def test_a_value_that_is_here_is_not_read():
    assert Success(result=Drawer("mine", location="/results/1")).load_result().result == "mine"


def test_a_mapped_state_reads_the_results_of_its_children():
    children = [Success(result=Drawer(location="/results/2")), None]
    assert Mapped(map_states=children).load_result().result == ["two", None]


def test_what_a_task_was_given_is_read_by_argument():
    state = Cached(cached_inputs={"x": Result(location="/results/1"), "y": Drawer(location="/results/2")})
    state.load_cached_results({"x": Drawer()})
    assert {name: given.value for name, given in state.cached_inputs.items()} == {"x": "one", "y": "two"}


def test_a_state_made_while_a_task_runs_knows_of_the_task():
    with castra.context(task_tags={"nightly"}, task_run_count=3, task_loop_count=2):
        assert Failed().context == {"tags": ["nightly"]}
        assert Retrying().run_count == 3 and Retrying(run_count=5).run_count == 5
        assert Scheduled().context["task_run_count"] == 3
        assert Looped().loop_count == 2


EACH = [kind("message", result=5, context={"tags": ["a"]}) for kind in State.children()]


@pytest.mark.parametrize("state", EACH, ids=lambda state: type(state).__name__)
def test_every_state_is_read_back(state):
    read = State.deserialize(state.serialize())
    assert type(read) is type(state)
    assert read.serialize() == state.serialize()


@pytest.mark.parametrize("state", EACH, ids=lambda state: type(state).__name__)
def test_every_state_can_be_copied(state):
    assert copy.copy(state) == state
    assert copy.deepcopy(state) == state
    assert pickle.loads(pickle.dumps(state)) == state


def test_there_is_one_absent_result_in_copies_too():
    assert pickle.loads(pickle.dumps(Success()))._result is NoResult
    assert copy.deepcopy(Success())._result is NoResult


def test_a_state_that_people_derive_is_reported_as_the_one_they_derived_it_from():
    class Flaky(Failed):
        pass

    assert Flaky("again").serialize()["type"] == "Failed"
    assert "Flaky" not in Failed.children(names_only=True)


@pytest.mark.parametrize(
    ("document", "error", "message"),
    [
        ({"type": "Sucess"}, ValueError, "`Sucess` is no state"),
        ({}, ValueError, "the state has no `type`"),
        ("Success", ValueError, "a state is a JSON object"),
        ({"type": "Scheduled", "start_time": "soon"}, ValueError, '"soon" is no instant'),
        ({"type": "Success", "context": {"a": {1}}}, TypeError, "`state.context.a` is a set"),
    ],
)
def test_what_is_no_state_is_refused(document, error, message):
    with pytest.raises(error, match=message):
        State.deserialize(document)


def test_a_context_without_json_is_refused():
    with pytest.raises(TypeError, match="`state.context.when` is a datetime"):
        Running(context={"when": NINE}).serialize()


def test_cached_inputs_are_there_by_their_location():
    state = Cached(cached_inputs={"country": Result("DE", location="/results/1")}, cached_result_expiration=NINE)
    read = State.deserialize(state.serialize())
    assert read.cached_inputs["country"].location == "/results/1"
    assert read.cached_inputs["country"].value is None
    assert read.cached_result_expiration == NINE
