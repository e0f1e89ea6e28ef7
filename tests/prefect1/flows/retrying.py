"""A retry that the flow run's process sleeps through, and one so late (over ten minutes) that the process ends."""

from datetime import timedelta

import prefect
from prefect import Flow, task


def fail_once():
    if prefect.context.task_run_count == 1:
        raise RuntimeError("not yet")


with Flow("retry soon") as soon:
    task(fail_once, max_retries=1, retry_delay=timedelta(seconds=1))()

with Flow("retry later") as later:
    task(fail_once, max_retries=1, retry_delay=timedelta(minutes=11))()
