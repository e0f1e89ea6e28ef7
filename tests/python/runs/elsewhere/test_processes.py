"""Tasks in processes of their own: `LocalDaskExecutor(scheduler="processes")`."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import timedelta

import castra
import cloudpickle
import pytest
from castra import Flow, task
from castra.engine.state import Failed, TimedOut
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


def test_the_processes_end_with_the_run(executor):
    @task
    def where():
        return os.getpid()

    with Flow("short", executor=executor) as flow:
        place = where()
    pid = flow.run().result[place].result
    assert not is_there(pid)
    assert children() == []


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


def test_a_timeout_interrupts_the_task_even_while_it_sleeps(executor, tmp_path):
    cleaned_up = tmp_path / "cleaned up"

    @task(timeout=3)
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
