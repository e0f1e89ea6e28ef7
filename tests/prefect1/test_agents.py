"""Agents, as the client finds them."""

import pendulum
from prefect.backend.flow_run import check_for_compatible_agents
from support.runs import Runs, messages, state_names


def find(client, name: str):
    fields = {"id", "name", "type", "labels", "last_queried"}
    agents = client.graphql({"query": {"agent": fields}}).data.agent
    return next(agent for agent in agents if agent.name == name)


def test_an_agent_is_known_with_its_labels_and_when_it_last_asked(runs):
    assert runs.run("etl").state.is_successful()

    agent = find(runs.client, runs.label)
    assert agent.type == "LocalAgent"
    assert agent.labels == [runs.label]
    assert pendulum.parse(agent.last_queried) > pendulum.now("UTC").subtract(minutes=1)


def test_the_client_names_the_agent_that_covers_a_run(runs):
    assert runs.run("etl").state.is_successful()

    advice = check_for_compatible_agents([runs.label])
    assert advice.startswith(f"Agent {find(runs.client, runs.label).id} ({runs.label}) has matching labels")
    assert "do not have an agent with labels {'nowhere'}" in check_for_compatible_agents(["nowhere"])


def test_agents_of_both_kinds_share_runs_and_launch_each_once(project, start_agent):
    """Whoever comes second to a run is refused, and leaves it alone."""
    options = ("--label", "shared", "--no-hostname-label")
    with (
        start_agent("prefect-agent", "prefect-agent sharing", *options) as agent,
        start_agent("castra-agent", "castra-agent sharing", *options),
    ):
        runs = Runs(agent, project)
        created = [runs.create("failing", labels=["shared"]) for _ in range(6)]
        finished = [runs.finished(flow_run_id) for flow_run_id in created]

    for run in finished:
        assert state_names(run) == ["Scheduled", "Submitted", "Running", "Failed"]
        assert sum(message.startswith("Beginning Flow run") for message in messages(run)) == 1
