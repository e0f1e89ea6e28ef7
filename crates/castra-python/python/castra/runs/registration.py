"""Registering a flow: the form in which the server keeps it, and where it is found again when a run of it starts."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import warnings
from collections.abc import Iterable

from castra import _castra
from castra.client.settings import server, server_key
from castra.run_configs import UniversalRun
from castra.runs.wire import wire_edge, wire_parameter, wire_task
from castra.storage import Docker, Local
from castra.utilities.context import context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.flow import Flow
    from castra.run_configs import RunConfig
    from castra.storage.base import Storage


def serialize(flow: Flow, build: bool = False) -> dict[str, Any]:
    """The form of what the flow says by itself; storage and run config only if they are set. ``build`` puts it into its storage first.

    Raises ``ValueError`` if its tasks wait for each other, or there is no storage to put it into, ``TypeError`` for a default without JSON.
    """
    flow.validate()
    if build:
        if flow.storage is None:
            raise ValueError(f"the flow {flow.name!r} names no storage that it could be put into: set `flow.storage`")
        put([flow], flow.storage)
    return _serialized(flow, flow.run_config, flow.storage and flow.storage.serialize())


def serialized_hash(flow: Flow, build: bool = False) -> str:
    """As :meth:`castra.Flow.serialized_hash` says."""
    return hashlib.sha256(json.dumps(serialize(flow, build), sort_keys=True).encode()).hexdigest()


def _serialized(flow: Flow, run_config: RunConfig | None, storage: dict[str, Any] | None) -> dict[str, Any]:
    return _castra.flow_to_json(
        {
            "name": flow.name,
            "type": "prefect.core.flow.Flow",
            "schedule": flow.schedule and flow.schedule.serialize(),
            "parameters": [
                wire_parameter(each, flow.slugs[each]) for each in sorted(flow.parameters(), key=lambda each: each.name)
            ],
            "tasks": [wire_task(task, flow.slugs[task]) for task in flow.sorted_tasks()],
            "edges": sorted((wire_edge(each, flow.slugs) for each in flow.edges), key=repr),
            "reference_tasks": [{"slug": slug} for slug in sorted(flow.slugs[task] for task in flow._reference_tasks)],
            "run_config": run_config and run_config.serialize(),
            "storage": storage,
            "__version__": _castra.SERIALIZATION_VERSION,
        }
    )


def register(
    flow: Flow,
    project_name: str | None,
    labels: Iterable[str] | None = None,
    add_default_labels: bool | None = None,
    set_schedule_active: bool = True,
    version_group_id: str | None = None,
    idempotency_key: str | None = None,
    build: bool = True,
) -> str | None:
    """As :meth:`castra.Flow.register` says; ``None`` while the flow's own file is being loaded."""
    if context.get("loading_flow"):
        warnings.warn("`flow.register` is not done while the flow's file is loaded", stacklevel=3)
        return None
    if context.get("flow") is not None:
        raise ValueError("a flow is registered once its `with Flow(...)` block is over")
    if not project_name:
        raise ValueError("say with `project_name` where the flow is to be registered")
    registration = {
        "project": project_name,
        "flow": registered_form(flow, labels, add_default_labels, build),
        "schedule_active": set_schedule_active,
        "version_group_id": version_group_id,
        "idempotency_key": idempotency_key,
    }
    flow_id: str = _castra.register_flow(server(), server_key(), registration)
    return flow_id


def registered_form(
    flow: Flow, labels: Iterable[str] | None = None, add_default_labels: bool | None = None, build: bool = True
) -> dict[str, Any]:
    """What is sent: run config and storage are there, and the labels of both are the run config's. The flow is put into its storage
    unless that has been done (``build=False``)."""
    flow.validate()
    storage = flow.storage if flow.storage is not None else _found_again(flow)
    if add_default_labels is not None:
        storage.add_default_labels = add_default_labels
    if build:
        put([flow], storage)
    elif flow.name not in storage:
        storage.add_flow(flow)
    run_config = flow.run_config if flow.run_config is not None else UniversalRun()
    run_config.labels = sorted({*run_config.labels, *storage.labels, *(labels or ())})
    return _serialized(flow, run_config, {**storage.serialize(), **_python_of(storage), **_stand_in()})


def put(flows: Iterable[Flow], storage: Storage) -> None:
    """Puts flows into their storage, all at once."""
    for flow in flows:
        if flow.name not in storage:
            storage.add_flow(flow)
        elif flow.name in storage._flows:
            # It may be another one by now.
            storage._flows[flow.name] = flow
    storage.build()


def put_together(flows: Iterable[Flow]) -> None:
    """Puts flows into the storages that they name; those that share one are put there together, such as into one image."""
    sharing: dict[int, list[Flow]] = {}
    for flow in flows:
        if flow.storage is not None:
            sharing.setdefault(id(flow.storage), []).append(flow)
    for group in sharing.values():
        put(group, group[0].storage)


def _python_of(storage: Storage) -> dict[str, str]:
    """The interpreter that runs the flow, where the storage says that there is this one."""
    if isinstance(storage, Local):
        return {"python": sys.executable}
    return {"python": "python"} if isinstance(storage, Docker) else {}


def _stand_in() -> dict[str, bool]:
    """That `prefect` means Castra in the flow's code, if it does here."""
    return {"prefect_is_castra": True} if "castra.prefect" in sys.modules else {}


def _found_again(flow: Flow) -> Local:
    """Where a flow is that says nothing about it: in the Python file that made it, or pickled if there is none."""
    file = script_of(flow)
    return Local() if file is None else Local(path=file, stored_as_script=True)


def script_of(flow: Flow) -> str | None:
    """The file at whose top level the flow stands, by the modules that are there."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".py") and any(value is flow for value in list(vars(module).values())):
            return os.path.abspath(file)
    made_in: str | None = flow._file
    return made_in
