"""The engine and the API server are restarted in the middle of a run. Others may use those that are here; so a second engine
and a second API server are started, and restarted."""

import time

from prefect.run_configs import DockerRun, KubernetesRun
from support.api_server import ApiServer
from support.dockerd import Dockerd
from support.jobs import gone
from support.runs import Runs

LABEL = "restarts"


def test_the_api_server_is_restarted(cluster, start_agent, project, tmp_path):
    """The pod goes on, and so does the run."""
    with ApiServer(tmp_path) as api_server:
        cluster = {"KUBECONFIG": str(api_server.kubeconfig)}
        with start_agent("kubernetes-agent", LABEL, "--label", LABEL, **cluster) as agent:
            runs = Runs(agent, project, LABEL)
            flow_run_id = runs.create("sleeping", run_config=KubernetesRun())
            runs.wait_for_state(flow_run_id, lambda state: state.is_running(), timeout=90)

            api_server.kill()
            time.sleep(5)
            api_server.start()

            assert runs.client.get_flow_run_state(flow_run_id).is_running()
            runs.client.cancel_flow_run(flow_run_id)
            assert type(runs.finished(flow_run_id).state).__name__ == "Cancelled"
            assert gone(flow_run_id)
            run = runs.run("etl", run_config=KubernetesRun())
            assert run.state.is_successful()
            assert gone(run.flow_run_id)


def test_dockerd_is_restarted(prefect_image, start_agent, project):
    """It takes its containers with it; the agent survives it and says what happened to the run."""
    with Dockerd(prefect_image) as dockerd:
        with start_agent("docker-agent", LABEL, "--label", LABEL, "--base-url", dockerd.address) as agent:
            runs = Runs(agent, project, LABEL)
            run_config = DockerRun(image=prefect_image)
            flow_run_id = runs.create("sleeping", run_config=run_config)
            runs.wait_for_state(flow_run_id, lambda state: state.is_running())

            dockerd.stop()
            dockerd.start()

            state = runs.finished(flow_run_id).state
            assert state.is_failed()
            assert "SIG" in state.message or "exit code" in state.message, state.message
            assert runs.run("etl", run_config=run_config).state.is_successful()
