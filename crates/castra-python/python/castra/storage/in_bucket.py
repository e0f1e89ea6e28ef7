"""What the storages in buckets have in common: flows are uploaded when they are registered."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING, ClassVar

from castra.runs.names import slug
from castra.storage.base import Storage
from castra.storage.content import content
from castra.utilities.context import context

if TYPE_CHECKING:
    from castra.buckets.bucket import Bucket


class InBucket(Storage):
    """Flows in a bucket: pickled ones, or Python files.

    Attributes:
        local_script_path: the Python file that is uploaded with `stored_as_script`; if there is none, people have put it there themselves.
    """

    # The field that says where in the bucket the flow is.
    _place: ClassVar[str]

    local_script_path: str | None = None

    def build(self) -> Storage:
        """Uploads the flows, as far as they are not there already.

        Raises:
            ModuleNotFoundError: the cloud's library is not installed.
            OSError: the cloud refuses, or the file cannot be read.
        """
        if self.stored_as_script and not self.local_script_path:
            return self
        bucket = self._bucket()
        for name, flow in self._flows.items():
            bucket.write(self.flows[name], content(flow, self.local_script_path if self.stored_as_script else None))
        return self

    def _bucket(self) -> Bucket:
        raise NotImplementedError

    def _location(self, flow_name: str) -> str:
        given: str | None = vars(self)[self._place]
        if self.stored_as_script and not self.local_script_path:
            return self._given(self._place)
        return given or new_place(flow_name, datetime.now(timezone.utc))


def script_at_hand(path: str | os.PathLike[str] | None) -> str | None:
    """The Python file that is given, else the one that is being loaded."""
    given: str | None = os.fspath(path) if path else context.get("local_script_path")
    return given


def new_place(flow_name: str, moment: datetime) -> str:
    """A place that no other version of the flow has."""
    return f"{slug(flow_name)}/{slug(moment.isoformat())}"
