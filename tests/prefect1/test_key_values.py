"""The key-value store, which the client offers only when its backend is `cloud`."""

import pytest


@pytest.fixture
def cloud(server) -> dict[str, str]:
    """What makes the client take Castra for its cloud."""
    return {"PREFECT__BACKEND": "cloud", "PREFECT__CLOUD__ENDPOINT": server, "PREFECT__CLOUD__API_KEY": "any"}


def test_commands(prefect_cli, cloud):
    assert prefect_cli("kv", "set", "colour", "green", **cloud) == "Key value pair set successfully\n"
    assert prefect_cli("kv", "get", "colour", **cloud) == "Key 'colour' has value 'green'\n"
    assert "colour" in prefect_cli("kv", "list", **cloud).splitlines()
    assert prefect_cli("kv", "delete", "colour", **cloud) == "Key 'colour' has been deleted\n"
    assert "No value found for key: colour" in prefect_cli("kv", "get", "colour", check=False, **cloud)


def test_inside_a_flow(prefect_cli, project, cloud):
    printed = prefect_cli("run", "--name", "key values", "--project", project, "--execute", **cloud)

    assert "Flow run succeeded!" in printed
    assert prefect_cli("kv", "get", "cursor", **cloud) == "Key 'cursor' has value 'page 3'\n"
