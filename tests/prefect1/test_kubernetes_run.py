"""KubernetesRun, as the seed page of run configs shows it, on a real cluster."""

import json

import pytest
import requests
import yaml
from prefect.run_configs import KubernetesRun
from support import containers
from support.agents import job_template
from support.jobs import gone, jobs, pods
from support.runs import result_of


def running(runs, run_config: KubernetesRun) -> str:
    """The id of a run that has begun, and sleeps."""
    flow_run_id = runs.create("sleeping", run_config=run_config)
    runs.wait_for_state(flow_run_id, lambda state: state.is_running() or state.is_finished(), timeout=90)
    return flow_run_id


def test_the_agents_defaults(kubernetes_runs):
    run = kubernetes_runs.run("surroundings", run_config=KubernetesRun())

    assert run.state.is_successful(), run.state.message
    assert result_of(run, "look_around-1")["agent_labels"] == "['kubernetes-agent']"
    assert gone(run.flow_run_id)


def test_an_environment_variable(kubernetes_runs):
    run = kubernetes_runs.run("surroundings", run_config=KubernetesRun(env={"GREETING": "value"}))

    assert result_of(run, "look_around-1")["greeting"] == "value"


def test_an_image(kubernetes_runs, prefect_image):
    image = "example/image-name:with-tag"
    containers.output("docker", "tag", prefect_image, image)
    try:
        run = kubernetes_runs.run("etl", run_config=KubernetesRun(image=image))
    finally:
        containers.output("docker", "rmi", image)

    assert run.state.is_successful(), run.state.message


def test_resource_requests_reach_the_pod_and_no_credential_does(kubernetes_runs):
    flow_run_id = running(kubernetes_runs, KubernetesRun(cpu_request=0.5, memory_request="256Mi"))
    (pod,) = pods(flow_run_id)
    kubernetes_runs.client.cancel_flow_run(flow_run_id)

    container = pod["spec"]["containers"][0]
    assert container["resources"]["requests"] == {"cpu": "500m", "memory": "256Mi"}
    assert "castra_" not in json.dumps(pod["spec"])
    assert type(kubernetes_runs.finished(flow_run_id).state).__name__ == "Cancelled"
    assert gone(flow_run_id)


def test_a_job_template_in_the_run_config(kubernetes_runs):
    template = job_template()
    template["metadata"] = {"name": "of-my-own", "labels": {"team": "data"}}
    flow_run_id = running(kubernetes_runs, KubernetesRun(job_template=yaml.safe_dump(template)))
    (job,) = jobs(flow_run_id)
    kubernetes_runs.client.cancel_flow_run(flow_run_id)

    assert job["metadata"]["name"].startswith("of-my-own-")
    assert job["metadata"]["labels"]["team"] == "data"
    kubernetes_runs.finished(flow_run_id)


def test_a_job_template_that_the_agent_reads(kubernetes_runs, tmp_path):
    template = job_template()
    template["metadata"] = {"name": "read-at-launch"}
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump(template))
    flow_run_id = running(kubernetes_runs, KubernetesRun(job_template_path=f"agent://{path}"))
    (job,) = jobs(flow_run_id)
    kubernetes_runs.client.cancel_flow_run(flow_run_id)

    assert job["metadata"]["name"].startswith("read-at-launch-")
    kubernetes_runs.finished(flow_run_id)


def test_a_job_template_in_s3(kubernetes_runs, s3):
    if s3 is None:
        pytest.skip("LEFT OUT: set CASTRA_CLOUDS_PYTHON to a Python with moto, which stands for S3")
    template = job_template()
    template["metadata"] = {"name": "from-s3"}
    requests.put(f"{s3}/bucket", timeout=10).raise_for_status()
    requests.put(f"{s3}/bucket/path/to/spec.yaml", yaml.safe_dump(template), timeout=10).raise_for_status()
    config = KubernetesRun(job_template_path="s3://bucket/path/to/spec.yaml")
    flow_run_id = running(kubernetes_runs, config)
    (job,) = jobs(flow_run_id)
    kubernetes_runs.client.cancel_flow_run(flow_run_id)

    assert job["metadata"]["name"].startswith("from-s3-")
    kubernetes_runs.finished(flow_run_id)


def test_a_job_template_that_is_not_there_fails_the_run_with_the_reason(kubernetes_runs):
    run = kubernetes_runs.run("etl", run_config=KubernetesRun(job_template_path="agent:///no/such/spec.yaml"))

    assert run.state.is_failed()
    assert "/no/such/spec.yaml" in run.state.message


def test_an_image_that_cannot_be_pulled_fails_the_run_with_the_reason(kubernetes_runs):
    config = KubernetesRun(image="example/image-name:with-tag", image_pull_policy="Always")
    run = kubernetes_runs.run("etl", run_config=config)

    assert run.state.is_failed()
    assert "example/image-name:with-tag" in run.state.message
    assert gone(run.flow_run_id)


def test_too_little_memory_fails_the_run_with_the_limit(kubernetes_runs):
    run = kubernetes_runs.run("etl", run_config=KubernetesRun(memory_limit="24Mi"))

    assert run.state.is_failed()
    assert "24Mi" in run.state.message


def test_a_pod_deleted_by_hand_fails_the_run_with_the_reason(kubernetes_runs):
    flow_run_id = running(kubernetes_runs, KubernetesRun())
    (pod,) = pods(flow_run_id)
    name = pod["metadata"]["name"]

    containers.output("kubectl", "delete", "pod", name, "--grace-period", "1", "--wait=false")

    state = kubernetes_runs.finished(flow_run_id).state
    assert state.is_failed()
    assert name in state.message
    assert gone(flow_run_id)
