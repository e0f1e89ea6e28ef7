"""Instants: with a time zone always, and in the two forms that travel."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone

from castra import _castra

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

#: Before any instant that matters.
BEGINNING = datetime(1, 1, 3, tzinfo=timezone.utc)


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(timezone.utc)


def aware(instant: datetime | None) -> datetime | None:
    """The same instant with a time zone; one without is UTC.

    Raises:
        TypeError: it is none.
    """
    if instant is None:
        return None
    if not isinstance(instant, datetime):
        raise TypeError(f"{instant!r} is no datetime")
    return instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc)


def told(value: Any) -> Any:
    """A value as flows are told it. Where `prefect` means Castra, an instant is one of `pendulum`, if that is installed: a datetime
    with more to it, which flows that were written for Prefect 1 expect."""
    if "castra.prefect" not in sys.modules or type(value) is not datetime:
        return value
    try:
        import pendulum
    except ImportError:
        return value
    return pendulum.instance(value)


def at(microseconds: int) -> datetime:
    """The instant so many microseconds after 1970-01-01 00:00 UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def written(instant: datetime | None) -> str | None:
    """The text of an instant, as `2020-01-01T09:00:00+01:00`."""
    return None if instant is None else instant.isoformat()


def read(text: str | None) -> datetime | None:
    """The instant that a text names, in UTC, cut to microseconds.

    Raises:
        ValueError: it names none.
    """
    return None if text is None else at(_castra.microseconds_since_epoch(text))


def local(instant: datetime | None) -> dict[str, Any] | None:
    """The clock time of an instant and the name of its time zone, as clocks of schedules hold it."""
    if instant is None:
        return None
    return {"dt": instant.replace(tzinfo=None).isoformat(), "tz": _zone(instant)}


def _zone(instant: datetime) -> str:
    """The name of a time zone, or else its offset at that instant."""
    if name := zone_name(instant):
        return name
    offset = instant.strftime("%z")
    return "UTC" if offset in ("", "+0000") else f"{offset[:3]}:{offset[3:5]}"


def zone_name(instant: datetime) -> str | None:
    """The name of a time zone, which the makers of time zones keep in different places, if it has one."""
    for attribute in ("key", "zone", "name"):
        if isinstance(name := getattr(instant.tzinfo, attribute, None), str):
            return name
    # Those of dateutil before version 4 know the file that they come from.
    _, found, name = str(getattr(instant.tzinfo, "_filename", "")).partition("zoneinfo/")
    return name if found else None
