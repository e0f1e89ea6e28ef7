"""DockerRun, as the seed page of run configs shows it, on a real Docker Engine."""

import re
import time

from prefect.run_configs import DockerRun, LocalRun
from prefect.storage import Docker
from support import containers
from support.flows import load
from support.runs import result_of


def gone(container_ids: list[str], timeout: float = 30) -> bool:
    """Whether containers are removed soon: that happens once the server knows their end."""
    deadline = time.monotonic() + timeout
    while set(container_ids) & set(containers.all_of_castra()):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def container_of(flow_run_id: str) -> str:
    (container,) = containers.of_run(flow_run_id)
    return container


def test_the_agents_defaults(docker_runs):
    run = docker_runs.run("surroundings", run_config=DockerRun(), run_name="in a container")

    assert run.state.is_successful(), run.state.message
    found = result_of(run, "look_around-1")
    assert found["flow_run_name"] == "in a container"
    assert found["agent_labels"] == "['docker-agent']"
    assert gone(containers.of_run(run.flow_run_id))


def test_an_environment_variable(docker_runs):
    run = docker_runs.run("surroundings", run_config=DockerRun(env={"GREETING": "value"}))

    assert result_of(run, "look_around-1")["greeting"] == "value"


def test_an_image(docker_runs, prefect_image):
    image = "example/image-name:with-tag"
    containers.output("docker", "tag", prefect_image, image)
    try:
        run = docker_runs.run("etl", run_config=DockerRun(image=image), parameters={"count": 4})
    finally:
        containers.output("docker", "rmi", image)

    assert run.state.is_successful(), run.state.message
    assert result_of(run, "load-1") == 12


def test_host_config_reaches_the_container(docker_runs):
    config = DockerRun(host_config={"mem_limit": "512m", "cpu_shares": 512}, ports=[8080])
    flow_run_id = docker_runs.create("sleeping", run_config=config)
    docker_runs.wait_for_state(flow_run_id, lambda state: state.is_running())

    container = container_of(flow_run_id)
    host = containers.output("docker", "inspect", "--format", "{{.HostConfig.Memory}} {{.HostConfig.CpuShares}}", container)
    exposed = containers.output("docker", "inspect", "--format", "{{json .Config.ExposedPorts}}", container)
    docker_runs.client.cancel_flow_run(flow_run_id)

    assert host == f"{512 * 1024 ** 2} 512"
    assert exposed == '{"8080/tcp":{}}'
    assert docker_runs.finished(flow_run_id).state.message
    assert gone([container])


def test_cancelling_a_run_ends_its_container(docker_runs):
    flow_run_id = docker_runs.create("sleeping", run_config=DockerRun())
    docker_runs.wait_for_state(flow_run_id, lambda state: state.is_running())
    container = container_of(flow_run_id)

    docker_runs.client.cancel_flow_run(flow_run_id)

    assert type(docker_runs.finished(flow_run_id).state).__name__ == "Cancelled"
    assert gone([container])


def test_a_container_killed_by_hand_fails_the_run_with_the_reason(docker_runs):
    flow_run_id = docker_runs.create("sleeping", run_config=DockerRun())
    docker_runs.wait_for_state(flow_run_id, lambda state: state.is_running())

    containers.output("docker", "kill", container_of(flow_run_id))

    state = docker_runs.finished(flow_run_id).state
    assert state.is_failed()
    assert "SIGKILL" in state.message


def test_an_image_that_is_not_there_fails_the_run_with_the_reason(docker_runs):
    run = docker_runs.run("etl", run_config=DockerRun(image="nobody/has-this:1"))

    assert run.state.is_failed()
    assert "nobody/has-this:1" in run.state.message


def test_docker_storage_built_by_the_real_client(docker_runs, prefect_image, project):
    """The client builds the image on the engine; its image beats that of the run config."""
    flow = load("etl.py", "etl")
    flow.name = "etl in an image"
    flow.run_config = DockerRun(image="nobody/has-this:1", labels=["docker-agent"])
    # There is no package index where images are built in tests: what pip would install is in the base image.
    flow.storage = Docker(
        base_image=prefect_image, image_name="castra-test/etl", image_tag="1", local_image=True,
        env_vars={"PIP_NO_INDEX": "1"},
    )
    flow.register(project_name=project)
    try:
        run = docker_runs.run("etl in an image")
    finally:
        containers.output("docker", "rmi", "--force", "castra-test/etl:1")

    assert run.state.is_successful(), run.state.message
    assert result_of(run, "load-1") == 6


def test_no_credential_is_logged_however_much_is(docker_runs, home):
    assert docker_runs.run("etl", run_config=DockerRun()).state.is_successful()

    log = (home / "docker-agent.log").read_text()
    assert "launched a flow run" in log
    assert not re.search(r"castra_[0-9a-f-]{36}_", log)


def test_a_run_for_the_local_agent_is_left_alone(docker_runs):
    flow_run_id = docker_runs.create("etl", run_config=LocalRun())

    assert docker_runs.run("etl", run_config=DockerRun()).state.is_successful()
    assert docker_runs.client.get_flow_run_state(flow_run_id).is_scheduled()
    docker_runs.client.cancel_flow_run(flow_run_id)
