"""Instants: with a time zone always, and in the text that the server writes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from castra import _castra

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(timezone.utc)


def aware(instant: datetime | None) -> datetime | None:
    """The same instant with a time zone; one without is UTC."""
    if instant is None or instant.tzinfo is not None:
        return instant
    return instant.replace(tzinfo=timezone.utc)


def written(instant: datetime | None) -> str | None:
    """The text of an instant, as `2020-01-01T09:00:00+01:00`."""
    return None if instant is None else instant.isoformat()


def read(text: str | None) -> datetime | None:
    """The instant that a text names, in UTC, cut to microseconds.

    Raises:
        ValueError: it names none.
    """
    return None if text is None else _EPOCH + timedelta(microseconds=_castra.microseconds_since_epoch(text))
