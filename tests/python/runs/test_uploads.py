"""Flows that are uploaded when they are registered, and are found again where they were put."""

import subprocess
import sys
import textwrap

import pytest
from sites import Answering, listening

from castra import Flow, task
from castra.runs import loading, pickled
from castra.runs.registration import registered_form
from castra.storage import GCS, S3, Azure, Local, Webhook
from castra.utilities.webhooks import filled_in

FLOW = """
    from castra import Flow, Parameter, task
    from castra.storage import S3

    class Row:
        def __init__(self, number):
            self.number = number

    @task
    def double(number):
        return Row(number * 2)

    with Flow("etl") as flow:
        double(Parameter("number", default=2))
"""


@task
def one():
    return 1


def stored_in(cloud, **given):
    return {"S3": S3, "GCS": GCS, "Azure": Azure}[cloud.kind](cloud.bucket, **given)


@pytest.fixture(autouse=True)
def nothing_left():
    yield
    loading.remove_fetched()


def test_a_flow_is_pickled_into_a_bucket(cloud):
    flow = Flow("ETL", tasks=[one], storage=stored_in(cloud))
    stored = registered_form(flow)["storage"]
    assert stored["flows"]["ETL"].startswith("etl/")
    assert [each.name for each in loading.load(stored, "ETL").tasks] == ["one"]
    assert flow.storage.get_flow("ETL").run().is_successful()


def test_what_the_file_of_a_pickled_flow_defines_is_in_the_pickle(s3, tmp_path):
    path = tmp_path / "flow.py"
    path.write_text(textwrap.dedent(FLOW) + f"\nflow.storage = S3({s3.bucket!r})")
    flow = loading.flows_of(str(path))["etl"]
    registered_form(flow)
    # A process that has never seen the file.
    load = f"from castra.storage import S3; s = S3({s3.bucket!r}); s.flows = {flow.storage.flows!r}; f = s.get_flow('etl')"
    check = "print([f.run().result[t].result.number for t in f.tasks if t.name == 'double'])"
    ran = subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {load}; {check}"], capture_output=True, text=True)
    assert ran.stdout.endswith("[4]\n"), ran.stderr


@pytest.mark.parametrize("make", [S3, GCS])
def test_the_file_of_a_flow_is_uploaded(request, make, tmp_path):
    path = tmp_path / "flow.py"
    path.write_text("from castra import Flow\nflow = Flow('etl')\n")
    cloud = request.getfixturevalue(make.__name__.lower())
    flow = Flow("etl", storage=make(cloud.bucket, stored_as_script=True, local_script_path=path))
    assert loading.load(registered_form(flow)["storage"], "etl").name == "etl"


def test_what_is_registered_again_is_uploaded_again(s3):
    flow = Flow("etl", storage=S3(s3.bucket))
    registered_form(flow)
    flow.add_task(one)
    assert [each.name for each in loading.load(registered_form(flow)["storage"], "etl").tasks] == ["one"]


def test_a_pickled_flow_is_the_same_wherever_it_is_stored():
    storage = S3("flows", client_options={"aws_secret_access_key": "hunter2"})
    first, second = (Flow(name, tasks=[one], storage=storage) for name in ("first", "second"))
    before = pickled.dumps(first)
    for flow in (first, second):
        storage.add_flow(flow)
    assert pickled.dumps(first) == before
    assert b"hunter2" not in before


def test_nothing_is_uploaded_that_is_there():
    flow = Flow("etl", storage=S3("nowhere", key="etl.py", stored_as_script=True))
    assert registered_form(flow)["storage"]["flows"] == {"etl": "etl.py"}
    flow = Flow("etl", storage=S3("nowhere", key="etl"))
    assert registered_form(flow, build=False)["storage"]["flows"] == {"etl": "etl"}


def test_what_is_serialized_may_be_put_into_its_storage_first(tmp_path):
    flow = Flow("etl", storage=Local(tmp_path))
    assert flow.serialize()["storage"]["flows"] == {}
    before = flow.serialized_hash()
    assert flow.serialize(build=True)["storage"]["flows"]["etl"].startswith(str(tmp_path))
    assert flow.serialized_hash(build=True) == flow.serialized_hash() != before
    with pytest.raises(ValueError, match="the flow 'etl' names no storage that it could be put into: set `flow.storage`"):
        Flow("etl").serialize(build=True)


def test_a_flow_in_a_folder_is_had_again(tmp_path):
    storage = Local(tmp_path)
    storage.add_flow(Flow("etl", tasks=[one]))
    assert [each.name for each in storage.get_flow("etl").tasks] == ["one"]


@pytest.fixture
def site():
    """A site that keeps what it is given; its address and what it is asked."""
    asked, kept = [], {}

    class Handler(Answering):
        def do_PUT(self):
            asked.append(("PUT", dict(self.headers)))
            kept[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(201, b"")

        def do_GET(self):
            asked.append(("GET", dict(self.headers)))
            self.answer(200, kept[self.path]) if self.path in kept else self.answer(404, b"")

    with listening(Handler) as address:
        yield address, asked


def webhook(address, **given):
    request = {"url": f"{address}/flows?token=${{TOKEN}}", "headers": {"X-Key": "${KEY}"}}
    return Webhook(request, "PUT", request, "GET", **given)


def test_a_site_keeps_a_flow(site, monkeypatch):
    address, asked = site
    monkeypatch.setenv("KEY", "of the environment")
    monkeypatch.setenv("CASTRA_SECRET_TOKEN", "hunter2")
    stored = registered_form(Flow("etl", tasks=[one], storage=webhook(address)))["storage"]
    assert [each.name for each in loading.load(stored, "etl").tasks] == ["one"]
    assert [(method, headers["X-Key"]) for method, headers in asked] == [("PUT", "of the environment"), ("GET", "of the environment")]
    assert "hunter2" not in str(stored)


def test_a_site_keeps_the_file_of_a_flow(site, monkeypatch, tmp_path):
    for name in ("KEY", "TOKEN"):
        monkeypatch.setenv(name, "a")
    path = tmp_path / "flow.py"
    path.write_text("from castra import Flow\nflow = Flow('etl')\n")
    stored = registered_form(Flow("etl", storage=webhook(site[0], stored_as_script=True, flow_script_path=path)))["storage"]
    assert loading.load(stored, "etl").name == "etl"
    with pytest.raises(ValueError, match="Webhook storage needs `flow_script_path`"):
        registered_form(Flow("etl", storage=webhook(site[0], stored_as_script=True)))


@pytest.mark.parametrize("address", [None, "http://127.0.0.1:9"])
def test_what_a_site_refuses_is_said_without_secrets(site, monkeypatch, address):
    monkeypatch.setenv("KEY", "a")
    monkeypatch.setenv("CASTRA_SECRET_TOKEN", "hunter2")
    storage = webhook(address or site[0])
    storage.add_flow(Flow("etl"))
    with pytest.raises(ValueError, match=r"GET http://.*/flows\?token=\${TOKEN} was (not answered: Conn|answered with 404)") as caught:
        storage.get_flow("etl")
    assert "hunter2" not in str(caught.value)


def test_a_name_that_nothing_is_known_by_is_said():
    with pytest.raises(ValueError, match=r"`\${NOWHERE}` in a request of Webhook storage is neither an environment variable nor a secret here"):
        filled_in({"headers": {"X-Key": "${NOWHERE}"}, "timeout": 5})
