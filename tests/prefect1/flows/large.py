"""More tasks than the client registers in one batch (500)."""

from prefect import Flow, task


@task
def step(previous):
    return previous


with Flow("large") as flow:
    last = 0
    for _ in range(620):
        last = step(last)
