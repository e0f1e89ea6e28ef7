"""Docker storage on a real engine: images are built when flows are registered, and hold flows that load and run."""

import json
import shutil
import subprocess
import time
import uuid

import pytest
from conftest import REPOSITORY

from castra import Flow, task
from castra.runs.registration import put_together, registered_form
from castra.storage import Docker

# What `cargo xtask test` builds: a Python, and what castra needs beside itself.
BASE = "castra-test/prefect:1"
# A shell, and nothing else.
SMALL = "castra-test/base:1"


def docker(*arguments):
    return subprocess.run(["docker", *map(str, arguments)], capture_output=True, text=True, timeout=110)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """An image with Python and the package."""
    if docker("image", "inspect", BASE).returncode != 0:
        pytest.skip(f"LEFT OUT: there is no image {BASE}; tests/images/prefect1.sh builds it, where a Docker Engine answers")
    folder, name = tmp_path_factory.mktemp("base"), f"castra-test/python-{uuid.uuid4().hex[:8]}:1"
    shutil.copytree(REPOSITORY / "crates/castra-python/python/castra", folder / "opt/castra/castra")
    (folder / "Dockerfile").write_text(f"FROM {BASE}\nCOPY . /\nENV PYTHONPATH=/opt/castra:/opt/prefect1\nLABEL castra.test={name}\n")
    built = docker("build", "--quiet", "--tag", name, folder)
    assert built.returncode == 0, built.stderr
    yield name
    docker("rmi", "--force", name)
    # What builds left behind that failed.
    docker("image", "prune", "--force", "--filter", f"label=castra.test={name}")
    shutil.rmtree(folder)


@pytest.fixture
def image_name():
    """A name of the test's own, whose images are removed in the end. One with a slash would be pulled before every run."""
    name = f"castra-stored-{uuid.uuid4().hex[:8]}"
    yield name
    tags = docker("images", "--format", "{{.Repository}}:{{.Tag}}", name).stdout.split()
    if tags:
        docker("rmi", "--force", *tags)


def tags(image_name):
    return docker("images", "--format", "{{.Tag}}", image_name).stdout.split()


def inside(image, script):
    return docker("run", "--rm", image, "/bin/sh", "-c", script).stdout


@task
def one():
    return 1


def test_an_image_is_built_with_what_the_storage_names(base, image_name, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/rows.csv").write_text("1,2\n")
    storage = Docker(
        base_image=base,
        local_image=True,
        image_name=image_name,
        env_vars={"GREETING": "hello $HOME"},
        files={str(tmp_path / "data"): "/data"},
        extra_dockerfile_commands=["RUN echo last > /last"],
    )
    stored = registered_form(Flow("Daily ETL", tasks=[one], storage=storage))["storage"]
    assert stored["flows"] == {"Daily ETL": "/opt/prefect/flows/daily-etl.prefect"}
    assert (stored["image_name"], stored["python"]) == (image_name, "python")
    assert storage.name == f"{image_name}:{stored['image_tag']}"
    assert inside(storage.name, 'cat /data/rows.csv /last; echo "$GREETING"') == "1,2\nlast\nhello $HOME\n"


def test_the_same_content_is_one_image(base, image_name):
    def registered():
        storage = Docker(base_image=base, local_image=True, image_name=image_name)
        return registered_form(Flow("etl", storage=storage))["storage"]

    assert registered() == registered()
    assert len(tags(image_name)) == 1


def test_what_changed_is_another_image(base, image_name):
    flow = Flow("etl", storage=Docker(base_image=base, local_image=True, image_name=image_name))
    first = registered_form(flow)["storage"]["image_tag"]
    flow.add_task(one)
    assert registered_form(flow)["storage"]["image_tag"] != first
    given = Docker(base_image=base, local_image=True, image_name=image_name, image_tag="v1")
    assert registered_form(Flow("etl", storage=given))["storage"]["image_tag"] == "v1"


def test_flows_that_share_a_storage_share_an_image(base, image_name):
    storage = Docker(base_image=base, local_image=True, image_name=image_name)
    flows = [Flow(name, tasks=[one], storage=storage) for name in ("first", "second")]
    put_together(flows)
    assert list(storage.flows) == ["first", "second"]
    assert len(tags(image_name)) == 1
    listed = inside(storage.name, "ls /opt/prefect/flows")
    assert listed == "first.prefect\nsecond.prefect\n"


def test_a_dockerfile_of_ones_own_brings_the_file_of_the_flow(base, image_name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flow.py").write_text("from castra import Flow\nflow = Flow('etl')\n")
    (tmp_path / "Dockerfile").write_text("ARG base\nFROM $base\nCOPY flow.py /flows/\n")
    storage = Docker(
        dockerfile="Dockerfile",
        image_name=image_name,
        build_kwargs={"buildargs": {"base": base}},
        path="/flows/flow.py",
        stored_as_script=True,
    )
    stored = registered_form(Flow("etl", storage=storage))["storage"]
    assert stored["flows"] == {"etl": "/flows/flow.py"}
    assert stored["stored_as_script"]


def test_a_file_says_what_of_the_folder_is_not_sent(base, image_name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("kept.csv", "big.csv"):
        (tmp_path / name).write_text("1\n")
    (tmp_path / "without").write_text("big.csv\n")
    (tmp_path / "Dockerfile").write_text("ARG base\nFROM $base\nCOPY *.csv /data/\n")
    build = {"buildargs": {"base": base}}
    storage = Docker(dockerfile="Dockerfile", dockerignore="without", image_name=image_name, build_kwargs=build)
    registered_form(Flow("etl", storage=storage))
    assert inside(storage.name, "ls /data") == "kept.csv\n"


def test_the_image_is_built_by_the_engine_that_is_named(base, tmp_path):
    nowhere = f"unix://{tmp_path}/docker.sock"
    storage = Docker(base_image=base, local_image=True, base_url=nowhere)
    with pytest.raises(OSError, match=f"reaching the Docker Engine at {nowhere}"):
        registered_form(Flow("etl", storage=storage))


def test_a_flow_that_does_not_load_gets_no_image(base, image_name):
    script = {"path": "/nowhere.py", "stored_as_script": True}
    storage = Docker(base_image=base, local_image=True, image_name=image_name, **script)
    with pytest.raises(OSError, match="the flow does not load in the image: (.|\n)*No such file or directory: '/nowhere.py'"):
        registered_form(Flow("etl", storage=storage))
    assert tags(image_name) == []
    unchecked = Docker(base_image=base, local_image=True, image_name=image_name, ignore_healthchecks=True, **script)
    registered_form(Flow("etl", storage=unchecked))
    assert len(tags(image_name)) == 1


def test_an_image_with_a_registry_is_pushed(base, registry):
    name = f"castra-stored-{uuid.uuid4().hex[:8]}"
    small = {"base_image": SMALL, "local_image": True, "ignore_healthchecks": True}
    storage = Docker(registry_url=f"{registry.address}/team", image_name=name, **small)
    try:
        stored = registered_form(Flow("etl", storage=storage))["storage"]
        assert storage.name == f"{registry.address}/team/{name}:{stored['image_tag']}"
        manifest = json.loads(registry.manifests[f"team/{name}", stored["image_tag"]])
        assert {layer["digest"] for layer in manifest["layers"]} < set(registry.blobs)
        registry.manifests.clear()
        storage.build(push=False)
        assert not registry.manifests
    finally:
        docker("rmi", "--force", storage.name)


def test_a_step_that_fails_is_told_with_dockers_words(base, image_name, capfd):
    storage = Docker(base_image=base, local_image=True, image_name=image_name, extra_dockerfile_commands=["RUN echo oh; exit 7"])
    with pytest.raises(OSError, match="the image was not built: Step .* RUN echo oh; exit 7: (.|\n)* oh"):
        registered_form(Flow("etl", storage=storage))
    assert "RUN echo oh; exit 7" in capfd.readouterr().err


def test_an_image_that_exists_is_left_as_it_is():
    storage = Docker(image_name="nowhere", image_tag="v1", path="/flow.py", stored_as_script=True)
    assert registered_form(Flow("etl", storage=storage))["storage"]["flows"] == {"etl": "/flow.py"}
    with pytest.raises(ValueError, match="needs `base_image` or `dockerfile` to put the flow into an image"):
        registered_form(Flow("etl", storage=Docker(image_name="nowhere", image_tag="v1")))


def test_before_it_is_built_an_image_has_no_name():
    storage = Docker(base_image="nowhere", registry_url="registry.example/team/")
    assert storage.serialize()["image_name"] is None
    with pytest.raises(ValueError, match="has no image before it is built"):
        storage.name
    storage.image_name, storage.image_tag = "etl", "v1"
    assert storage.name == "registry.example/team/etl:v1"


FLOW = """
import castra
from castra import Flow, task
from castra.storage import Docker

@task
def say():
    castra.context.logger.info("said in %s", open("/where").read())

storage = Docker(base_image={base!r}, local_image=True, image_name={image!r}, extra_dockerfile_commands=["RUN printf inside > /where"])
with Flow("pickled in an image", storage=storage) as flow:
    say()
"""


def test_a_flow_runs_in_the_image_that_was_built_of_it(castra_for_containers, base, image_name, tmp_path):
    path = tmp_path / "flow.py"
    path.write_text(FLOW.format(base=base, image=image_name))
    castra_for_containers("register", path, "--project", "demo")
    told = castra_for_containers("run", "--name", "pickled in an image", "--watch")
    assert "said in inside" in told and "Success" in told
    # The agent must not be ended before: it would leave the container to whoever comes after it.
    deadline = time.monotonic() + 30
    while docker("ps", "--all", "--quiet", "--filter", f"ancestor={image_name}:{tags(image_name)[0]}").stdout:
        assert time.monotonic() < deadline, "the container is not removed"
        time.sleep(0.1)
