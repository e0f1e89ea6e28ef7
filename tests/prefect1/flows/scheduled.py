"""A flow that is scheduled in several ways by the tests that register it."""

from prefect import Flow, Parameter, task
from prefect.engine.results import PrefectResult


@task
def echo(word):
    return word


with Flow("scheduled", result=PrefectResult()) as flow:
    echo(Parameter("word", default="unscheduled"))
