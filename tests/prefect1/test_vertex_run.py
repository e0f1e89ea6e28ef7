"""VertexRun, as the seed page of run configs shows it, on a JobService that stands for Google's."""

import re
import time

import pytest
from prefect.run_configs import UniversalRun, VertexRun
from support.runs import Runs, result_of
from support.vertex import container, environment, in_place_of_an_image

POOLS = [
    {"machine_spec": {"machine_type": "e2-standard-4"}, "replica_count": 1},
    {
        "machine_spec": {"machine_type": "e2-highmem-16"},
        "replica_count": 3,
        "container_spec": {"image": "my-image"},
    },
]
SNIPPETS = {
    "defaults": lambda: VertexRun(),
    "env": lambda: VertexRun(env={"SOME_VAR": "value"}),
    "image": lambda: VertexRun(image="example/image-name:with-tag"),
    "machine_type": lambda: VertexRun(machine_type="e2-highmem-16"),
    "account_and_network": lambda: VertexRun(
        service_account="my-account@my-project.iam.gserviceaccount.com", network="my-network"
    ),
    "scheduling": lambda: VertexRun(scheduling={"timeout": "3600s"}),
    "worker_pool_specs": lambda: VertexRun(worker_pool_specs=POOLS),
}


def running(runs, run_config) -> str:
    """The id of a run that has begun, and sleeps."""
    flow_run_id = runs.create("sleeping", run_config=run_config)
    runs.wait_for_state(flow_run_id, lambda state: state.is_running() or state.is_finished(), timeout=90)
    return flow_run_id


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_every_snippet_runs_to_its_end(vertex_runs, vertex, snippet):
    run = vertex_runs.run("etl", run_config=SNIPPETS[snippet]())

    assert run.state.is_successful(), run.state.message
    assert vertex.end_of(run.flow_run_id) == "JOB_STATE_SUCCEEDED"


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_every_snippet_is_cancelled_with_its_job(vertex_runs, vertex, snippet):
    flow_run_id = running(vertex_runs, SNIPPETS[snippet]())
    assert vertex.job_of(flow_run_id)["state"] == "JOB_STATE_RUNNING"

    vertex_runs.client.cancel_flow_run(flow_run_id)

    assert type(vertex_runs.finished(flow_run_id).state).__name__ == "Cancelled"
    assert vertex.job_of(flow_run_id)["state"] == "JOB_STATE_CANCELLED"


def test_the_agents_defaults(vertex_runs, vertex):
    run = vertex_runs.run("surroundings", run_config=UniversalRun())

    assert result_of(run, "look_around-1")["agent_labels"] == "['vertex-agent']"
    job = vertex.job_of(run.flow_run_id)
    assert container(job)["imageUri"] == "prefecthq/prefect:1.4.1"
    assert job["displayName"].startswith("surroundings-")
    (pool,) = job["jobSpec"]["workerPoolSpecs"]
    assert (pool["machineSpec"]["machineType"], pool["replicaCount"]) == ("e2-standard-4", "1")


def test_what_the_run_config_says_reaches_the_job(vertex_runs, vertex):
    config = VertexRun(
        env={"GREETING": "value"},
        image="example/image-name:with-tag",
        machine_type="e2-highmem-16",
        service_account="my-account@my-project.iam.gserviceaccount.com",
        network="my-network",
        scheduling={"timeout": "3600s"},
    )
    run = vertex_runs.run("surroundings", run_config=config)

    assert result_of(run, "look_around-1")["greeting"] == "value"
    job = vertex.job_of(run.flow_run_id)
    spec = job["jobSpec"]
    assert environment(job)["GREETING"] == "value"
    assert container(job)["imageUri"] == "example/image-name:with-tag"
    assert spec["workerPoolSpecs"][0]["machineSpec"] == {"machineType": "e2-highmem-16"}
    assert spec["serviceAccount"] == "my-account@my-project.iam.gserviceaccount.com"
    assert (spec["network"], spec["scheduling"]["timeout"]) == ("my-network", "3600s")


def test_the_first_pool_is_the_flows_and_the_others_keep_their_container(vertex_runs, vertex):
    run = vertex_runs.run("etl", run_config=VertexRun(worker_pool_specs=POOLS))

    first, second = vertex.job_of(run.flow_run_id)["jobSpec"]["workerPoolSpecs"]
    assert first["containerSpec"]["command"] == ["prefect", "execute", "flow-run"]
    assert second == {
        "machineSpec": {"machineType": "e2-highmem-16"},
        "replicaCount": "3",
        "containerSpec": {"imageUri": "my-image"},
    }


def test_a_further_pool_without_a_container_fails_the_run_with_the_reason(vertex_runs):
    pools = [{"replica_count": 1}, {"machine_spec": {"machine_type": "e2-highmem-16"}, "replica_count": 3}]
    run = vertex_runs.run("etl", run_config=VertexRun(worker_pool_specs=pools))

    assert run.state.is_failed()
    assert "worker_pool_specs[1]: this worker pool has no container" in run.state.message


def test_what_google_refuses_fails_the_run_with_its_words(vertex_runs):
    run = vertex_runs.run("etl", run_config=VertexRun(scheduling={"time_out": "3600s"}))

    assert run.state.is_failed()
    assert "Invalid JSON payload" in run.state.message and "time_out" in run.state.message


def test_a_timeout_fails_the_run_with_its_length(vertex_runs, vertex):
    run = vertex_runs.run("sleeping", run_config=VertexRun(scheduling={"timeout": "8s"}))

    assert run.state.is_failed()
    assert "timeout of 8s" in run.state.message
    assert vertex.job_of(run.flow_run_id)["state"] == "JOB_STATE_EXPIRED"


def test_a_job_cancelled_by_hand_fails_the_run_with_the_reason(vertex_runs, vertex):
    flow_run_id = running(vertex_runs, VertexRun())
    job = vertex.job_of(flow_run_id)

    vertex.cancel_by_hand(job)

    state = vertex_runs.finished(flow_run_id).state
    assert state.is_failed()
    assert f"the custom job {job['name'].rsplit('/', 1)[1]} was cancelled" in state.message


def test_an_agent_that_is_killed_before_it_knows_its_job_runs_no_second_one(
    vertex, vertex_agent, start_agent, project, home
):
    options = ("--label", "killed", *in_place_of_an_image(home))
    with start_agent("vertex-agent", "killed", *options) as agent:
        runs = Runs(agent, project)
        vertex.fail({"method": "CreateCustomJob", "times": 1, "loses": "answer", "seconds": 60})
        flow_run_id = runs.create("etl", run_config=VertexRun(), labels=["killed"])
        while not vertex.jobs_of(flow_run_id):
            time.sleep(0.1)
        agent.kill()
    vertex.fail()
    with start_agent("vertex-agent", "killed", *options):
        assert runs.finished(flow_run_id).state.is_successful()
        assert vertex.end_of(flow_run_id) == "JOB_STATE_SUCCEEDED"


def test_an_agent_that_is_killed_takes_its_job_up_again(vertex, vertex_agent, start_agent, project, home):
    options = ("--label", "killed", *in_place_of_an_image(home))
    with start_agent("vertex-agent", "killed", *options) as agent:
        runs = Runs(agent, project)
        flow_run_id = runs.create("sleeping", run_config=VertexRun(), labels=["killed"])
        runs.wait_for_state(flow_run_id, lambda state: state.is_running(), timeout=90)
        agent.kill()
    runs.client.cancel_flow_run(flow_run_id)
    with start_agent("vertex-agent", "killed", *options):
        assert type(runs.finished(flow_run_id).state).__name__ == "Cancelled"
        assert vertex.end_of(flow_run_id) == "JOB_STATE_CANCELLED"


def test_no_credential_is_logged_however_much_is(vertex_runs, home):
    assert vertex_runs.run("etl", run_config=VertexRun()).state.is_successful()

    log = (home / "vertex-agent.log").read_text()
    assert "launched a flow run" in log
    assert not re.search(r"castra_[0-9a-f-]{36}_|Bearer \w|PRIVATE KEY", log)
