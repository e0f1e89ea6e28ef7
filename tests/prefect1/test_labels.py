"""Routing: a run goes to an agent whose labels cover its own, an unlabelled one to an unlabelled agent only."""

import pytest
from prefect.backend import FlowRunView
from prefect.run_configs import UniversalRun
from support.agents import AGENTS


def test_a_run_that_no_agent_covers_waits(runs):
    waiting = runs.create("etl", labels=[runs.agent.label, "nowhere"])

    assert runs.run("etl").state.is_successful()  # created later, so the agent has passed over the first
    assert runs.client.get_flow_run_state(waiting).is_scheduled()

    assert runs.client.cancel_flow_run(waiting) == "Cancelled"


@pytest.mark.parametrize("kind", AGENTS)
def test_an_unlabelled_run_goes_to_an_unlabelled_agent_only(runs, kind, start_agent):
    if runs.agent.label != kind:
        pytest.skip("one kind of agent at a time")
    unlabelled = runs.create("etl", labels=[])

    assert runs.run("etl").state.is_successful()  # created later, so the labelled agent has passed over the first
    assert runs.client.get_flow_run_state(unlabelled).is_scheduled()

    agent = start_agent(kind, label=None, name=f"unlabelled {kind}")
    assert runs.finished(unlabelled).state.is_successful()
    agent.stop()


def test_labels_come_from_the_run_config_unless_the_run_has_its_own(runs):
    def labels(**options):
        flow_run_id = runs.create("etl", **options)
        runs.client.cancel_flow_run(flow_run_id)
        return sorted(FlowRunView.from_flow_run_id(flow_run_id).labels)

    config = UniversalRun(labels=["of the run config"])
    assert labels(run_config=config, labels=None) == ["of the run config"]
    assert labels(run_config=config, labels=["of the run"]) == ["of the run"]
    assert labels(run_config=config, labels=[]) == []
    assert labels(run_config=UniversalRun(), labels=None) == []
