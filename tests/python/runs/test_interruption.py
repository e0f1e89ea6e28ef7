"""Ctrl-C ends a run, its tasks first; each run is a process of its own."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from command import ignore_ctrl_c

PACKAGE = Path(__file__).parents[3] / "crates/castra-python/python"

RUN = """
    import sys, threading, time
    from castra import Flow, task
    from castra.executors import LocalDaskExecutor, LocalExecutor

    @task
    def wait(x):
        try:
            print("waiting", flush=True)
            {wait}
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            raise

    with Flow("waiting", executor={executor}) as flow:
        wait.map([1])
    try:
        flow.run()
    except KeyboardInterrupt:
        print("ended", flush=True)
"""

BUSY = "while True: time.sleep(0.01)"
ASLEEP = "time.sleep(3600)"


@pytest.mark.parametrize(
    ("executor", "wait"),
    [
        ("LocalExecutor()", BUSY),
        ("LocalExecutor()", ASLEEP),
        ("LocalDaskExecutor(num_workers=2)", BUSY),
    ],
)
def test_ctrl_c_interrupts_the_tasks_and_is_raised_where_the_flow_is_run(executor, wait):
    script = textwrap.dedent(RUN).format(executor=executor, wait=wait)
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
        assert sorted(said.split()) == ["ended", "interrupted"]
        assert process.returncode == 0
    finally:
        process.kill()


def ended(script, **options):
    """The script as a process of its own, once that has ended."""
    command = [sys.executable, "-c", textwrap.dedent(script)]
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, **options)


AGAIN_AND_AGAIN = """
    import faulthandler, os, signal, sys, threading, time
    from castra import Flow, task
    from castra.executors import LocalDaskExecutor

    # Threads take turns as often as they can, so that an interruption falls into every moment.
    sys.setswitchinterval(1e-6)
    faulthandler.dump_traceback_later(60, exit=True)
    begun = threading.Event()

    @task
    def wait(x):
        if x == 1:
            begun.set()
        while True:
            time.sleep(0.001)

    with Flow("waiting", executor=LocalDaskExecutor(num_workers=2)) as flow:
        wait.map([1, 2])

    def press():
        while True:
            begun.wait()
            begun.clear()
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    for _ in range(20):
        try:
            flow.run()
        except KeyboardInterrupt:
            print("ended", flush=True)
"""


def test_an_interruption_never_blocks_the_interpreter():
    finished = ended(AGAIN_AND_AGAIN)
    assert finished.stdout.split() == ["ended"] * 20, finished.stderr


EARLY = """
    import faulthandler, threading
    from castra import Flow, task
    from castra.executors import LocalDaskExecutor

    faulthandler.dump_traceback_later(20, exit=True)

    @task
    def wait():
        threading.Event().wait()

    with Flow("waiting", executor=LocalDaskExecutor(num_workers=2)) as flow:
        wait()

    def interrupted():
        raise KeyboardInterrupt

    threading.main_thread = interrupted
    try:
        flow.run()
    except KeyboardInterrupt:
        print("ended", flush=True)
"""


def test_ctrl_c_in_the_moment_before_the_first_task_ends_the_run():
    finished = ended(EARLY)
    assert finished.stdout.split() == ["ended"], finished.stderr


IN_THE_BACKGROUND = """
    import time
    from castra import Flow, task

    @task(timeout=1)
    def wait():
        try:
            while True:
                time.sleep(0.01)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            raise

    with Flow("waiting") as flow:
        wait()
    print(type(flow.run()).__name__, flush=True)
"""


def test_a_timeout_interrupts_a_task_where_ctrl_c_is_ignored():
    finished = ended(IN_THE_BACKGROUND, preexec_fn=ignore_ctrl_c)
    assert finished.stdout.split() == ["interrupted", "Failed"], finished.stderr
