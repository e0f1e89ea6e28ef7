"""`KubernetesRun`: a Kubernetes job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from castra.run_configs.base import RunConfig


class KubernetesRun(RunConfig):
    """Runs as Kubernetes jobs. Quantities are Kubernetes': cores (`2`, `0.5`, `"500m"`) and bytes (`"2Gi"`, `"512Mi"`).

    Args:
        job_template_path: where the agent finds the job template: `s3://…`, `gcs://…`, `agent://…`. A file of this machine is
            read here and now. Excludes `job_template`.
        job_template: the job template, as a dict or as YAML text of one. Excludes `job_template_path`.
        image: the image to run; that of Docker storage beats it.
        env: environment variables of the container, over those of the agent.
        cpu_limit: cores it may use.
        cpu_request: cores it is promised.
        memory_limit: bytes it may use, beyond which it is killed.
        memory_request: bytes it is promised.
        service_account_name: service account of the pod.
        image_pull_secrets: names of the secrets to pull the image with.
        labels: an agent must have all of these to take the run.
        image_pull_policy: when to pull the image: `"Always"`, `"IfNotPresent"` or `"Never"`.

    Raises:
        TypeError: an argument that is not listed here, or a value that has no JSON.
        ValueError: a value that its field cannot take, both a template and its path, or a file that cannot be read.

    Examples:
        >>> KubernetesRun(cpu_request=2, memory_request="2Gi")
        KubernetesRun(cpu_request='2', memory_request='2Gi')
    """

    _type = "KubernetesRun"

    job_template_path: str | None
    job_template: dict[str, Any] | None
    image: str | None
    cpu_limit: str | None
    cpu_request: str | None
    memory_limit: str | None
    memory_request: str | None
    service_account_name: str | None
    image_pull_secrets: list[str] | None
    image_pull_policy: str | None

    def __init__(
        self,
        *,
        job_template_path: str | None = None,
        job_template: str | Mapping[str, Any] | None = None,
        image: str | None = None,
        env: Mapping[str, Any] | None = None,
        cpu_limit: float | str | None = None,
        cpu_request: float | str | None = None,
        memory_limit: str | None = None,
        memory_request: str | None = None,
        service_account_name: str | None = None,
        image_pull_secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        image_pull_policy: str | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(
            job_template_path=job_template_path,
            job_template=job_template,
            image=image,
            env=env,
            cpu_limit=cpu_limit,
            cpu_request=cpu_request,
            memory_limit=memory_limit,
            memory_request=memory_request,
            service_account_name=service_account_name,
            image_pull_secrets=image_pull_secrets,
            labels=labels,
            image_pull_policy=image_pull_policy,
            **unknown,
        )
