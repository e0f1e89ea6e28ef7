"""A task whose result is kept for an hour, and one that shares its cache by key."""

import uuid
from datetime import timedelta

from prefect import Flow, task
from prefect.engine.results import PrefectResult


@task(cache_for=timedelta(hours=1))
def draw():
    return uuid.uuid4().hex


@task(cache_for=timedelta(hours=1), cache_key="shared draw")
def draw_shared():
    return uuid.uuid4().hex


with Flow("caching", result=PrefectResult()) as flow:
    draw()
    draw_shared()
