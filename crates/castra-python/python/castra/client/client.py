"""A client of the server's GraphQL API."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from castra import _castra
from castra.client.settings import server, server_key
from castra.engine.state import State
from castra.times import aware, written


class Client:
    """Speaks to the server at ``api_server``, or the one that ``CASTRA_API`` names, or this machine's.

    Its methods raise ``castra._castra.CastraError`` if the server cannot be reached or refuses.
    """

    def __init__(self, api_server: str | None = None, api_key: str | None = None):
        self.api_server = api_server or server()
        self._key = api_key or server_key()

    def __repr__(self) -> str:
        return f"Client({self.api_server!r})"

    def graphql(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Sends a GraphQL document and gives ``{"data": ...}``."""
        return {"data": self._data(query, variables or {})}

    def _data(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        data: dict[str, Any] = _castra.graphql(self.api_server, self._key, query, dict(variables))
        return data

    def create_project(self, project_name: str, project_description: str | None = None) -> str:
        """Creates a project, unless there is one of this name, and gives its id."""
        found = self._data(
            "query($name: String!) { project(where: {name: {_eq: $name}}) { id } }", {"name": project_name}
        )["project"]
        if found:
            return str(found[0]["id"])
        project = {"name": project_name, "description": project_description}
        created = self._data(
            "mutation($input: create_project_input!) { create_project(input: $input) { id } }", {"input": project}
        )
        return str(created["create_project"]["id"])

    def find_flow(self, name: str, project_name: str | None = None) -> str:
        """The id of the newest version of the flow of this name.

        Raises ``ValueError`` if there is none, or several projects have one.
        """
        flows = self._data(
            """query($name: String!) {
                flow(where: {name: {_eq: $name}, archived: {_eq: false}}) { id project { name } }
            }""",
            {"name": name},
        )["flow"]
        found = [flow for flow in flows if project_name in (None, flow["project"]["name"])]
        if len(found) == 1:
            return str(found[0]["id"])
        where = "" if project_name is None else f" in the project {project_name!r}"
        projects = ", ".join(sorted(repr(flow["project"]["name"]) for flow in found))
        raise ValueError(
            f"several projects have a flow {name!r}: say which of {projects}" if found else f"there is no flow {name!r}{where}"
        )

    def create_flow_run(
        self,
        flow_id: str | None = None,
        context: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        labels: list[str] | None = None,
        scheduled_start_time: datetime | None = None,
        idempotency_key: str | None = None,
        run_name: str | None = None,
        version_group_id: str | None = None,
        run_config: Any = None,
    ) -> str:
        """Creates a run of a flow, and gives its id.

        Raises ``ValueError`` unless one of ``flow_id`` and ``version_group_id`` is given.
        """
        if (flow_id is None) == (version_group_id is None):
            raise ValueError("say which flow to run: give either flow_id or version_group_id")
        given = {
            "flow_id": flow_id,
            "version_group_id": version_group_id,
            "context": context and dict(context),
            "parameters": parameters and dict(parameters),
            "labels": labels,
            "scheduled_start_time": written(aware(scheduled_start_time)),
            "idempotency_key": idempotency_key,
            "flow_run_name": run_name,
            "run_config": run_config and run_config.serialize(),
        }
        created = self._data(
            "mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }",
            {"input": {name: value for name, value in given.items() if value is not None}},
        )
        return str(created["create_flow_run"]["id"])

    def flow_run_state(self, flow_run_id: str) -> State:
        """The state of a flow run.

        Raises ``ValueError`` if there is no such run.
        """
        found = self._data(
            "query($id: uuid!) { flow_run_by_pk(id: $id) { serialized_state } }", {"id": flow_run_id}
        )["flow_run_by_pk"]
        if found is None:
            raise ValueError(f"there is no flow run {flow_run_id!r}")
        return State.deserialize(found["serialized_state"])

    def wait_for_flow_run(self, flow_run_id: str, poll_interval: float = 1.0) -> State:
        """Waits until a flow run has ended, looking every ``poll_interval`` seconds, and gives its last state."""
        while True:
            state = self.flow_run_state(flow_run_id)
            if state.is_finished():
                return state
            time.sleep(poll_interval)

    def cancel_flow_run(self, flow_run_id: str) -> bool:
        """Asks for the end of a run; whether it was taken."""
        cancelled = self._data(
            "mutation($input: cancel_flow_run_input!) { cancel_flow_run(input: $input) { state } }",
            {"input": {"flow_run_id": flow_run_id}},
        )
        return cancelled["cancel_flow_run"]["state"] in ("Cancelling", "Cancelled")
