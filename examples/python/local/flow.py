"""Largest: the files that take most room in a directory of the agent's machine."""

from pathlib import Path

from castra import Flow, Parameter, task
from castra.run_configs import LocalRun


@task
def files(count):
    """The largest files below the working directory, which the run config sets: sizes in bytes, and paths."""
    found = [(path.stat().st_size, str(path)) for path in Path.cwd().rglob("*") if path.is_file()]
    return sorted(found, reverse=True)[:count]


@task(log_stdout=True)
def show(files):
    for size, path in files:
        print(f"{size:>12,}  {path}")


# The label of this machine is added by the storage: the flow's file is only here.
with Flow("largest", run_config=LocalRun(working_dir=str(Path(__file__).parent.parent))) as flow:
    show(files(Parameter("count", default=5)))
