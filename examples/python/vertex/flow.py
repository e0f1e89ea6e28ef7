"""Fit: a line through noisy points by gradient descent, on a machine that the run config chooses."""

import random

from castra import Flow, Parameter, task
from castra.run_configs import VertexRun
from castra.storage import Local


@task
def points(count):
    """Points near the line y = 3x + 2."""
    generator = random.Random(1)
    xs = [generator.uniform(0, 1) for _ in range(count)]
    return [(x, 3 * x + 2 + generator.gauss(0, 0.1)) for x in xs]


@task
def fit(points, rounds):
    """Slope and intercept of the line that lies nearest."""
    slope = intercept = 0.0
    for _ in range(rounds):
        errors = [(x, slope * x + intercept - y) for x, y in points]
        slope -= sum(error * x for x, error in errors) / len(points)
        intercept -= sum(error for _, error in errors) / len(points)
    return slope, intercept


@task(log_stdout=True)
def show(line):
    print("y = {:.2f} x + {:.2f}".format(*line))


with Flow("fit") as flow:
    show(fit(points(Parameter("count", default=200)), Parameter("rounds", default=300)))

# The image holds the flow's file; see ../Dockerfile. Vertex AI pulls it from a registry of yours.
flow.storage = Local(path="/flows/vertex/flow.py", stored_as_script=True, add_default_labels=False)
flow.run_config = VertexRun(
    image="castra-examples:1",
    machine_type="e2-standard-4",
    scheduling={"timeout": "3600s"},
)
