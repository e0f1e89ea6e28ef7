"""Artifacts: made, changed, deleted."""

from prefect import Flow, task
from prefect.backend import (
    create_link_artifact,
    create_markdown_artifact,
    delete_artifact,
    update_link_artifact,
    update_markdown_artifact,
)


@task
def leave_artifacts():
    link = create_link_artifact("https://example.com/draft")
    update_link_artifact(link, "https://example.com/final")
    note = create_markdown_artifact("# Draft")
    update_markdown_artifact(note, "# Final")
    delete_artifact(create_markdown_artifact("# Mistake"))


with Flow("artifacts") as flow:
    leave_artifacts()
