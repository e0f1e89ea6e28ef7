"""Pausing for somebody's approval, and going on after it."""

import pendulum
import pytest
from prefect.engine.state import Paused, Resume
from support.runs import state_names, task_states


@pytest.mark.parametrize("flow_name, slug", [("approval", "publish-1"), ("pause signal", "ask-1")])
def test_pause_and_resume(runs, flow_name, slug):
    flow_run_id = runs.create(flow_name)
    task_run_id = runs.wait_for_task_state(flow_run_id, slug, lambda state: isinstance(state, Paused))
    assert runs.client.get_flow_run_state(flow_run_id).is_running()

    runs.client.set_task_run_state(task_run_id, Resume("approved", start_time=pendulum.now("UTC")))

    run = runs.finished(flow_run_id)
    assert run.state.is_successful()
    assert state_names(run)[:3] == ["Scheduled", "Submitted", "Running"]
    assert task_states(run)[(slug, -1)] == "Success"
