"""Storages: what they hold, where they say that a flow is, and what they refuse."""

import copy
import pickle
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
from castra.storage import GCS, S3, Docker, Git, GitHub, Local, Module, Storage, Webhook

ETL = SimpleNamespace(name="etl")


def test_a_storage_notes_where_a_flow_is():
    storage = GitHub("owner/name", "flows/etl.py")
    assert storage.add_flow(ETL) == "flows/etl.py"
    assert "etl" in storage and "other" not in storage
    assert storage.serialize()["flows"] == {"etl": "flows/etl.py"}


def test_a_flow_is_added_once():
    storage = Module("flows.etl")
    storage.add_flow(ETL)
    with pytest.raises(ValueError, match="a flow with the name 'etl' is in this Module storage already"):
        storage.add_flow(ETL)


def test_only_local_storage_brings_the_hostname():
    assert Local(path="etl.py", stored_as_script=True).labels == [socket.gethostname()]
    assert Local(labels=["dev"], add_default_labels=False).labels == ["dev"]
    assert Module("flows.etl", labels=["dev"]).labels == ["dev"]


def test_local_storage_keeps_an_absolute_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Local("flows").directory == str(tmp_path / "flows")
    assert Local("flows", validate=False).directory == "flows"
    monkeypatch.setenv("CASTRA_HOME", "/srv/castra")
    assert Local().directory == "/srv/castra/flows"


def test_a_path_may_be_a_path():
    assert Local(path=Path("/flows/etl.py"), stored_as_script=True).path == "/flows/etl.py"


def test_the_user_of_a_git_token_is_the_owner_of_the_repository():
    assert Git("etl.py", repo="owner/name").git_token_username == "owner"


@pytest.mark.parametrize("storage", [S3("flows", key="etl.py"), GCS("flows", key="etl.py")], ids=repr)
def test_nothing_is_uploaded(storage):
    with pytest.raises(ValueError, match="Castra uploads nothing to .* storage: put the flow's Python file at `key` yourself"):
        storage.add_flow(ETL)
    storage.stored_as_script = True
    assert storage.add_flow(ETL) == "etl.py"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: S3("flows", kye="etl.py"), TypeError, r"S3 has no argument `kye` \(did you mean `key`\?\)"),
        (lambda: S3("flows", key=5), ValueError, "S3 storage: `key` must be text"),
        (lambda: Docker(image_name="etl"), ValueError, "Docker storage: `image_tag` must be text"),
        (lambda: Git("etl.py"), ValueError, "Git storage: `repo` must be text, unless `git_clone_url_secret_name` is given"),
        (
            lambda: Git("etl.py", repo="o/r", branch_name="main", tag="v1"),
            ValueError,
            "Git storage: `branch_name` and `tag` exclude each other; keep one",
        ),
        (lambda: Webhook({}, "POST", {"when": object()}, "GET"), TypeError, "`storage.get_flow_request_kwargs.when` is a object"),
    ],
)
def test_what_is_wrong_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_where_a_flow_is_has_to_be_said():
    with pytest.raises(ValueError, match="Local storage needs `path`, which says where the flow is"):
        Local(stored_as_script=True).add_flow(ETL)


def test_copies_are_equal():
    storage = S3("flows", key="etl.py", stored_as_script=True, client_options={"endpoint_url": "http://s3"})
    storage.flows["etl"] = "etl.py"
    assert copy.deepcopy(storage) == storage == pickle.loads(pickle.dumps(storage))
    assert storage != Module("flows.etl") and isinstance(storage, Storage)
    assert repr(storage).startswith("S3(bucket='flows', key='etl.py'")
