"""Flows that are uploaded by `castra register`, and run by a local agent out of the cloud that they were put in."""

import textwrap

import pytest

from castra.engine.results import S3Result
from castra.engine.state import Success

FLOW = """
    import os
    import socket
    CLOUD = {environment!r}
    os.environ.update(CLOUD)

    import castra
    from castra import Flow, task
    from castra.engine.results import S3Result
    from castra.run_configs import LocalRun
    from castra.storage import Azure, GCS, S3

    @task{options}
    def say():
        castra.context.logger.info("said by %s", castra.context.flow_name)
        return 1

    run_config = LocalRun(env=CLOUD, labels=[socket.gethostname()])
    with Flow({name!r}, run_config=run_config, storage={kind}({bucket!r}, **{given!r})) as flow:
        say()
"""

LOGS = "query($run: uuid!) { log(where: {flow_run_id: {_eq: $run}}) { message } }"
STATES = "query($name: String!) { task_run(where: {flow_run: {flow: {name: {_eq: $name}}}}) { serialized_state } }"


def registered(castra, cloud, folder, name, options="", **given):
    """Registers a flow with this storage, and removes its file; `options` are those of its task."""
    path = folder / "flow.py"
    about = {"kind": cloud.kind, "bucket": cloud.bucket, "environment": cloud.environment, "options": options}
    filled = FLOW.format(name=name, given=given, **about)
    path.write_text(textwrap.dedent(filled))
    castra("register", path, "--project", "demo")
    path.unlink()


def run(castra, name):
    wanted = {"name": name}
    flows = castra.client.graphql("query($name: String!) { flow(where: {name: {_eq: $name}}) { id } }", wanted)["data"]["flow"]
    flow_run = castra.client.create_flow_run(flow_id=flows[0]["id"])
    state = castra.client.wait_for_flow_run(flow_run, poll_interval=0.05)
    lines = [line["message"] for line in castra.client.graphql(LOGS, {"run": flow_run})["data"]["log"]]
    assert type(state) is Success, lines
    return lines


def test_a_pickled_flow_runs_out_of_a_bucket(castra, cloud, tmp_path):
    registered(castra, cloud, tmp_path, f"pickled in {cloud.kind}")
    assert f"said by pickled in {cloud.kind}" in run(castra, f"pickled in {cloud.kind}")


@pytest.mark.parametrize("name", ["s3", "gcs"])
def test_the_file_of_a_flow_runs_out_of_a_bucket(castra, request, name, tmp_path):
    cloud = request.getfixturevalue(name)
    registered(castra, cloud, tmp_path, f"file in {name}", stored_as_script=True)
    assert f"said by file in {name}" in run(castra, f"file in {name}")


def test_a_result_is_kept_in_a_bucket_and_the_server_knows_where(castra, s3, tmp_path):
    options = f"(result=S3Result({s3.bucket!r}, location='{{flow_name}}/result'))"
    registered(castra, s3, tmp_path, "kept in S3", options)
    run(castra, "kept in S3")
    (task_run,) = castra.client.graphql(STATES, {"name": "kept in S3"})["data"]["task_run"]
    told = task_run["serialized_state"]["_result"]
    assert (told["type"], told["bucket"], told["location"]) == ("S3Result", s3.bucket, "kept in S3/result")
    assert S3Result(told["bucket"]).read(told["location"]).value == 1
