"""Prints what prefect 1.4.1 makes of schedules that are written in Python: reads expressions, one per line, and prints one JSON object
per line: what was serialized and the next five starts as `value`, or `error`.

Expressions may use what `prefect.schedules`, `datetime` and `zoneinfo` define, and dateutil's `rrule`.
"""

import datetime
import json
import logging
import sys
import zoneinfo

import pendulum
import pendulum.tz
from dateutil import rrule

# prefect 1.4.1 asserts on a class that pendulum 3 has renamed.
pendulum.tz._Timezone = pendulum.tz.timezone.Timezone

from prefect import schedules  # noqa: E402
from prefect.serialization.schedule import ScheduleSchema  # noqa: E402

NAMES = {**vars(datetime), **vars(zoneinfo), **vars(schedules), "rrule": rrule}


def outcome(expression):
    try:
        schedule = eval(expression, dict(NAMES))
        document = ScheduleSchema().dump(schedule)
        starts = schedule.next(5, after=pendulum.datetime(2026, 1, 1))
        return {"value": [document, [start.astimezone(datetime.timezone.utc).isoformat() for start in starts]]}
    except Exception as error:
        return {"error": repr(error)}


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    with open(sys.argv[1]) as expressions:
        for expression in expressions:
            print(json.dumps(outcome(expression)))
