"""Agents, as the client finds them."""

import pendulum
from prefect.backend.flow_run import check_for_compatible_agents


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
