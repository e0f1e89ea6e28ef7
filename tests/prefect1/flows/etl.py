"""Parameters, context, mapping over a list, and a reduction."""

import prefect
from prefect import Flow, Parameter, task
from prefect.engine.results import PrefectResult


@task
def extract(count):
    return list(range(count))


@task(task_run_name="double {number}")
def double(number):
    prefect.context.logger.info("doubling %s", number)
    return number * 2


@task
def load(numbers):
    return sum(numbers)


@task
def greeting():
    return prefect.context.get("greeting", "hello")


with Flow("etl", result=PrefectResult()) as flow:
    load(double.map(extract(Parameter("count", default=3))))
    greeting()
