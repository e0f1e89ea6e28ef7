"""The recurrence rules of dateutil in the form in which they are registered. dateutil is not imported here: whoever has a rule has it."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

from castra import times


def written(rule: Any) -> dict[str, Any]:
    """The form of a rule, or of a set of rules and dates.

    Raises:
        TypeError: it is neither.
    """
    kind = _kind(rule)
    if kind == "rrule":
        return {"type": kind, **_rule(rule)}
    return {
        "type": kind,
        "_rrule": list(map(_rule, rule._rrule)),
        "_rdate": list(map(times.written, rule._rdate)),
        "_exrule": list(map(_rule, rule._exrule)),
        "_exdate": list(map(times.written, rule._exdate)),
    }


def start(rule: Any) -> datetime | None:
    """When a rule begins, or the first of a set of them; `None` for a set without a rule."""
    if _kind(rule) == "rruleset":
        return start(rule._rrule[0]) if rule._rrule else None
    begin: datetime = rule._dtstart
    return begin


def _kind(rule: Any) -> str:
    dateutil = sys.modules.get("dateutil.rrule")
    for kind in ("rrule", "rruleset"):
        if dateutil is not None and isinstance(rule, getattr(dateutil, kind)):
            return kind
    raise TypeError(f"`rrule_obj` is an rrule or an rruleset of dateutil.rrule, not {rule!r}")


def _rule(rule: Any) -> dict[str, Any]:
    form = {"rr": str(rule), "_dtstart": times.written(rule._dtstart), "_until": times.written(rule._until)}
    zone = rule._dtstart.tzinfo and times.zone_name(rule._dtstart)
    return {**form, "tz": zone} if zone else form
