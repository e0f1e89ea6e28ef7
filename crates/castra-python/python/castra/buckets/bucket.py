"""What all buckets have in common: three verbs, and how it is said that one failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class BucketError(OSError):
    """A bucket could not be read or written."""


class Bucket:
    """Bytes by their place. Nothing is asked of the cloud before a verb is used; a verb raises ``ModuleNotFoundError`` if the cloud's library
    is not installed."""

    #: What it is called in messages.
    name: str

    def read(self, place: str) -> bytes:
        """The bytes at a place.

        Raises ``BucketError`` if there are none, or the cloud refuses.
        """
        with self._said(place, "read from"):
            return self._read(place)

    def write(self, place: str, content: bytes) -> None:
        """Puts bytes at a place.

        Raises ``BucketError`` if the cloud refuses.
        """
        with self._said(place, "written to"):
            self._write(place, content)

    def exists(self, place: str) -> bool:
        """Whether there is something at a place.

        Raises ``BucketError`` if the cloud refuses to tell.
        """
        with self._said(place, "looked for in"):
            return self._exists(place)

    @contextmanager
    def _said(self, place: str, what: str) -> Iterator[None]:
        # The clouds' libraries have no error in common.
        try:
            yield
        except ModuleNotFoundError:
            raise
        except Exception as error:
            raise BucketError(f"{place} could not be {what} {self.name}: {error}") from error

    def _read(self, place: str) -> bytes:
        raise NotImplementedError

    def _write(self, place: str, content: bytes) -> None:
        raise NotImplementedError

    def _exists(self, place: str) -> bool:
        raise NotImplementedError
