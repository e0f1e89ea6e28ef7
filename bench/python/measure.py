"""Measures the Python package from outside, side by side with bare Python; `bench/peers` compares it with others. What is compared is
measured in turn, so that a busy machine is busy for both.

    CASTRA_BIN=target/release/castra PYTHONPATH=crates/castra-python/python python bench/python/measure.py

The package's native module has to be a release build, or the figures say nothing.
"""

import compileall
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import castra
from installation import FLOWS, Castra

ROUNDS = 15
TASKS = 10_000

LOCAL = """
import logging, time
logging.disable()
begun = time.perf_counter()
assert many.run().is_successful()
print(time.perf_counter() - begun)
"""


def median(values) -> float:
    return statistics.median(values)


def seconds(command, **options) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return time.perf_counter() - begun


def milliseconds_over_bare(python: str, code: str, rounds: int = ROUNDS) -> float:
    """How much longer Python takes with this code than without."""
    pairs = [(seconds([python, "-c", code]), seconds([python, "-c", "pass"])) for _ in range(rounds)]
    return 1000 * median(ours - bare for ours, bare in pairs)


def local(python: str, package: str, tasks: int) -> float:
    """Mapped no-op tasks per second of `flow.run()`."""
    code = FLOWS.format(package=package, tasks=tasks) + LOCAL
    finished = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return tasks / float(finished.stdout)


def main() -> None:
    # As an installed package is.
    compileall.compile_dir(castra.__path__[0], quiet=1)
    for code in ("import castra", "from castra import Flow, task"):
        print(f"{code}: {milliseconds_over_bare(sys.executable, code):.1f} ms over bare Python")
    ours = [local(sys.executable, "castra", TASKS) for _ in range(5)]
    print(f"flow.run() of {TASKS} mapped no-op tasks: {median(ours):.0f}/s")
    with tempfile.TemporaryDirectory() as folder:
        installed = Castra(Path(folder), sys.executable, TASKS)
        try:
            runs = [(installed.times("one")[0], seconds([sys.executable, "-c", "pass"])) for _ in range(ROUNDS)]
            over = 1000 * median(run - bare for run, bare in runs)
            print(f"a no-op flow run, from its creation to its end: {over:.0f} ms over bare Python")
            tracked = [TASKS / installed.times("many")[1] for _ in range(3)]
            print(f"{TASKS} mapped no-op tasks, tracked by the server: {median(tracked):.0f}/s")
        finally:
            installed.stop()


if __name__ == "__main__":
    main()
