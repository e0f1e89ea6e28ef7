"""A flow that runs another one, waits for it, and takes one of its results."""

from prefect import Flow, Parameter, task
from prefect.engine.results import PrefectResult
from prefect.tasks.prefect import create_flow_run, get_task_run_result, wait_for_flow_run


@task(result=PrefectResult())
def describe(run, total):
    return {"child": run.flow_run_id, "state": type(run.state).__name__, "total": total}


with Flow("subflows") as flow:
    child = create_flow_run(
        flow_name="etl",
        project_name=Parameter("project"),
        parameters={"count": 4},
        labels=Parameter("labels"),
        run_name=Parameter("child_name"),
    )
    finished = wait_for_flow_run(child, stream_logs=True)
    total = get_task_run_result(child, "load-1", poll_time=1, upstream_tasks=[finished])
    describe(finished, total)
