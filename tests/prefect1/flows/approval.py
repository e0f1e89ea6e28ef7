"""A task that waits for somebody's approval, and a signal that pauses."""

import prefect
from prefect import Flow, task
from prefect.engine import signals
from prefect.triggers import manual_only


@task
def prepare():
    return 1


@task(trigger=manual_only)
def publish():
    return 1


@task
def ask():
    if not prefect.context.get("resume"):
        raise signals.PAUSE("may I?")
    return 1


with Flow("approval") as flow:
    publish(upstream_tasks=[prepare()])

with Flow("pause signal") as pausing:
    ask()
