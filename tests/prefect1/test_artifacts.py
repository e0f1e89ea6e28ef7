"""Artifacts, as a flow leaves them and as the API shows them."""

from prefect.utilities.graphql import with_args


def test_a_flow_leaves_artifacts(runs):
    run = runs.run("artifacts")
    assert run.state.is_successful()

    task_run = run.get_task_run(task_slug="leave_artifacts-1")
    query = with_args("task_run_artifact", {"where": {"task_run_id": {"_eq": task_run.task_run_id}}})
    found = runs.client.graphql({"query": {query: {"kind", "data"}}}).data.task_run_artifact
    assert sorted(((artifact.kind, artifact.data.to_dict()) for artifact in found), key=str) == [
        ("link", {"link": "https://example.com/final"}),
        ("markdown", {"markdown": "# Final"}),
    ]
