"""Where and how a run is executed: what the flow's process finds around it."""

from prefect.run_configs import DockerRun, LocalRun, UniversalRun
from support.runs import result_of


def test_flow_run_finds_its_surroundings(runs):
    run = runs.run("surroundings", run_name="looking around")

    found = result_of(run, "look_around-1")
    assert found["flow_run_name"] == "looking around"
    assert found["project_name"] == "suite"
    assert found["agent_labels"] == f"['{runs.label}']"
    assert found["greeting"] is None


def test_run_config_given_at_creation_replaces_the_flows(runs, tmp_path):
    config = LocalRun(env={"GREETING": "moin", "PREFECT__LOGGING__LEVEL": "DEBUG"}, working_dir=str(tmp_path))
    run = runs.run("surroundings", run_config=config)

    assert run.run_config.env == config.env
    found = result_of(run, "look_around-1")
    assert found["greeting"] == "moin"
    assert found["working_dir"] == str(tmp_path)
    assert found["logging_level"] == "DEBUG"


def test_universal_run_keeps_its_environment(runs):
    run = runs.run("surroundings", run_config=UniversalRun(env={"GREETING": "hello"}))

    assert result_of(run, "look_around-1")["greeting"] == "hello"


def test_missing_working_dir_fails_the_run_and_says_so(runs, tmp_path):
    missing = tmp_path / "missing"
    run = runs.run("surroundings", run_config=LocalRun(working_dir=str(missing)))

    assert run.state.is_failed()
    assert str(missing) in run.state.message


def test_a_run_for_another_kind_of_agent_waits(runs):
    """A Prefect server hands it out, and the agent that cannot launch it fails it; Castra keeps it for one that can."""
    flow_run_id = runs.create("surroundings", run_config=DockerRun(image="python:3"))

    assert runs.run("etl").state.is_successful()  # created later, so the agent has passed over the first
    assert runs.client.get_flow_run_state(flow_run_id).is_scheduled()
    runs.client.cancel_flow_run(flow_run_id)
