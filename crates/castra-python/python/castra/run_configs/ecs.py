"""`ECSRun`: a task of Amazon ECS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from castra.run_configs.base import RunConfig


class ECSRun(RunConfig):
    """Runs as ECS tasks. At most one of the three task definitions is given.

    Args:
        task_definition: the task definition, as boto3's `register_task_definition` takes it.
        task_definition_path: where the agent finds the task definition: `s3://…`, `gcs://…`, `agent://…`. A file of this machine
            is read here and now.
        task_definition_arn: a registered task definition, as `family:revision` or full ARN. Excludes `image`.
        image: the image to run; that of Docker storage beats it.
        env: environment variables of the container, over those of the agent.
        cpu: CPU of the task, in units (`1024` is one vCPU) or as `"1 vcpu"`.
        memory: memory of the task, in MiB (`2048`) or as `"2 GB"`.
        task_role_arn: the role that the flow's own AWS calls use.
        execution_role_arn: the role that ECS pulls the image and writes logs with.
        run_task_kwargs: further arguments of `run_task`, passed on as they are.
        labels: an agent must have all of these to take the run.

    Raises:
        TypeError: an argument that is not listed here, or a value that has no JSON.
        ValueError: a value that its field cannot take, several task definitions, an ARN with an image, or a file that
            cannot be read.

    Examples:
        >>> ECSRun(cpu="2 vcpu", memory="4 GB")
        ECSRun(cpu='2 vcpu', memory='4 GB')
    """

    _type = "ECSRun"

    task_definition: dict[str, Any] | None
    task_definition_path: str | None
    task_definition_arn: str | None
    image: str | None
    cpu: str | None
    memory: str | None
    task_role_arn: str | None
    execution_role_arn: str | None
    run_task_kwargs: dict[str, Any] | None

    def __init__(
        self,
        *,
        task_definition: Mapping[str, Any] | None = None,
        task_definition_path: str | None = None,
        task_definition_arn: str | None = None,
        image: str | None = None,
        env: Mapping[str, Any] | None = None,
        cpu: int | str | None = None,
        memory: int | str | None = None,
        task_role_arn: str | None = None,
        execution_role_arn: str | None = None,
        run_task_kwargs: Mapping[str, Any] | None = None,
        labels: Iterable[str] | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(
            task_definition=task_definition,
            task_definition_path=task_definition_path,
            task_definition_arn=task_definition_arn,
            image=image,
            env=env,
            cpu=cpu,
            memory=memory,
            task_role_arn=task_role_arn,
            execution_role_arn=execution_role_arn,
            run_task_kwargs=run_task_kwargs,
            labels=labels,
            **unknown,
        )
