"""Tasks that end by a signal, and one that loops."""

import prefect
from prefect import Flow, task
from prefect.engine import signals
from prefect.engine.results import PrefectResult


@task
def skipped():
    raise signals.SKIP("nothing to do")


@task
def after_skipped():
    return 1


@task(skip_on_upstream_skip=False)
def in_spite_of_skipped():
    return 1


@task
def refused():
    raise signals.FAIL("refused")


@task
def loop():
    turns = prefect.context.get("task_loop_result", 0) + 1
    if turns < 3:
        raise signals.LOOP(message=f"turn {turns}", result=turns)
    return turns


with Flow("signalling", result=PrefectResult()) as flow:
    nothing = skipped()
    after_skipped(upstream_tasks=[nothing])
    in_spite_of_skipped(upstream_tasks=[nothing])
    refused()
    looped = loop()
    flow.set_reference_tasks([looped])
