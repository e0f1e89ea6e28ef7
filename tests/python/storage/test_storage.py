"""Storages: what they hold, where they say that a flow is, and what they refuse."""

import copy
import pickle
import re
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
from castra import Flow, context
from castra.storage import GCS, S3, Azure, Docker, Git, GitHub, Local, Module, Storage, Webhook

ETL = SimpleNamespace(name="etl")


def test_a_storage_notes_where_a_flow_is():
    storage = GitHub("owner/name", "flows/etl.py")
    assert storage.add_flow(ETL) == "flows/etl.py"
    assert "etl" in storage and "other" not in storage and Flow("etl") not in storage
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


@pytest.mark.parametrize("storage", [S3("flows"), GCS("flows"), Azure("flows")], ids=repr)
def test_a_flow_has_a_place_in_a_bucket_that_no_other_version_has(storage):
    assert re.fullmatch(r"etl-daily/20\d\d-\d\d-\d\dt[\d-]+-00-00", storage.add_flow(SimpleNamespace(name="ETL (daily)")))


@pytest.mark.parametrize("storage", [S3("flows", "a"), GCS("flows", "a"), Azure("flows", blob_name="a")], ids=repr)
def test_a_flow_has_the_place_in_a_bucket_that_is_given(storage):
    assert storage.add_flow(ETL) == "a"


@pytest.mark.parametrize(("make", "field"), [(S3, "key"), (GCS, "key"), (Azure, "blob_name")])
def test_where_people_have_put_a_file_has_to_be_said(make, field):
    with pytest.raises(ValueError, match=f"storage needs `{field}`, which says where the flow is"):
        make("flows", stored_as_script=True).add_flow(ETL)


def test_the_file_that_is_loaded_is_the_one_to_upload():
    with context(local_script_path="/flows/etl.py"):
        assert S3("flows", stored_as_script=True).local_script_path == "/flows/etl.py"
        assert GCS("flows", stored_as_script=True, local_script_path=Path("other.py")).local_script_path == "other.py"


def test_a_flow_that_is_not_in_a_storage_cannot_be_had_from_it():
    with pytest.raises(ValueError, match="there is no flow 'etl' in this Module storage: it has none"):
        Module("flows.etl").get_flow("etl")


def test_webhook_storage_holds_one_flow():
    storage = Webhook({"url": "u"}, "POST", {"url": "u"}, "GET")
    for name in ("first", "second"):
        storage.add_flow(SimpleNamespace(name=name))
    assert storage.serialize()["flows"] == {"second": "second"}


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: S3("flows", kye="etl.py"), TypeError, r"S3 has no argument `kye` \(did you mean `key`\?\)"),
        (lambda: S3("flows", key=5), ValueError, "S3 storage: `key` must be text"),
        (lambda: Docker(image_name="etl"), ValueError, "Docker storage: `image_tag` must be text"),
        (lambda: Docker(base_image="b", dockerfile="d"), ValueError, "built on `base_image` or on `dockerfile`: keep one"),
        (lambda: Docker(base_image="b", files={"a": "/a"}), ValueError, "names 'a', which is no absolute path: write '/.*/a'"),
        (lambda: Docker(base_image="b", build_kwargs={"x": 1}), ValueError, "has no 'x': it has buildargs, nocache, rm"),
        (lambda: Git("etl.py"), ValueError, "Git storage: `repo` must be text, unless `git_clone_url_secret_name` is given"),
        (
            lambda: Git("etl.py", repo="o/r", branch_name="main", tag="v1"),
            ValueError,
            "Git storage: `branch_name` and `tag` exclude each other; keep one",
        ),
        (lambda: Webhook({}, "HEAD", {}, "GET"), ValueError, "`build_request_http_method` must be GET, PATCH, POST or PUT"),
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


def test_what_may_be_secret_is_not_shown():
    storage = S3("flows", client_options={"aws_secret_access_key": "hunter2"})
    assert repr(storage) == "S3(bucket='flows', client_options={'aws_secret_access_key': '********'}, stored_as_script=False)"
    request = {"url": "u", "headers": {"X-Key": "hunter2"}}
    assert "hunter2" not in repr(Webhook(request, "POST", request, "GET"))
