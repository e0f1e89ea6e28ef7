"""Flows in repositories and buckets, as their storages say, against stand-ins on this machine."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sites import Answering, listening

from castra import Flow
from castra.runs import loading
from castra.runs.fetching import bitbucket, download
from castra.storage import GCS, S3, Azure, Bitbucket, CodeCommit, Git, GitHub, GitLab

# A flow that is called `etl`, as a site or a bucket gives it.
SCRIPT = b'from castra import Flow\nflow = Flow("etl")\n'

# What Bitbucket Cloud knows by a name, as its API answers.
REFERENCES = [
    {"type": "tag", "name": "feature/x", "target": {"type": "commit", "hash": "a" * 40}},
    {"type": "branch", "name": "feature/x", "target": {"type": "commit", "hash": "b" * 40}},
]

FLOW = """
from helper import name
from castra import Flow
flow = Flow(name)
"""


@pytest.fixture(autouse=True)
def nothing_left():
    yield
    folders = list(loading._folders)
    loading.remove_fetched()
    assert not any(Path(folder).exists() for folder in folders)


@pytest.fixture
def repository(tmp_path):
    """A repository whose flow has another name in each commit; the commits."""
    place = tmp_path / "owner/name.git"
    place.mkdir(parents=True)

    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        return subprocess.run(
            ["git", "-C", place, *identity, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    (place / "flows").mkdir()
    (place / "flows/flow.py").write_text(FLOW)
    commits = []
    for name in ("first", "second"):
        (place / "flows/helper.py").write_text(f"name = {name!r}\n")
        git("add", ".")
        git("commit", "--quiet", "-m", name)
        git("tag", f"tagged-{name}")
        commits.append(git("rev-parse", "HEAD"))
    return place, commits


def load(storage, name):
    storage.add_flow(Flow(name))
    # What a flow imports from beside it is not that of another flow.
    sys.modules.pop("helper", None)
    return loading.load(storage.serialize(), name)


def test_a_repository_is_cloned_at_what_the_storage_says(repository, monkeypatch):
    place, (first, _) = repository
    monkeypatch.setenv("CASTRA_SECRET_URL", f"file://{place}")
    stored = {"flow_path": "flows/flow.py", "git_clone_url_secret_name": "URL"}
    assert load(Git(**stored), "second").name == "second"
    assert load(Git(**stored, tag="tagged-first"), "first").name == "first"
    assert load(Git(**stored, commit=first), "first").name == "first"


def test_a_repository_that_cannot_be_cloned_says_why_without_its_secrets(monkeypatch):
    monkeypatch.setenv("CASTRA_SECRET_TOKEN", "hunter2")
    storage = Git("flow.py", repo="owner/name", repo_host="127.0.0.1:9", git_token_secret_name="TOKEN")
    with pytest.raises(ValueError, match="could not be cloned") as caught:
        load(storage, "etl")
    assert "hunter2" not in str(caught.value)


def test_a_secret_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no secret 'NOWHERE': set the environment variable CASTRA_SECRET_NOWHERE"):
        load(GitHub("owner/name", "flow.py", access_token_secret="NOWHERE"), "etl")


@pytest.fixture
def site():
    """A site that gives one file, and notes what it is asked."""
    asked = []

    class Handler(Answering):
        def do_GET(self):
            asked.append((self.path, dict(self.headers)))
            if "/refs?" in self.path:
                values = [] if "nowhere" in self.path else REFERENCES
                return self.answer(200, json.dumps({"values": values}).encode())
            busy = re.search(r"busy-(\d+)", self.path)
            if busy and len(asked) <= int(busy[1]):
                return self.answer(429, b"")
            self.answer(404, b"") if "missing" in self.path else self.answer(200, SCRIPT)

        def do_POST(self):
            """As AWS documents CodeCommit's GetFile."""
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.headers["X-Amz-Target"], document))
            if "missing" in document["filePath"]:
                return self.answer(400, b'{"__type": "FileDoesNotExistException", "message": "no such file"}')
            content = {"fileContent": base64.b64encode(SCRIPT).decode(), "filePath": document["filePath"]}
            self.answer(200, json.dumps(content).encode())

    with listening(Handler) as address:
        yield address, asked


def test_github_is_asked_for_the_file_with_the_token(site, monkeypatch):
    address, asked = site
    monkeypatch.setenv("PREFECT__CONTEXT__SECRETS__TOKEN", "hunter2")
    storage = GitHub("owner/name", "flows/my flow.py", ref="v1", access_token_secret="TOKEN", base_url=address)
    assert load(storage, "etl").name == "etl"
    ((path, headers),) = asked
    assert path == "/repos/owner/name/contents/flows/my%20flow.py?ref=v1"
    assert headers["Authorization"] == "Bearer hunter2"


def test_gitlab_is_asked_for_the_file(site):
    address, asked = site
    assert load(GitLab("owner/name", address, path="flows/flow.py", ref="main"), "etl").name == "etl"
    assert asked[0][0] == "/api/v4/projects/owner%2Fname/repository/files/flows%2Fflow.py/raw?ref=main"
    assert "PRIVATE-TOKEN" not in asked[0][1]


def test_a_file_that_is_not_there_is_named(site):
    with pytest.raises(ValueError, match=r"missing.py could not be fetched from http://.*: HTTP Error 404"):
        load(GitHub("owner/name", "missing.py", base_url=site[0]), "etl")


@pytest.mark.parametrize(("times", "found"), [(2, True), (3, False)])
def test_a_server_that_is_asked_too_often_is_asked_again(site, monkeypatch, times, found):
    address, asked = site
    monkeypatch.setattr(download, "PAUSES", (0.0, 0.0))
    busy = GitHub("owner/name", f"busy-{times}/flow.py", base_url=address)
    if found:
        assert load(busy, "etl").name == "etl"
    else:
        with pytest.raises(ValueError, match="HTTP Error 429"):
            load(busy, "etl")
    assert len(asked) == 3


def test_the_usual_token_is_a_secret_or_an_environment_variable(site, monkeypatch):
    address, asked = site
    monkeypatch.setenv("GITHUB_ACCESS_TOKEN", "hunter2")
    load(GitHub("owner/name", "flow.py", base_url=address), "etl")
    monkeypatch.setenv("CASTRA_SECRET_GITHUB_ACCESS_TOKEN", "hunter3")
    load(GitHub("owner/name", "flow.py", base_url=address), "etl")
    assert [headers["Authorization"] for _, headers in asked] == ["Bearer hunter2", "Bearer hunter3"]


def test_a_bitbucket_server_is_asked_for_the_file_with_the_token(site, monkeypatch):
    address, asked = site
    monkeypatch.setenv("CASTRA_SECRET_TOKEN", "hunter2")
    storage = Bitbucket("~me", "etl", host=address, path="/flows/my flow.py", ref="v1", access_token_secret="TOKEN")
    assert load(storage, "etl").name == "etl"
    ((path, headers),) = asked
    assert path == "/rest/api/1.0/projects/~me/repos/etl/raw/flows/my%20flow.py?at=v1"
    assert headers["Authorization"] == "Bearer hunter2"


@pytest.fixture
def bitbucket_cloud(site, monkeypatch):
    """Stands for Bitbucket Cloud; what it is asked."""
    address, asked = site
    monkeypatch.setattr(bitbucket, "CLOUD", address)
    return asked


def test_bitbucket_cloud_is_asked_which_commit_is_meant(bitbucket_cloud, monkeypatch):
    monkeypatch.setenv("CASTRA_SECRET_USER", "me")
    monkeypatch.setenv("BITBUCKET_CLOUD_APP_PASSWORD", "hunter2")
    storage = Bitbucket("project", "etl", workspace="team", path="flow.py", ref="feature/x", cloud_username_secret="USER")
    assert load(storage, "etl").name == "etl"
    (refs, headers), (source, _) = bitbucket_cloud
    assert refs == "/2.0/repositories/team/etl/refs?q=name+%3D+%22feature%2Fx%22"
    assert source == f"/2.0/repositories/team/etl/src/{'b' * 40}/flow.py"
    assert headers["Authorization"] == "Basic bWU6aHVudGVyMg=="


def test_a_commit_of_bitbucket_cloud_is_taken_as_it_is(bitbucket_cloud):
    load(Bitbucket("project", "etl", workspace="team", path="flow.py", ref="c" * 40), "etl")
    ((source, headers),) = bitbucket_cloud
    assert source == f"/2.0/repositories/team/etl/src/{'c' * 40}/flow.py"
    assert "Authorization" not in headers


def test_a_branch_that_bitbucket_cloud_does_not_have_is_named(bitbucket_cloud):
    with pytest.raises(ValueError, match="repositories/team/etl has no branch or tag 'nowhere': say with `ref` which is meant"):
        load(Bitbucket("project", "etl", workspace="team", path="flow.py", ref="nowhere"), "etl")


@pytest.fixture
def codecommit(site, monkeypatch):
    """Stands for CodeCommit; what it is asked."""
    address, asked = site
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a")
    return {"client_options": {"endpoint_url": address, "region_name": "us-east-1"}}, asked


def test_codecommit_is_asked_for_the_file(codecommit):
    options, asked = codecommit
    assert load(CodeCommit("etl", "flows/flow.py", commit="main", **options), "etl").name == "etl"
    assert load(CodeCommit("etl", "flows/flow.py", **options), "etl").name == "etl"
    assert asked == [
        ("CodeCommit_20150413.GetFile", {"repositoryName": "etl", "filePath": "flows/flow.py", "commitSpecifier": "main"}),
        ("CodeCommit_20150413.GetFile", {"repositoryName": "etl", "filePath": "flows/flow.py"}),
    ]


def test_what_codecommit_does_not_give_is_named(codecommit):
    options, _ = codecommit
    with pytest.raises(ValueError, match="missing.py could not be fetched from the CodeCommit repository etl: .*FileDoesNotExist"):
        load(CodeCommit("etl", "missing.py", **options), "etl")


@pytest.mark.parametrize("make", [S3, GCS, lambda bucket, key, **given: Azure(bucket, blob_name=key, **given)])
def test_a_file_that_people_put_into_a_bucket_is_read(request, make):
    storage = make("to be known", "etl/flow.py", stored_as_script=True)
    cloud = request.getfixturevalue(storage.name.lower())
    setattr(storage, "container" if storage.name == "Azure" else "bucket", cloud.bucket)
    storage._bucket().write("etl/flow.py", SCRIPT)
    assert load(storage, "etl").name == "etl"


def test_a_storage_without_python_is_refused():
    with pytest.raises(ValueError, match="flows in Python are not kept in Executable storage, as 'etl' is said to be"):
        loading.load({"type": "Executable", "flows": {"etl": "etl"}}, "etl")
