"""Attempts that are made in other processes, on this machine or on a Dask cluster: what is so of both."""

import logging
import os
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta

import castra
import cloudpickle
from castra import Flow, task
from castra.engine import signals
from castra.engine.results import LocalResult
from castra.engine.state import Cached, Failed, Skipped, Success, TriggerFailed
from castra.tasks.secrets import PrefectSecret
from command import PACKAGE

# The other processes cannot import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


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


def test_several_run_at_the_same_time(executor, tmp_path):
    @task
    def meet(number):
        (tmp_path / str(number)).touch()
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.01)

    with Flow("meeting", executor=executor) as flow:
        meet.map([1, 2])
    assert flow.run().is_successful()


class Answering(logging.Handler):
    """Answers a log line with a file."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def emit(self, record):
        if record.getMessage() == "waiting":
            self.path.touch()


def test_log_lines_and_what_is_printed_come_while_the_task_runs(executor, caplog, tmp_path):
    castra.get_logger()
    caplog.set_level("DEBUG", logger="castra")
    answer = tmp_path / "answer"

    @task(log_stdout=True)
    def tell():
        castra.context.logger.debug("number %s", 7)
        print("printed")
        castra.context.logger.warning("waiting")
        deadline = time.monotonic() + 30
        while not answer.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    with Flow("telling", executor=executor) as flow:
        tell()
    handler = Answering(answer)
    castra.get_logger().addHandler(handler)
    try:
        assert flow.run().is_successful()
    finally:
        castra.get_logger().removeHandler(handler)
    said = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "castra.tell"]
    assert said == [("DEBUG", "number 7"), ("INFO", "printed"), ("WARNING", "waiting")]


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


def test_secrets_are_those_of_the_process_of_the_flow(executor, monkeypatch):
    @task
    def length(secret):
        return len(secret)

    with Flow("secret", executor=executor) as flow:
        told = length(PrefectSecret("LATE"))
    monkeypatch.setenv("CASTRA_SECRET_LATE", "four")
    assert flow.run().result[told].result == 4


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

    @task(cache_for=timedelta(hours=1), cache_key=str(tmp_path))
    def kept():
        return os.getpid()

    with Flow("kept", executor=executor) as flow:
        one, other = stored(1), kept()
    first = flow.run().result
    second = flow.run().result
    assert isinstance(first[one], Success) and isinstance(first[other], Success)
    assert isinstance(second[one], Cached) and isinstance(second[other], Cached)
    assert (second[one].result, second[other].result) == (first[one].result, first[other].result)


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


PREFECT = """
    import castra.prefect
    import sys
    import prefect
    from prefect import Flow, task
    from prefect.executors import DaskExecutor, LocalDaskExecutor

    @task
    def say():
        prefect.context.get("logger").info("said by %s", type(prefect.context.get("logger")).__name__)
        prefect.utilities.logging.get_logger().warning("of no task")

    if __name__ == "__main__":
        with Flow("for prefect") as flow:
            say()
        executor = DaskExecutor(sys.argv[1]) if len(sys.argv) > 1 else LocalDaskExecutor("processes", num_workers=1)
        assert flow.run(executor=executor).is_successful()
"""


def test_prefect_means_castra_there_too(executor, tmp_path):
    script = tmp_path / "flow.py"
    script.write_text(textwrap.dedent(PREFECT))
    address = getattr(executor, "address", None)
    finished = subprocess.run(
        [sys.executable, script, *filter(None, [address])],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    assert "INFO - prefect.say | said by Logger" in finished.stderr
    assert "WARNING - prefect | of no task" in finished.stderr
