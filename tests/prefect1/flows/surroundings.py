"""What a flow run finds around it: working directory, environment, and what it knows of itself."""

import os

import prefect
from prefect import Flow, task
from prefect.engine.results import PrefectResult


@task
def look_around():
    return {
        "working_dir": os.getcwd(),
        "greeting": os.environ.get("GREETING"),
        "agent_labels": os.environ.get("PREFECT__CLOUD__AGENT__LABELS"),
        "logging_level": prefect.config.logging.level,
        "flow_run_name": prefect.context.flow_run_name,
        "project_name": prefect.context.project_name,
    }


with Flow("surroundings", result=PrefectResult()) as flow:
    look_around()
