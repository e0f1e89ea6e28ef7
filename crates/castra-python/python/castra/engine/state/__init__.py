"""States of flow runs and task runs, in the families of Prefect 1: `TriggerFailed` is a `Failed` is a `Finished` is a `State`.

`serialize` and `State.deserialize` speak the form in which states are reported (castra-core `state`).
"""

from castra.engine.state.base import State
from castra.engine.state.finished import (
    Cached,
    Cancelled,
    Failed,
    Finished,
    Looped,
    Mapped,
    Skipped,
    Success,
    TimedOut,
    TriggerFailed,
    ValidationFailed,
)
from castra.engine.state.meta import ClientFailed, Queued, Submitted
from castra.engine.state.pending import Paused, Pending, Resume, Retrying, Scheduled
from castra.engine.state.running import Cancelling, Running

__all__ = [
    "Cached",
    "Cancelled",
    "Cancelling",
    "ClientFailed",
    "Failed",
    "Finished",
    "Looped",
    "Mapped",
    "Paused",
    "Pending",
    "Queued",
    "Resume",
    "Retrying",
    "Running",
    "Scheduled",
    "Skipped",
    "State",
    "Submitted",
    "Success",
    "TimedOut",
    "TriggerFailed",
    "ValidationFailed",
]
