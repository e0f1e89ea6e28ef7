"""Tasks that create runs of other flows, and wait for them; the name is Prefect 1's."""

from castra.tasks.prefect.flow_run import FlowRunEnd, create_flow_run, wait_for_flow_run

__all__ = ["FlowRunEnd", "create_flow_run", "wait_for_flow_run"]
