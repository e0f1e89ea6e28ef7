"""Asks prefect 1.4.1 for the next events of many schedules, for castra-core's tests to compare with.

Usage: next_events.py SEED COUNT

Prints one JSON object a line: `schedule` (wire form), `after`, `n`, and `expected`, the next `n` events. Where Prefect
does not do what it documents, either a wrapper below makes its own code do so and the case says so in `corrected`, or
the case has no `expected` but says in `excluded` why it cannot be compared.
"""

import copy
import datetime
import json
import random
import sys

import pendulum
import pendulum.tz
import pytz
from croniter.croniter import CroniterBadDateError

# prefect 1.4.1 asserts on a class that pendulum 3 has renamed.
pendulum.tz._Timezone = pendulum.tz.timezone.Timezone

from prefect.schedules import Schedule, adjustments, clocks, filters  # noqa: E402
from prefect.serialization.schedule import ScheduleSchema  # noqa: E402

ZONES = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
]
CRONS = [
    "* * * * *",
    "*/5 * * * *",
    "*/15 1,2 * * *",
    "0 * * * *",
    "30 * * * *",
    "0 */2 * * *",
    "15 2,3 * * *",
    "30 1-3 * * *",
    "7/20 9-17/4 * * *",
    "0 22-2 * * *",
    "0 0 * * *",
    "30 0 * * *",
    "30 2 * * *",
    "0 9 * * MON-FRI",
    "0 9 * * FRI-MON",
    "0 9 * * 5-7",
    "0 9 * * 1/2",
    "45 23 * * 7",
    "0 0 1 * *",
    "0 0 L * *",
    "0 12 29 2 *",
    "0 0 1,15 * WED",
    "0 0 */2 * 1",
    "0 9 * * 2#1",
    "0 9 * * L5",
    "0 0 13 NOV-FEB *",
    "0 4 8-14 * 6",
    "0 0 31 2 *",
    "0 0 1 1 * 30",
    "* * * * * */10",
    "0 0 1 7 * 0 2031",
    "@midnight",
    "@hourly",
    "@daily",
    "@weekly",
    "@monthly",
    "@yearly",
]
# Expressions that croniter 7 reads in a way of its own; Castra follows cron.
CRONS_OF_CRONITER = {
    "0 0 * * 3-3": "croniter reads a range from a value to itself as every value",
    "0 0 13 * 5#2": "croniter wants both the day of month and the nth day of week, whatever day_or says",
    "0 0 */1 * */2": "croniter reads */1 as *, and then wants both days",
}
MINUTES = [1, 7, 30, 60, 90, 120, 360, 720, 1439, 1440, 2160, 2880, 10080, 43200]


def last_change_before(zone, moment):
    """A moment when the clocks of `zone` change, or `moment` itself if they do not."""
    changes = [c for c in getattr(pytz.timezone(zone), "_utc_transition_times", []) if c < moment and c.year > 1990]
    return changes[-1] if changes else moment


def any_moment(rng, zone):
    """Naive UTC, every other time close to a change of the clocks."""
    moment = datetime.datetime(2017, 1, 1) + datetime.timedelta(seconds=rng.randrange(18 * 365 * 86400))
    if rng.random() < 0.5:
        moment = last_change_before(zone, moment) + datetime.timedelta(minutes=rng.randrange(-3000, 3000))
    return moment


def any_date(rng, zone):
    return pendulum.instance(any_moment(rng, zone), tz="UTC").in_tz(zone)


def round_date(rng, zone):
    """A date as people write them: on the minute, in a time zone."""
    date = any_date(rng, zone)
    return pendulum.datetime(date.year, date.month, date.day, date.hour, rng.choice([0, 0, 30, date.minute]), tz=zone)


def bounds(rng, zone):
    start = round_date(rng, zone) if rng.random() < 0.8 else None
    late = start or pendulum.datetime(2024, 1, 1)
    end = late.add(days=rng.randrange(1, 4000)) if rng.random() < 0.2 else None
    return dict(start_date=start, end_date=end)


def extras(rng):
    return dict(
        parameter_defaults=rng.choice([None, None, {"x": 1}, {"x": [1, "two", None]}]),
        labels=rng.choice([None, None, [], ["gpu", "eu"]]),
    )


def any_clock(rng, zone, sparse):
    kind = rng.random()
    if kind < 0.45:
        return clocks.IntervalClock(
            interval=datetime.timedelta(minutes=rng.choice(MINUTES[3:] if sparse else MINUTES)),
            **bounds(rng, zone),
            **extras(rng),
        )
    if kind < 0.9:
        crons = [cron for cron in CRONS if not (sparse and cron.startswith("*"))]
        cron = rng.choice(list(CRONS_OF_CRONITER) if rng.random() < 0.02 else crons)
        day_or = rng.choice([None, True, False])
        return clocks.CronClock(cron=cron, day_or=day_or, **bounds(rng, zone), **extras(rng))
    dates = [any_date(rng, zone) for _ in range(rng.randrange(1, 8))]
    return clocks.DatesClock(dates=dates + dates[:1], **extras(rng))


def any_filter(rng, zone, narrow):
    """Filters that let little pass are `narrow`: Prefect takes a second to find that nothing does."""
    time = datetime.time(rng.randrange(24), rng.choice([0, 30]))
    other = datetime.time(rng.randrange(24), rng.choice([0, 59]))
    months = [rng.randrange(1, 13), rng.randrange(1, 29), rng.randrange(1, 13), rng.randrange(1, 29)]
    dates = sorted([any_date(rng, zone), any_date(rng, zone)])
    wide = [filters.is_weekday, filters.between_times(time, other), filters.between_dates(*months)]
    if not narrow:
        return rng.choice(wide)
    return rng.choice(
        [
            filters.is_weekend,
            filters.is_month_start,
            filters.is_month_end,
            filters.is_day_of_week(rng.randrange(7)),
            filters.on_date(months[0], months[1]),
            filters.at_time(time),
            filters.on_datetime(dates[0]),
            filters.between_datetimes(*dates),
        ]
    )


def any_adjustment(rng):
    minutes = datetime.timedelta(minutes=rng.choice([-5, -1, 5, 60, 1440]))
    return rng.choice([adjustments.next_weekday, adjustments.add(minutes)])


def any_schedule(rng, zone):
    zones = [zone if rng.random() < 0.8 else rng.choice(ZONES) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    some = lambda narrow: [any_filter(rng, zone, rng.random() < narrow) for _ in range(few(rng))]  # noqa: E731
    passing, either, refusing = some(0.15), some(0.4), some(0.8)
    sparse = bool(passing or either)
    return Schedule(
        clocks=[any_clock(rng, each, sparse) for each in zones],
        filters=passing,
        or_filters=either,
        not_filters=refusing,
        adjustments=[any_adjustment(rng) for _ in range(few(rng))],
    )


def few(rng):
    return rng.choice([0] * 8 + [1, 1, 2])


class PatientSchedule(Schedule):
    """Merges events in UTC, as Python holds two times of one zone for equal if clocks show the same, and adjusts copies,
    as Prefect otherwise takes the next event for a repetition of the one that it has just adjusted."""

    def _get_clock_events(self, after=None):
        for event in super()._get_clock_events(after):
            event = copy.copy(event)
            event.start_time = event.start_time.in_tz(event.zone)
            yield event


class Comparison:
    """Prefect's next events of one schedule, and what had to be said about them."""

    def __init__(self, wire, after):
        self.schedule = ScheduleSchema().load(wire)
        self.schedule.__class__ = PatientSchedule
        self.after = after
        self.corrected = set()
        self.excluded = None
        if self.schedule.adjustments:
            self.corrected.add("an adjusted event is not taken for the candidate at that time")
        for clock in self.schedule.clocks:
            if isinstance(clock, clocks.IntervalClock):
                self.correct_interval(clock)
            elif isinstance(clock, clocks.CronClock):
                self.correct_cron(clock)
        for index, clock in enumerate(self.schedule.clocks):
            self.remember_origin(index, clock)

    @staticmethod
    def remember_origin(index, clock):
        """Prefect leaves the order of different events at the same time to chance; Castra keeps that of the clocks."""
        events = clock.events

        def remembered(after):
            for event in events(after):
                event.zone = event.start_time.timezone
                event.start_time = event.start_time.in_tz("UTC")
                event.origin = (event.start_time, index)
                yield event

        clock.events = remembered

    def correct_interval(self, clock):
        events, start = clock.events, clock.start_date
        zone = start.timezone_name if start else "UTC"
        if zone in ("UTC", "Asia/Kolkata"):
            return
        if clock.interval < datetime.timedelta(days=1):
            # Documented: elapsed time. Done: whole days since the start are added on the clock.
            self.corrected.add("intervals under a day count elapsed time, also while an hour comes twice")
            clock.start_date = start.in_tz("UTC")

            def elapsed(after):
                for event in events(after):
                    event.start_time = event.start_time.in_tz(zone)
                    yield event

            clock.events = elapsed
        else:
            # How many intervals to skip is reckoned in elapsed time, the events in clock time.
            self.corrected.add("no event just after `after` is left out")
            early = self.after.subtract(days=2)
            clock.events = lambda after: (e for e in events(early) if e.start_time > after)

    def correct_cron(self, clock):
        events = clock.events
        if clock.cron in CRONS_OF_CRONITER:
            self.excluded = CRONS_OF_CRONITER[clock.cron]
        zone = clock.start_date.timezone_name if clock.start_date else "UTC"
        local = self.after.in_tz(zone)
        if pytz.timezone(zone).localize(datetime.datetime(*local.timetuple()[:6])) != local:
            self.excluded = "the cron clock takes `after` for the second of two times that look the same"

        def patient(after):
            seen = 0
            while seen < 1000:
                started_with = seen
                try:
                    for event in events(after):
                        if 0 < started_with == seen:
                            self.corrected.add("the cron clock goes on after an hour that comes twice")
                        seen += 1
                        after = event.start_time
                        yield event
                except CroniterBadDateError:
                    self.corrected.add("an expression that never fires has no events")
                    return
                if seen == started_with:
                    return
            self.excluded = "the cron clock stops after 1,000 events"

        clock.events = patient

    def expected(self, n):
        """The next `n` events, distinct, after `after` and in order, which Prefect leaves to its server."""
        plenty = 3 * n + (200 if self.schedule.adjustments else 10)
        found = []
        for event in sorted(self.schedule.next(plenty, self.after, return_events=True), key=lambda e: e.origin):
            shown = dict(
                start_time=event.start_time.in_tz("UTC").isoformat(),
                parameter_defaults=event.parameter_defaults,
                labels=event.labels,
            )
            if event.start_time > self.after and shown not in found:
                found.append(shown)
        return sorted(found[:n], key=lambda event: event["start_time"])


def main(seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        zone = rng.choice(ZONES)
        wire = ScheduleSchema().dump(any_schedule(rng, zone))
        after = any_date(rng, zone).in_tz("UTC")
        n = rng.choice([1, 5, 10])
        comparison = Comparison(wire, after)
        case = dict(schedule=wire, after=after.isoformat(), n=n, expected=comparison.expected(n))
        case["corrected"] = sorted(comparison.corrected)
        if comparison.excluded:
            case["excluded"] = comparison.excluded
        print(json.dumps(case))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
