"""`flow.run()`: results, parameters, mapping, failures, retries, signals, triggers and handlers, without a server."""

import threading
from datetime import datetime, timedelta, timezone

import pytest

import castra
from castra import Flow, Parameter, case, flatten, merge, switch, task, unmapped
from castra.engine import signals
from castra.engine.state import Failed, Retrying, Running, Skipped, Success, TimedOut, TriggerFailed
from castra.executors import LocalDaskExecutor
from castra.triggers import all_finished, any_failed, some_failed


@task
def numbers(count):
    return list(range(count))


@task
def double(x):
    return 2 * x


@task
def total(items):
    return sum(items)


@task
def fail():
    raise ValueError("no such file")


def test_results_flow_from_task_to_task():
    with Flow("sums") as flow:
        count = Parameter("count", default=3)
        doubled = double.map(numbers(count))
        summed = total(doubled)
    ended = flow.run()
    assert ended.is_successful()
    assert ended.result[doubled].result == [0, 2, 4]
    assert [child.result for child in ended.result[doubled].map_states] == [0, 2, 4]
    assert flow.run(count=5).result[summed].result == 20
    assert flow.run(parameters={"count": 1}).result[summed].result == 0


def test_any_object_is_a_result_and_none_is_copied():
    thing = object()

    @task
    def make():
        return [thing]

    @task
    def same(given):
        return given

    with Flow("objects") as flow:
        whole = same(make())
        each = same.map(make())
    results = flow.run().result
    assert results[whole].result[0] is thing
    assert results[each].result[0] is thing


def test_parameters_that_are_missing_or_unknown_are_named():
    flow = Flow("parameters", tasks=[Parameter("day"), Parameter("hour", default=1), Parameter("zone", required=False)])
    with pytest.raises(ValueError, match="a value for each of these parameters: day"):
        flow.run()
    with pytest.raises(ValueError, match="no such parameters: dya"):
        flow.run(day=1, dya=2)
    assert flow.run(day=None).is_successful()


@pytest.mark.parametrize("items", [(1, 2), {0: 1, 1: 2}, range(1, 3)])
def test_whatever_can_be_indexed_is_mapped_over(items):
    with Flow("mapped") as flow:
        doubled = double.map(task(lambda: items, name="items")())
    assert flow.run().result[doubled].result == [2, 4]


def test_what_cannot_be_indexed_is_not_mapped_over():
    with Flow("mapped") as flow:
        doubled = double.map(task(lambda: 3, name="three")())
    assert isinstance(flow.run().result[doubled], Failed)


def test_lists_of_lists_are_flattened():
    with Flow("flattened") as flow:
        doubled = double.map(flatten(numbers.map([1, 2, 3])))
        shifted = task(lambda x, y: x + y, name="shift").map(doubled, unmapped(1))
    assert flow.run().result[shifted].result == [1, 1, 3, 1, 3, 5]


def test_a_child_that_fails_fails_alone():
    @task
    def invert(x):
        return 1 / x

    with Flow("children") as flow:
        inverted = invert.map([1, 0, 2])
        doubled = double.map(inverted)
    ended = flow.run()
    assert isinstance(ended, Failed)
    assert [type(child) for child in ended.result[inverted].map_states] == [Success, Failed, Success]
    assert [type(child) for child in ended.result[doubled].map_states] == [Success, TriggerFailed, Success]
    assert isinstance(ended.result[inverted].map_states[1].result, ZeroDivisionError)


def test_an_exception_is_the_result_and_what_waits_for_it_is_not_run():
    with Flow("failure") as flow:
        failed = fail()
        after = double(failed)
    ended = flow.run()
    assert isinstance(ended, Failed)
    assert repr(ended.result[failed].result) == "ValueError('no such file')"
    assert ended.result[failed].message == "The task failed: ValueError('no such file')"
    assert isinstance(ended.result[after], TriggerFailed)


def test_the_traceback_of_an_exception_is_logged(caplog):
    with Flow("failure") as flow:
        fail()
    flow.run()
    assert 'raise ValueError("no such file")' in caplog.text


def test_a_task_that_runs_whatever_happened_is_given_the_exception():
    with Flow("always") as flow:
        told = task(lambda error: str(error), name="tell", trigger=all_finished)(fail())
    assert flow.run().result[told].result == "no such file"


def test_triggers_look_at_how_the_tasks_before_ended():
    @task(trigger=any_failed)
    def clean_up():
        return "cleaned"

    @task(trigger=some_failed(at_least=0.5))
    def alarm():
        return "alarmed"

    with Flow("triggers") as flow:
        states = [fail(), numbers(1)]
        cleaned = clean_up(upstream_tasks=states)
        alarmed = alarm(upstream_tasks=states)
    results = flow.run().result
    assert (results[cleaned].result, results[alarmed].result) == ("cleaned", "alarmed")


def test_a_trigger_of_ones_own_sees_the_states():
    seen = []

    def trigger(upstream_states):
        seen.extend((edge.key, state) for edge, state in upstream_states.items())
        return False

    with Flow("own trigger") as flow:
        doubled = double.map(numbers(2))
        judged = task(lambda items: items, name="judged", trigger=trigger)(doubled)
    assert isinstance(flow.run().result[judged], TriggerFailed)
    ((key, state),) = seen
    assert (key, state.result, [child.result for child in state.map_states]) == ("items", [0, 2], [0, 2])


def test_failures_are_retried_while_retries_are_left():
    attempts = []

    @task(max_retries=2, retry_delay=timedelta(0))
    def third_time():
        attempts.append(castra.context.task_run_count)
        if len(attempts) < 3:
            raise signals.FAIL("not yet")
        return "done"

    with Flow("retries") as flow:
        tried = third_time()
    assert flow.run().result[tried].result == "done"
    assert attempts == [1, 2, 3]


def test_only_some_exceptions_are_retried():
    attempts = []

    @task(max_retries=2, retry_delay=timedelta(0), retry_on=KeyError)
    def tried():
        attempts.append(1)
        raise ValueError

    Flow("retry_on", tasks=[tried]).run()
    assert len(attempts) == 1


def test_a_task_asks_to_be_tried_again_at_a_time():
    times = []

    @task
    def patient():
        times.append(datetime.now(timezone.utc))
        if len(times) == 1:
            raise signals.RETRY("later", start_time=times[0] + timedelta(seconds=0.2))

    assert Flow("retry", tasks=[patient]).run().is_successful()
    assert times[1] - times[0] >= timedelta(seconds=0.2)


def test_a_task_goes_round_until_it_is_done():
    @task
    def grow(start):
        size = castra.context.get("task_loop_result", start)
        if size < 100:
            raise signals.LOOP(result=size + 40)
        return size, castra.context.task_loop_count

    with Flow("loop") as flow:
        grown = grow.map([1, 60])
    assert flow.run().result[grown].result == [(121, 4), (100, 2)]


def test_signals_say_how_a_task_ends():
    @task
    def says(signal):
        raise signal

    kinds = [signals.SUCCESS("yes", result=3), signals.SKIP("nothing"), signals.TRIGGERFAIL("no")]
    with Flow("signals") as flow:
        said = says.map(kinds)
        after = task(lambda: 1, name="after")(upstream_tasks=[says(unmapped(kinds[1]).value)])
    results = flow.run().result
    assert [(type(child), child.message) for child in results[said].map_states] == [
        (Success, "yes"),
        (Skipped, "nothing"),
        (TriggerFailed, "no"),
    ]
    assert results[said].map_states[0].result == 3
    assert isinstance(results[after], Skipped)


def test_an_attempt_that_takes_too_long_is_interrupted():
    interrupted = []

    @task(timeout=1)
    def slow():
        try:
            threading.Event().wait(30)
        except BaseException as error:
            interrupted.append(type(error))
            raise

    ended = Flow("timeout", tasks=[slow]).run()
    assert isinstance(ended.result[slow], TimedOut)
    assert interrupted == [KeyboardInterrupt]


def test_branches_run_by_value_and_come_together():
    with Flow("branches") as flow:
        kind = Parameter("kind")
        with case(kind, "a"):
            first = double(1)
            second = double(first)
        other = numbers(1)
        switch(kind, {"b": other})
        merged = merge(second, other)
    assert flow.run(kind="a").result[merged].result == 4
    ended = flow.run(kind="b")
    assert ended.result[merged].result == [0]
    assert isinstance(ended.result[first], Skipped)
    assert isinstance(flow.run(kind="c").result[merged], Skipped)


def test_state_handlers_hear_of_every_state_and_may_change_it():
    heard = []

    def handler(subject, old, new):
        heard.append((subject.name, type(old).__name__, type(new).__name__))
        return Success("made good", result="instead") if isinstance(new, Failed) else None

    failing = task(lambda: 1 / 0, name="failing", state_handlers=[handler])
    ended = Flow("handlers", tasks=[failing], state_handlers=[handler]).run()
    assert ended.result[failing].result == "instead"
    assert heard == [
        ("handlers", "Pending", "Running"),
        ("failing", "Pending", "Running"),
        ("failing", "Running", "Failed"),
        ("handlers", "Running", "Success"),
    ]


def test_handlers_hear_of_retries_and_of_what_did_not_run():
    heard = []
    hear = lambda subject, old, new: heard.append(type(new))  # noqa: E731
    retried = task(lambda: 1 / 0, name="r", max_retries=1, retry_delay=timedelta(0), state_handlers=[hear])
    with Flow("handlers") as flow:
        task(lambda x: x, name="after", state_handlers=[hear])(retried())
    flow.run()
    assert heard == [Running, Failed, Retrying, Running, Failed, TriggerFailed]


def test_what_a_handler_makes_a_failure_of_is_tried_again_while_retries_are_left():
    heard = []

    def doubt(subject, old, new):
        heard.append(type(new))
        return Failed("too good to be true") if isinstance(new, Success) and len(heard) < 4 else None

    doubted = task(lambda: 1, name="doubted", max_retries=1, retry_delay=timedelta(0), state_handlers=[doubt])
    ended = Flow("handlers", tasks=[doubted]).run()
    assert heard == [Running, Success, Retrying, Running, Success]
    assert ended.result[doubted].result == 1


def test_on_failure_is_called_with_the_state():
    told = []
    flow = Flow("on_failure", tasks=[fail], on_failure=lambda subject, state: told.append((subject.name, state.message)))
    flow.run()
    assert told == [("on_failure", "1 of 1 runs of the reference tasks failed.")]


def test_a_task_knows_its_run():
    @task
    def look(x):
        context = castra.context
        return context.flow_name, context.parameters["day"], context.task_name, context.map_index, context.mine

    with Flow("context") as flow:
        Parameter("day", default="monday")()
        seen = look.map([1, 2])
    results = flow.run(context={"mine": 3}).result[seen].result
    assert results == [("context", "monday", "look", index, 3) for index in range(2)]
    assert "task_name" not in castra.context


def test_what_a_task_prints_is_logged_if_it_wants(caplog, capsys):
    @task(log_stdout=True)
    def loud():
        print("hello", 3)
        print("and", end="")

    @task
    def quiet():
        print("psst")

    Flow("prints", tasks=[loud, quiet]).run()
    assert [record.getMessage() for record in caplog.records if record.name == "castra.loud"] == ["hello 3", "and"]
    assert capsys.readouterr().out == "psst\n"


def test_tasks_run_on_the_thread_that_runs_the_flow_unless_there_are_others():
    where = task(lambda x: threading.current_thread() is threading.main_thread(), name="where")
    with Flow("threads") as flow:
        places = where.map([1, 2])
    assert flow.run().result[places].result == [True, True]
    assert flow.run(executor=LocalDaskExecutor(num_workers=2)).result[places].result == [False, False]


def test_threads_work_at_the_same_time():
    meeting = threading.Barrier(3, timeout=30)
    meet = task(lambda x: meeting.wait() >= 0, name="meet")
    with Flow("barrier", executor=LocalDaskExecutor(num_workers=3)) as flow:
        met = meet.map([1, 2, 3])
    assert flow.run().result[met].result == [True] * 3


def test_a_task_that_exits_fails():
    leave = task(lambda: exit(3), name="leave")
    assert isinstance(Flow("exit", tasks=[leave]).run().result[leave], Failed)


def test_a_flow_runs_within_a_task_of_another():
    @task
    def inner():
        with Flow("inner") as flow:
            doubled = double(21)
        return flow.run().result[doubled].result

    with Flow("outer") as flow:
        ran = inner()
    assert flow.run().result[ran].result == 42


def test_what_is_no_executor_is_refused():
    with Flow("barrier", executor=LocalDaskExecutor) as flow:
        pass
    with pytest.raises(TypeError, match="`executor` is one of castra.executors"):
        flow.run()


def test_flattened_children_that_did_not_succeed_hold_back_what_follows_from_them_alone():
    @task
    def numbers(x):
        if x == 1:
            raise signals.SKIP("none")
        if x == 2:
            raise ValueError("two")
        return [x, x + 10]

    with Flow("flattened") as flow:
        doubled = task(lambda x: 2 * x, name="double").map(flatten(numbers.map([0, 1, 2, 3])))
    children = flow.run().result[doubled].map_states
    assert [type(child) for child in children] == [Success, Success, Skipped, TriggerFailed, Success, Success]
    assert [child.result for child in children if child.is_successful()] == [0, 20, None, 6, 26]


def test_a_run_is_named_if_wanted():
    with Flow("named") as flow:
        name = task(lambda: castra.context.flow_run_name, name="name")()
    assert flow.run(flow_run_name="tonight").result[name].result == "tonight"
