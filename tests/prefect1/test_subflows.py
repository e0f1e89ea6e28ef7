"""Flows of flows."""

from prefect.backend import FlowRunView
from support.runs import messages, result_of


def test_a_flow_runs_another_and_takes_its_result(runs, project):
    child_name = f"child by {runs.label}"
    run = runs.run("subflows", parameters={"project": project, "labels": [runs.label], "child_name": child_name})

    described = result_of(run, "describe-1")
    assert (described["state"], described["total"]) == ("Success", 12)
    child = FlowRunView.from_flow_run_id(described["child"])
    assert child.name == child_name
    assert child.parameters == {"count": 4}
    assert any(f"Flow '{child_name}': Entered state <Success>" in message for message in messages(run))
    assert any(f"Flow '{child_name}': doubling 3" in message for message in messages(run))
