"""Registration: versions, archiving, idempotency, and many tasks."""

import pytest
from prefect import Client
from prefect.backend import FlowView
from prefect.run_configs import LocalRun
from prefect.utilities.graphql import with_args
from support.flows import FLOWS, load


@pytest.fixture
def own_project(request) -> str:
    """A project for one test alone, so that versions start at 1."""
    name = f"for {request.node.name}"
    Client().create_project(name)
    return name


def look(flow_id: str, *fields: str):
    return Client().graphql({"query": {with_args("flow_by_pk", {"id": flow_id}): set(fields)}}).data.flow_by_pk


def test_a_new_version_archives_the_old(own_project):
    first = load("etl.py").register(own_project)
    second = load("etl.py").register(own_project)

    assert (look(first, "version", "archived"), look(second, "version", "archived")) == (
        {"version": 1, "archived": True},
        {"version": 2, "archived": False},
    )
    group = look(first, "flow_group_id", "version_group_id")
    assert look(second, "flow_group_id", "version_group_id") == group
    assert FlowView.from_flow_group_id(group.flow_group_id).flow_id == second
    assert FlowView.from_flow_name("etl", project_name=own_project).flow_id == second


def test_same_idempotency_key_registers_once(own_project):
    def register(key: str) -> str:
        return load("etl.py").register(own_project, idempotency_key=key)

    first = register("one")
    assert register("one") == first
    assert register("two") != first
    assert register("one") != first, "only the last key is remembered"


def test_what_is_registered_can_be_read_back(own_project):
    flow = load("etl.py")
    flow.run_config = LocalRun(env={"A": "b"}, labels=["dev"], working_dir="/tmp")
    view = FlowView.from_flow_id(flow.register(own_project, labels=["ml"]))

    assert (view.name, view.project_name, view.archived, view.core_version) == ("etl", own_project, False, "1.4.1")
    assert (view.run_config.env, view.run_config.working_dir) == ({"A": "b"}, "/tmp")
    assert view.run_config.labels == {"dev", "ml"}
    assert view.storage.path == str(FLOWS / "etl.py")
    assert [parameter["name"] for parameter in view.serialized_flow["parameters"]] == ["count"]


def test_a_flow_of_more_tasks_than_one_batch(own_project):
    flow_id = Client().register(load("large.py"), own_project, build=False, no_url=True)

    def slugs(table, field):
        rows = Client().graphql({"query": {with_args(table, {"where": {"flow_id": {"_eq": flow_id}}}): {field}}})
        return {row[field] for row in rows.data[table]}

    assert slugs("task", "slug") == {f"step-{number}" for number in range(1, 621)}
    assert len(slugs("edge", "id")) == 619


def test_registration_without_compression(own_project):
    flow_id = Client().register(load("etl.py"), own_project, build=False, compressed=False)

    assert look(flow_id, "name", "version", "archived") == {"name": "etl", "version": 1, "archived": False}


def test_a_run_of_a_version_group_is_a_run_of_its_newest_version(own_project):
    load("etl.py").register(own_project, version_group_id="etl of the suite")
    newest = load("etl.py").register(own_project, version_group_id="etl of the suite")

    client = Client()
    flow_run_id = client.create_flow_run(version_group_id="etl of the suite", labels=["nowhere"])
    assert client.get_flow_run_info(flow_run_id).flow_id == newest
    client.cancel_flow_run(flow_run_id)


def test_an_unknown_project_is_named(own_project):
    with pytest.raises(ValueError, match="Project nowhere not found"):
        load("etl.py").register("nowhere")
