"""What the results in buckets have in common."""

from __future__ import annotations

from castra.engine.results.stored import StoredResult

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.buckets.bucket import Bucket


class InBucketResult(StoredResult):
    """A result in a bucket, where ``location`` is the place in it.

    Its verbs raise ``ModuleNotFoundError`` if the cloud's library is not installed, ``BucketError`` if the cloud refuses.
    """

    def _is_there(self, location: str) -> bool:
        return self._opened().exists(location)

    def _read_bytes(self, location: str) -> bytes:
        return self._opened().read(location)

    def _write_bytes(self, location: str, content: bytes) -> str:
        self._opened().write(location, content)
        return location

    def _bucket(self) -> Bucket:
        raise NotImplementedError

    def _opened(self) -> Bucket:
        # Connections are kept for further results, but neither copied nor pickled.
        bucket: Bucket | None = vars(self).get("_open")
        if bucket is None:
            bucket = self._open = self._bucket()
        return bucket

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_open"}
