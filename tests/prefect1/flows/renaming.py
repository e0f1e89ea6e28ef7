"""A run that renames itself."""

from prefect import Flow, Parameter
from prefect.tasks.prefect import RenameFlowRun

with Flow("renaming") as flow:
    RenameFlowRun()(flow_run_id="", flow_run_name=Parameter("name"))
