"""Tasks that wait for somebody or for their time, and runs that begin with states of an earlier one."""

from datetime import datetime, timedelta, timezone

import castra
import pytest
from castra import Flow, Parameter, Task, task, unmapped
from castra.engine import signals
from castra.engine.state import Failed, Mapped, Paused, Pending, Resume, Retrying, Running, Scheduled, Success, TriggerFailed
from castra.executors import LocalDaskExecutor
from castra.triggers import manual_only
from castra.utilities.tasks import pause_task


@task
def figures():
    return 21


@task
def doubled(x):
    return 2 * x


@task
def total_of(numbers):
    return sum(numbers)


@task
def ask(x):
    if not castra.context.get("resume"):
        raise signals.PAUSE("Publish?")
    return x


def kinds(state):
    return {task.name: type(of).__name__ for task, of in state.result.items()}


def test_what_does_not_wait_for_a_paused_task_goes_on():
    with Flow("publish") as flow:
        given = figures()
        asked = ask(given)
        doubled(asked)
        other = doubled.copy(name="other")(given)
    state = flow.run()
    assert isinstance(state, Running) and not state.is_finished()
    assert state.message == "Paused task runs hold it up: ask-1."
    assert kinds(state) == {"figures": "Success", "ask": "Paused", "doubled": "Pending", "other": "Success"}
    assert state.result[asked].message == "Publish?" and state.result[asked].start_time is None
    assert state.result[other].result == 42


def test_a_run_goes_on_where_it_waited():
    calls = []

    @task
    def counted():
        calls.append("counted")
        return 1

    with Flow("publish") as flow:
        asked = ask(counted())
        end = doubled(asked)
    waiting = flow.run()
    state = flow.run(state=waiting, task_states={asked: Resume("Go on.")})
    assert state.is_successful() and state.result[end].result == 2
    assert calls == ["counted"]


def test_a_task_in_another_process_is_paused_and_resumed():
    with Flow("publish", executor=LocalDaskExecutor(scheduler="processes", num_workers=1)) as flow:
        asked = ask(figures())
    waiting = flow.run()
    assert isinstance(waiting.result[asked], Paused) and waiting.result[asked].message == "Publish?"
    assert flow.run(state=waiting, task_states={asked: Resume()}).result[asked].result == 21


def test_a_task_with_manual_only_waits_for_somebody_however_the_tasks_before_it_ended():
    @task
    def fails():
        raise ValueError

    with Flow("publish") as flow:
        publish = Task(name="publish", trigger=manual_only)(upstream_tasks=[fails()])
    waiting = flow.run()
    assert isinstance(waiting.result[publish], Paused)
    assert waiting.result[publish].message == "It waits for somebody to say that it may run."
    assert flow.run(state=waiting, task_states={publish: Resume()}).is_successful()


def test_manual_only_asks_the_context():
    with pytest.raises(signals.PAUSE, match="waits for somebody"):
        manual_only({})
    with castra.context(resume=True):
        assert manual_only({})


def test_a_pause_with_a_time_is_over_by_itself():
    resumed = []

    @task
    def later():
        resumed.append(castra.context.get("resume"))
        pause_task("a moment", duration=timedelta(seconds=0.3))
        return datetime.now(timezone.utc)

    begun = datetime.now(timezone.utc)
    with Flow("later") as flow:
        ended = later()
    state = flow.run()
    assert state.is_successful() and state.result[ended].result - begun >= timedelta(seconds=0.3)
    assert resumed == [None, True]


def test_pause_task_says_what_it_waits_for():
    @task
    def waits():
        pause_task("four eyes")

    with Flow("waits") as flow:
        waits()
    [state] = flow.run().result.values()
    assert isinstance(state, Paused) and state.message == "four eyes"


def test_children_of_a_mapped_task_wait_each_on_its_own():
    calls = []

    @task
    def checked(x, limit):
        calls.append(x)
        if x > limit and not castra.context.get("resume"):
            raise signals.PAUSE(f"{x}?")
        return x

    with Flow("mapped") as flow:
        numbers = checked.map([1, 9, 3], limit=unmapped(5))
        after = doubled.map(numbers)
        total = total_of(after)
    waiting = flow.run()
    assert [type(child).__name__ for child in waiting.result[numbers].map_states] == ["Success", "Paused", "Success"]
    assert [type(child).__name__ for child in waiting.result[after].map_states] == ["Success", "Pending", "Success"]
    assert isinstance(waiting.result[total], Pending)
    resumed = list(waiting.result[numbers].map_states)
    resumed[1] = Resume()
    state = flow.run(state=waiting, task_states={numbers: Mapped(map_states=resumed)})
    assert state.is_successful() and state.result[total].result == 26
    assert sorted(calls) == [1, 3, 9, 9]


def test_handlers_hear_of_a_pause_and_may_resume_it():
    heard = []

    def goes_on(of, old, new):
        heard.append((type(old).__name__, type(new).__name__))
        return Resume() if isinstance(new, Paused) else None

    with Flow("handled") as flow:
        Task(name="publish", trigger=manual_only, state_handlers=[goes_on])()
    assert flow.run().is_successful()
    assert heard == [("Pending", "Paused"), ("Resume", "Running"), ("Running", "Success")]


def test_a_handler_may_pause_its_task():
    def stop(of, old, new):
        if new.is_running() and not isinstance(old, Resume):
            raise signals.PAUSE("not yet")

    with Flow("handled") as flow:
        Task(name="publish", state_handlers=[stop])()
    [state] = flow.run().result.values()
    assert isinstance(state, Paused) and state.message == "not yet"


def test_handlers_of_the_flow_hear_of_its_end_alone():
    heard = []
    flow = Flow("handled", state_handlers=[lambda of, old, new: heard.append(type(new).__name__)])
    waits = Task(name="publish", trigger=manual_only)
    flow.add_task(waits)
    waiting = flow.run()
    assert heard == ["Running"]
    flow.run(state=waiting, task_states={waits: Resume()})
    assert heard == ["Running", "Running", "Success"]


def test_a_task_whose_state_is_finished_is_not_run():
    with Flow("given") as flow:
        given = figures()
        end = doubled(given)
    state = flow.run(task_states={given: Success("as before", result=5)})
    assert state.result[end].result == 10
    assert (state.result[given].message, state.result[given].result) == ("as before", 5)
    failed = flow.run(task_states={given: Failed("no figures")})
    assert failed.is_failed() and isinstance(failed.result[end], TriggerFailed)


def test_a_mapped_task_whose_state_is_given_is_not_run():
    with Flow("given") as flow:
        mapped = doubled.map([1, 2])
        total = total_of(mapped)
    children = [Success(result=10), Success(result=20)]
    state = flow.run(task_states={mapped: Mapped(map_states=children)})
    assert state.result[total].result == 30
    assert [child.result for child in state.result[mapped].map_states] == [10, 20]


def test_a_given_task_waits_for_its_time():
    at = datetime.now(timezone.utc) + timedelta(seconds=0.3)
    with Flow("given") as flow:
        given = task(lambda: datetime.now(timezone.utc), name="given")()
    for state in (Scheduled(start_time=at), Retrying(start_time=at), Paused(start_time=at)):
        assert flow.run(task_states={given: state}).result[given].result >= at


def test_a_run_whose_state_is_given_begins_with_it():
    flow = Flow("given", tasks=[figures])
    ended = Failed("before")
    assert flow.run(state=ended) is ended
    at = datetime.now(timezone.utc) + timedelta(seconds=0.2)
    assert flow.run(state=Scheduled(start_time=at)).is_successful()
    assert datetime.now(timezone.utc) >= at


def test_parameters_of_the_earlier_run_are_known():
    with Flow("publish") as flow:
        asked = ask(Parameter("x"))
    waiting = flow.run(x=7)
    assert flow.run(state=waiting, task_states={asked: Resume()}).result[asked].result == 7


def test_tasks_find_in_their_context_what_they_are_given():
    @task
    def told():
        return castra.context.get("who"), castra.context.task_name

    with Flow("told") as flow:
        one, other = told(), told.copy()()
    state = flow.run(task_contexts={one: {"who": "Ada", "task_name": "nobody"}})
    assert (state.result[one].result, state.result[other].result) == (("Ada", "told"), (None, "told"))


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"task_states": {Task(name="elsewhere"): Success()}}, ValueError, "`task_states` has <Task: elsewhere>, which is no task of"),
        ({"task_contexts": {Task(name="elsewhere"): {}}}, ValueError, "`task_contexts` has <Task: elsewhere>"),
    ],
)
def test_tasks_of_other_flows_are_refused(given, error, message):
    with pytest.raises(error, match=message):
        Flow("given").run(**given)


def test_what_is_no_state_is_refused():
    with Flow("given") as flow:
        given = figures()
    with pytest.raises(TypeError, match="`task_states` has 5 for <Task: figures>, which is no state"):
        flow.run(task_states={given: 5})
