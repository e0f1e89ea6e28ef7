"""Pi: drawn from random numbers by several tasks of one pod, whose size is asked for in the run config."""

import random

from castra import Flow, Parameter, task, unmapped
from castra.run_configs import KubernetesRun
from castra.storage import Local


@task
def hits(seed, points):
    """How many of so many random points of a square lie in its circle."""
    generator = random.Random(seed)
    return sum(generator.random() ** 2 + generator.random() ** 2 <= 1 for _ in range(points))


@task(log_stdout=True)
def estimate(hits, points):
    pi = 4 * sum(hits) / (len(hits) * points)
    print(f"pi is about {pi:.4f}")
    return pi


with Flow("pi") as flow:
    points = Parameter("points", default=10_000)
    estimate(hits.map(list(range(10)), unmapped(points)), points)

# The image holds the flow's file; see ../Dockerfile.
flow.storage = Local(path="/flows/kubernetes/flow.py", stored_as_script=True, add_default_labels=False)
flow.run_config = KubernetesRun(
    image="castra-examples:1",
    image_pull_policy="IfNotPresent",
    cpu_request="250m",
    memory_request="128Mi",
    memory_limit="256Mi",
)
