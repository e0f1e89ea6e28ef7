"""A task that raises, and what depends on it."""

from prefect import Flow, task


@task
def explode():
    raise RuntimeError("boom")


@task
def after(value):
    return value


with Flow("failing") as flow:
    after(explode())
