"""`VertexRun`: a custom job of Google Vertex AI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from castra.run_configs.base import RunConfig


class VertexRun(RunConfig):
    """Runs as custom jobs of Vertex AI.

    Args:
        env: environment variables of the container, over those of the agent.
        labels: an agent must have all of these to take the run.
        image: the image to run; that of Docker storage beats it.
        machine_type: machine type of the worker pool that is made when `worker_pool_specs` is not given.
        scheduling: `scheduling` of the `CustomJobSpec`, e.g. `{"timeout": "3600s"}`.
        service_account: service account the job runs as.
        network: full name of the Compute Engine network to peer with.
        worker_pool_specs: the worker pools, as dicts of `WorkerPoolSpec`; the flow runs in the first, whose container the
            agent always sets.

    Raises:
        TypeError: an argument that is not listed here, or a value that has no JSON.
        ValueError: a value that its field cannot take.

    Examples:
        >>> VertexRun(scheduling={"timeout": "3600s"})
        VertexRun(scheduling={'timeout': '3600s'})
    """

    _type = "VertexRun"

    image: str | None
    machine_type: str | None
    scheduling: dict[str, Any] | None
    service_account: str | None
    network: str | None
    worker_pool_specs: list[dict[str, Any]] | None

    def __init__(
        self,
        *,
        env: Mapping[str, Any] | None = None,
        labels: Iterable[str] | None = None,
        image: str | None = None,
        machine_type: str | None = "e2-standard-4",
        scheduling: Mapping[str, Any] | None = None,
        service_account: str | None = None,
        network: str | None = None,
        worker_pool_specs: Iterable[Mapping[str, Any]] | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(
            env=env,
            labels=labels,
            image=image,
            machine_type=machine_type,
            scheduling=scheduling,
            service_account=service_account,
            network=network,
            worker_pool_specs=worker_pool_specs,
            **unknown,
        )
