"""The flows of `flows/`, as objects to register in one's own way."""

from pathlib import Path

from prefect import Flow
from prefect.storage import Local
from prefect.utilities.storage import extract_flow_from_file

FLOWS = Path(__file__).parent.parent / "flows"


def load(file_name: str, flow_name: str = None) -> Flow:
    """A flow as its file defines it, stored where it is, without the hostname as a label."""
    path = str(FLOWS / file_name)
    flow = extract_flow_from_file(path, flow_name=flow_name)
    flow.storage = Local(path=path, stored_as_script=True, add_default_labels=False)
    return flow
