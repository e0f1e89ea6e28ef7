"""Routing: a run goes to an agent whose labels cover its own, an unlabelled one to an unlabelled agent only."""

import socket

from prefect.backend import FlowRunView
from prefect.run_configs import UniversalRun


def test_a_run_that_no_agent_covers_waits(runs):
    waiting = runs.create("etl", labels=[runs.label, "nowhere"])

    assert runs.run("etl").state.is_successful()  # created later, so the agent has passed over the first
    assert runs.client.get_flow_run_state(waiting).is_scheduled()

    assert runs.client.cancel_flow_run(waiting) == "Cancelled"


def test_an_unlabelled_run_goes_to_an_unlabelled_agent_only(runs, start_agent):
    unlabelled = runs.create("etl", labels=[])

    assert runs.run("etl").state.is_successful()  # created later, so the labelled agent has passed over the first
    assert runs.client.get_flow_run_state(unlabelled).is_scheduled()

    with start_agent(runs.label, f"unlabelled {runs.label}", "--no-hostname-label"):
        assert runs.finished(unlabelled).state.is_successful()


def test_out_of_the_box_flow_and_agent_share_the_hostname(runs, project, prefect_cli, start_agent):
    with start_agent(runs.label, f"{runs.label} out of the box"):
        printed = prefect_cli("run", "--name", "etl", "--project", project, "--watch")

    assert f"└── Labels: ['{socket.gethostname()}']" in printed
    assert printed.endswith("Flow run succeeded!\n")


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
