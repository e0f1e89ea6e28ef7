"""A long sleep, by a process that says who it is."""

import os
import time

from prefect import Flow, task
from prefect.engine.results import PrefectResult


@task
def process_id():
    return os.getpid()


@task
def sleep():
    time.sleep(600)


with Flow("sleeping", result=PrefectResult()) as flow:
    sleep(upstream_tasks=[process_id()])
