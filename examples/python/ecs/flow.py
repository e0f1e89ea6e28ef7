"""Retry: a service that answers only the third time, on Fargate."""

from datetime import timedelta

from castra import Flow, context, task
from castra.run_configs import ECSRun
from castra.storage import Local


@task(max_retries=2, retry_delay=timedelta(seconds=1))
def ask():
    """Fails twice, and then answers."""
    attempt = context.task_run_count
    if attempt < 3:
        raise ConnectionError(f"no answer the {attempt}. time")
    return "the answer"


@task(log_stdout=True)
def tell(answer):
    print(f"got {answer}")


with Flow("retry") as flow:
    tell(ask())

# The image holds the flow's file; see ../Dockerfile. Fargate pulls it from a registry of yours.
flow.storage = Local(path="/flows/ecs/flow.py", stored_as_script=True, add_default_labels=False)
flow.run_config = ECSRun(image="castra-examples:1", cpu="0.5 vcpu", memory="1 GB", labels=["fargate"])
