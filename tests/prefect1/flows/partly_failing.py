"""Mapped children of which one fails, and a task that runs all the same."""

from prefect import Flow, task
from prefect.engine.results import PrefectResult
from prefect.triggers import all_finished


@task
def numbers():
    return [1, 0, 2]


@task
def invert(number):
    return 1 / number


@task(trigger=all_finished)
def count(values):
    return len(values)


with Flow("partly failing", result=PrefectResult()) as flow:
    counted = count(invert.map(numbers()))
    flow.set_reference_tasks([counted])
