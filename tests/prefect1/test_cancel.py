"""Cancelling: the run says so, and its process is gone."""

import time

from prefect.backend import FlowRunView
from prefect.engine.state import State
from support.processes import is_alive
from support.runs import result_of, state_names


def test_a_running_run_is_cancelled_and_its_process_ends(runs):
    flow_run_id = runs.create("sleeping")
    runs.wait_for_task_state(flow_run_id, "sleep-1", State.is_running)
    process = result_of(FlowRunView.from_flow_run_id(flow_run_id), "process_id-1")
    assert is_alive(process)

    assert runs.client.cancel_flow_run(flow_run_id) == "Cancelling"

    run = runs.finished(flow_run_id)
    assert state_names(run) == ["Scheduled", "Submitted", "Running", "Cancelling", "Cancelled"]
    deadline = time.monotonic() + 20
    while is_alive(process):
        assert time.monotonic() < deadline, f"process {process} outlives its run"
        time.sleep(0.1)


def test_a_waiting_run_is_cancelled_at_once(runs):
    flow_run_id = runs.create("etl", labels=["nowhere"])

    assert runs.client.cancel_flow_run(flow_run_id) == "Cancelled"
    assert state_names(runs.finished(flow_run_id)) == ["Scheduled", "Cancelled"]
