"""Castra side by side with prefect 1.4.1 and the newest prefect 3: everything in one run, in turn, as ratios.

    python3.11 -m venv target/peers/prefect3
    target/peers/prefect3/bin/pip install -r bench/peers/requirements-prefect3.txt
    CASTRA_BIN=target/release/castra PYTHONPATH=crates/castra-python/python:bench/python CASTRA_PREFECT1_PYTHON=… \\
        CASTRA_PREFECT3_PYTHON=target/peers/prefect3/bin/python python bench/peers/compare.py [import] [run] [mapped]

`cargo xtask test` makes the Python with prefect 1.4.1 (target/prefect1). The package's native module has to be a release build.
"""

import compileall
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import castra
from installation import Castra
from measure import median, milliseconds_over_bare
from prefect_1 import Prefect1
from prefect_3 import Prefect3

ROUNDS = 5
#: So many that the slowest takes some seconds; Castra is given as many, and its own aim of 10,000 by `bench/python/measure.py`.
TASKS = 500


def main(wanted: set[str]) -> None:
    compileall.compile_dir(castra.__path__[0], quiet=1)
    pythons = {
        "castra": (sys.executable, "from castra import Flow, task"),
        "prefect 1.4.1": (os.environ["CASTRA_PREFECT1_PYTHON"], "from prefect import Flow, task"),
        "prefect 3": (os.environ["CASTRA_PREFECT3_PYTHON"], "from prefect import flow, task"),
    }
    if "import" in wanted:
        compared("import, ms over bare Python", pythons, lambda name: milliseconds_over_bare(*pythons[name], rounds=3))
    with tempfile.TemporaryDirectory() as folder:
        sides = {}
        try:
            for kind in (Castra, Prefect1, Prefect3):
                place = Path(folder) / kind.name.replace(" ", "-")
                place.mkdir()
                sides[kind.name] = kind(place, pythons[kind.name][0], TASKS)
            if "run" in wanted:
                created = "a no-op flow run, from its creation to its end, ms"
                compared(created, sides, lambda name: 1000 * sides[name].times("one")[0])
                compared("the same, from its start to its end, ms", sides, lambda name: 1000 * sides[name].times("one")[1])
            if "mapped" in wanted:
                compared(
                    f"a flow run of {TASKS} mapped no-op tasks, from its start to its end, ms per task",
                    sides,
                    lambda name: 1000 * sides[name].times("many")[1] / TASKS,
                )
        finally:
            for side in sides.values():
                side.stop()


def compared(what: str, names, measured: Callable[[str], float]) -> None:
    """Measures each in turn, round after round, and prints the medians, and how many times Castra's they are."""
    rounds = [{name: measured(name) for name in names} for _ in range(ROUNDS)]
    print(f"{what}:")
    for name in names:
        value = median(one[name] for one in rounds)
        ratio = median(one[name] / one["castra"] for one in rounds)
        print(f"  {name:14} {value:10.2f}" + (f"   {ratio:6.1f} times" if name != "castra" else ""), flush=True)


if __name__ == "__main__":
    main(set(sys.argv[1:]) or {"import", "run", "mapped"})
