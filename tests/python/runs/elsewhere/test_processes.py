"""Tasks in processes of their own: `LocalDaskExecutor(scheduler="processes")`."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta

import castra
import cloudpickle
import pytest
from castra import Flow, task
from castra.engine import signals
from castra.engine.results import LocalResult
from castra.engine.state import Cached, Failed, Skipped, Success, TimedOut, TriggerFailed
from castra.executors import LocalDaskExecutor
from command import PACKAGE

# The processes cannot import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


@pytest.fixture
def executor():
    return LocalDaskExecutor(scheduler="processes", num_workers=2)


def children():
    """The processes that this one has started and that are still there."""
    found = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True)
    return [line for line in found.stdout.splitlines() if "castra.runs.elsewhere.child" in line]


class Thing:
    def __init__(self, number):
        self.number = number


def test_tasks_run_in_other_processes_and_their_results_come_back(executor):
    @task
    def make(number):
        return Thing(number), os.getpid()

    @task
    def add_up(made):
        return sum(thing.number for thing, _ in made), {pid for _, pid in made}

    with Flow("things", executor=executor) as flow:
        made = make.map([1, 2, 3, 4])
        added_up = add_up(made)
    state = flow.run()
    total, pids = state.result[added_up].result
    assert (total, os.getpid() in pids) == (10, False)
    assert all(isinstance(thing, Thing) for thing, _ in state.result[made].result)
    assert children() == []


def test_several_run_at_the_same_time(executor, tmp_path):
    @task
    def meet(number):
        (tmp_path / str(number)).touch()
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.01)

    with Flow("meeting", executor=executor) as flow:
        meet.map([1, 2])
    assert flow.run().is_successful()


def test_log_lines_and_what_is_printed_come_while_the_task_runs(executor, caplog):
    caplog.set_level("DEBUG", logger="castra")

    @task(log_stdout=True)
    def tell():
        castra.context.logger.warning("number %s", 7)
        castra.context.logger.debug("in detail")
        print("printed")
        os._exit(1)

    with Flow("telling", executor=executor) as flow:
        tell()
    flow.run()
    said = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "castra.tell"]
    assert said[:3] == [("WARNING", "number 7"), ("DEBUG", "in detail"), ("INFO", "printed")]


def test_a_failure_has_its_traceback_in_the_logs_and_its_exception_as_result(executor, caplog):
    @task
    def divide(x, y):
        return x / y

    with Flow("dividing", executor=executor) as flow:
        quotient = divide(1, 0)
    state = flow.run().result[quotient]
    assert isinstance(state, Failed) and isinstance(state.result, ZeroDivisionError)
    logged = next(record for record in caplog.records if record.name == "castra.divide")
    assert f'File "{__file__}"' in logged.exc_text and "ZeroDivisionError: division by zero" in logged.exc_text


class TwoArguments(Exception):
    """Cannot be unpickled: it would be made again with one argument."""

    def __init__(self, one, two):
        super().__init__(one)


def test_an_exception_that_cannot_travel_leaves_its_words(executor):
    @task
    def fail():
        raise TwoArguments(1, 2)

    with Flow("failing", executor=executor) as flow:
        failed = fail()
    state = flow.run().result[failed]
    assert state.message == "The task failed: TwoArguments(1)"
    assert isinstance(state.result, RuntimeError)


def test_signals_loops_triggers_and_retries(executor):
    @task
    def skip():
        raise signals.SKIP("nothing to do")

    @task
    def count():
        so_far = castra.context.get("task_loop_result", 0)
        if so_far < 3:
            raise signals.LOOP(result=so_far + 1)
        return so_far

    @task(max_retries=1, retry_delay=timedelta(0))
    def second_time():
        return 1 // (castra.context.task_run_count - 1)

    def three_came(upstream_states):
        return [state.result for state in upstream_states.values()] == [3]

    @task(trigger=three_came)
    def after(x):
        return "met"

    @task(trigger=lambda upstream_states: False)
    def never(x):
        pass

    with Flow("in other ways", executor=executor) as flow:
        skipped, counted, again = skip(), count(), second_time()
        met, unmet = after(counted), never(counted)
    states = flow.run().result
    assert isinstance(states[skipped], Skipped) and states[skipped].message == "nothing to do"
    assert states[counted].result == 3
    assert states[again].result == 1
    assert states[met].result == "met"
    assert isinstance(states[unmet], TriggerFailed)


def test_state_handlers_stay_in_the_process_of_the_flow(executor):
    heard, lock = [], threading.Lock()

    def hear(task, old, new):
        with lock:
            heard.append(type(new).__name__)

    @task(state_handlers=[hear])
    def do():
        pass

    with Flow("heard", executor=executor) as flow:
        do()
    flow.run()
    assert heard == ["Running", "Success"]


def test_results_are_stored_there_and_kept_here(executor, tmp_path):
    @task(result=LocalResult(str(tmp_path)), target="there-{x}")
    def stored(x):
        return os.getpid()

    @task(cache_for=timedelta(hours=1), cache_key="of test_processes")
    def kept():
        return os.getpid()

    with Flow("kept", executor=executor) as flow:
        one, other = stored(1), kept()
    first = flow.run().result
    second = flow.run().result
    assert isinstance(first[one], Success) and isinstance(first[other], Success)
    assert isinstance(second[one], Cached) and isinstance(second[other], Cached)
    assert (second[one].result, second[other].result) == (first[one].result, first[other].result)


@pytest.mark.parametrize(
    ("die", "cause"),
    [
        (lambda: os._exit(3), "ended with code 3"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "was ended by SIGKILL (out of memory?)"),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "was ended by SIGSEGV"),
    ],
)
def test_a_process_that_dies_is_a_failure_that_says_how(executor, die, cause):
    @task
    def dies():
        die()

    with Flow("dying", executor=executor) as flow:
        died = dies()
    state = flow.run().result[died]
    assert isinstance(state, Failed)
    assert state.message == f"The process that ran the task {cause} before the task did."


def test_what_died_is_tried_again_in_another_process(executor):
    @task(max_retries=1, retry_delay=timedelta(0))
    def dies_once():
        if castra.context.task_run_count == 1:
            os._exit(1)
        return "alive"

    with Flow("once", executor=executor) as flow:
        alive = dies_once()
    assert flow.run().result[alive].result == "alive"


LOCK = threading.Lock()


def test_what_cannot_be_pickled_is_named(executor):
    @task
    def gives():
        return threading.Lock()

    @task
    def takes(x):
        pass

    held = threading.Lock()

    @task
    def holds():
        return held

    with Flow("locks", executor=executor) as flow:
        gave, took, kept = gives(), takes(LOCK), holds()
    states = flow.run().result
    assert states[gave].message.startswith("the result of the task 'gives' cannot be pickled")
    assert states[took].message.startswith("the argument 'x' of the task 'takes' cannot be pickled")
    assert states[kept].message.startswith("the task 'holds', or the context of its run, cannot be pickled")


def test_what_cannot_be_unpickled_there_is_a_failure(executor):
    class Poison:
        def __reduce__(self):
            return (eval, ("1 // 0",))

    @task
    def takes(x):
        pass

    with Flow("poison", executor=executor) as flow:
        took = takes(Poison())
    message = flow.run().result[took].message
    assert "cannot be unpickled" in message and "ZeroDivisionError" in message


def test_a_timeout_interrupts_the_task_even_while_it_sleeps(executor, tmp_path):
    cleaned_up = tmp_path / "cleaned up"

    @task(timeout=1)
    def sleep():
        try:
            time.sleep(3600)
        except KeyboardInterrupt:
            cleaned_up.touch()
            raise

    @task
    def after(x):
        return "went on"

    with Flow("sleeping", executor=executor) as flow:
        slept = sleep()
        went_on = after(1)
    states = flow.run().result
    assert isinstance(states[slept], TimedOut)
    assert states[went_on].result == "went on"
    assert cleaned_up.exists()
    assert children() == []


def test_a_task_that_will_not_be_interrupted_is_killed(executor):
    @task(timeout=1)
    def stubborn():
        while True:
            try:
                time.sleep(3600)
            except KeyboardInterrupt:
                pass

    with Flow("stubborn", executor=executor) as flow:
        ended = stubborn()
    assert isinstance(flow.run().result[ended], TimedOut)
    assert children() == []


ENDLESS = r"""
    import os, sys, time
    from castra import Flow, task
    from castra.executors import LocalDaskExecutor

    @task
    def wait(x):
        try:
            # In one piece, also where nothing is buffered.
            os.write(1, b"%d\n" % os.getpid())
            time.sleep(3600)
        except KeyboardInterrupt:
            os.write(1, b"interrupted\n")
            raise

    with Flow("waiting", executor=LocalDaskExecutor("processes", num_workers=2)) as flow:
        wait.map([1, 2, 3])
    try:
        flow.run()
    except KeyboardInterrupt:
        print("ended", flush=True)
"""


@pytest.fixture
def endless(tmp_path):
    """A flow run whose two tasks that run say which processes they are in."""
    path = tmp_path / "flow.py"
    path.write_text(textwrap.dedent(ENDLESS))
    process = subprocess.Popen(
        [sys.executable, path],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process, [int(process.stdout.readline()) for _ in range(2)]
    finally:
        process.kill()


@pytest.mark.parametrize("whom", ["the flow run", "everybody in the terminal"])
def test_ctrl_c_interrupts_the_tasks_and_is_raised_where_the_flow_is_run(endless, whom):
    process, pids = endless
    if whom == "the flow run":
        process.send_signal(signal.SIGINT)
    else:
        os.killpg(process.pid, signal.SIGINT)
    said, errors = process.communicate(timeout=30)
    assert sorted(said.split()) == ["ended", "interrupted", "interrupted"], errors
    assert process.returncode == 0
    assert not any(is_there(pid) for pid in pids)


def test_the_processes_do_not_outlive_a_flow_run_that_is_killed(endless):
    process, pids = endless
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while any(is_there(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_executor_can_be_pickled_and_says_what_it_is(executor):
    again = cloudpickle.loads(cloudpickle.dumps(executor))
    assert (again.scheduler, again.num_workers) == ("processes", 2)
    assert repr(executor) == "LocalDaskExecutor(scheduler='processes', num_workers=2)"


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="cannot be 'process': it is one of threads, processes, synchronous"):
        LocalDaskExecutor(scheduler="process")
    with pytest.raises(ValueError, match="LocalDaskExecutor.num_workers cannot be 0"):
        LocalDaskExecutor(num_workers=0)
    with pytest.raises(TypeError, match="not workers"):
        LocalDaskExecutor(workers=2)
