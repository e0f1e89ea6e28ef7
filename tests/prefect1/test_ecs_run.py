"""ECSRun, as the seed page of run configs shows it, on what stands for AWS: tasks are processes of this machine."""

import time

import pytest
import yaml
from prefect.run_configs import ECSRun
from support.runs import result_of


def running(runs, run_config: ECSRun) -> str:
    """The id of a run that has begun, and sleeps."""
    flow_run_id = runs.create("sleeping", run_config=run_config)
    runs.wait_for_state(flow_run_id, lambda state: state.is_running() or state.is_finished(), timeout=90)
    return flow_run_id


def stopped(aws, flow_run_id: str, timeout: float = 60) -> bool:
    """Whether the run's task is stopped soon."""
    deadline = time.monotonic() + timeout
    while aws.task(flow_run_id)["lastStatus"] != "STOPPED":
        if time.monotonic() > deadline:
            return False
        time.sleep(0.25)
    return True


def test_the_agents_defaults(ecs_runs, aws):
    run = ecs_runs.run("surroundings", run_config=ECSRun())

    assert run.state.is_successful(), run.state.message
    assert result_of(run, "look_around-1")["agent_labels"] == "['ecs-agent']"
    assert stopped(aws, run.flow_run_id)
    task = aws.task(run.flow_run_id)
    assert (task["launchType"], task["containers"][0]["exitCode"]) == ("FARGATE", 0)
    assert "awsvpcConfiguration" in aws.given("RunTask")["networkConfiguration"]


def test_an_environment_variable(ecs_runs):
    run = ecs_runs.run("surroundings", run_config=ECSRun(env={"SOME_VAR": "value", "GREETING": "value"}))

    assert result_of(run, "look_around-1")["greeting"] == "value"


def test_an_image(ecs_runs, aws):
    run = ecs_runs.run("etl", run_config=ECSRun(image="example/image-name:with-tag"))

    assert run.state.is_successful(), run.state.message
    assert aws.task(run.flow_run_id)["containers"][0]["image"] == "example/image-name:with-tag"


def test_cpu_and_memory(ecs_runs, aws):
    run = ecs_runs.run("etl", run_config=ECSRun(cpu="2 vcpu", memory="4 GB"))

    assert run.state.is_successful(), run.state.message
    overrides = aws.task(run.flow_run_id)["overrides"]
    assert (overrides["cpu"], overrides["memory"]) == ("2 vcpu", "4 GB")


def test_a_task_definition_in_s3(ecs_runs, aws):
    definition = {"networkMode": "awsvpc", "cpu": 512, "memory": 1024, "tags": [{"key": "team", "value": "data"}]}
    aws.put("/bucket")
    aws.put("/bucket/path/to/definition.yaml", yaml.safe_dump(definition))

    run = ecs_runs.run("etl", run_config=ECSRun(task_definition_path="s3://bucket/path/to/definition.yaml"))

    assert run.state.is_successful(), run.state.message
    registered = aws.given("RegisterTaskDefinition")
    assert (registered["cpu"], registered["tags"][0]) == ("512", {"key": "team", "value": "data"})


def test_a_registered_task_definition(ecs_runs, aws):
    ecs_runs.run("etl", run_config=ECSRun())
    (definition, *_) = aws.tell("definitions")

    run = ecs_runs.run("etl", run_config=ECSRun(task_definition_arn=definition))

    assert run.state.is_successful(), run.state.message
    assert aws.task(run.flow_run_id)["taskDefinitionArn"] == definition


def test_a_cancelled_run_stops_its_task(ecs_runs, aws):
    flow_run_id = running(ecs_runs, ECSRun())

    ecs_runs.client.cancel_flow_run(flow_run_id)

    assert type(ecs_runs.finished(flow_run_id).state).__name__ == "Cancelled"
    assert stopped(aws, flow_run_id)


def test_a_task_stopped_by_hand_fails_the_run_with_the_reason(ecs_runs, aws):
    flow_run_id = running(ecs_runs, ECSRun())

    aws.tell("stop", task=aws.task(flow_run_id)["taskArn"], code="UserInitiated", reason="Task stopped by user")

    state = ecs_runs.finished(flow_run_id).state
    assert state.is_failed()
    assert "Task stopped by user" in state.message


def test_an_image_that_cannot_be_pulled_fails_the_run_with_the_reason(ecs_runs, aws):
    reason = "CannotPullContainerError: pull image manifest has been retried 1 time(s): example/none:1: not found"
    aws.tell("world", pull_failures={"example/none:1": reason})

    run = ecs_runs.run("etl", run_config=ECSRun(image="example/none:1"))

    assert run.state.is_failed()
    assert reason in run.state.message


def test_an_agent_killed_between_run_task_and_its_report_runs_no_second_task(ecs_runs, start_ecs_agent, aws):
    """Every answer to RunTask is lost until the agent is dead: it has started a task and does not know it."""
    options = ("mortal", "--label", "mortal", "--state-dir", "mortal-state")
    with start_ecs_agent(*options) as agent:
        aws.tell("faults", action="RunTask", times=1000, lost=True)
        flow_run_id = ecs_runs.create("etl", labels=["mortal"], run_config=ECSRun())
        deadline = time.monotonic() + 60
        while not aws.tasks(flow_run_id) and time.monotonic() < deadline:
            time.sleep(0.1)
        agent.kill()
    aws.tell("faults")

    with start_ecs_agent(*options):
        run = ecs_runs.finished(flow_run_id)

    assert run.state.is_successful(), run.state.message
    assert len(aws.tasks(flow_run_id)) == 1


@pytest.mark.parametrize(
    "run_config, words",
    [
        (ECSRun(run_task_kwargs={"cluster": "none"}), "cluster `none`"),
        (ECSRun(task_definition_path="s3://bucket/none.yaml"), "s3://bucket/none.yaml"),
        (ECSRun(task_definition_arn="none:1"), "none:1"),
    ],
)
def test_what_is_not_there_fails_the_run_with_the_reason(ecs_runs, run_config, words):
    run = ecs_runs.run("etl", run_config=run_config)

    assert run.state.is_failed()
    assert words in run.state.message
