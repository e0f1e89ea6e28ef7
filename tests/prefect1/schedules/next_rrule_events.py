"""Asks prefect 1.4.1, and so dateutil, for the next events of many recurrence rules, for castra-core's tests to compare with.

Usage: next_rrule_events.py SEED COUNT

Prints one JSON object a line: `schedule` (wire form), `after`, `n`, and `expected`, the next `n` starts, or in `excluded` why
there is nothing to compare with. Rules in a time zone whose clocks change have its name in the wire form, which Prefect's has
not: dateutil says the clock times, and the script when that is, as RFC 5545 has it.
"""

import datetime
import itertools
import json
import random
import sys
import warnings
import zoneinfo

import pendulum
import pendulum.tz
from dateutil import rrule

# prefect 1.4.1 asserts on a class that pendulum 3 has renamed.
pendulum.tz._Timezone = pendulum.tz.timezone.Timezone

from prefect.schedules import RRuleSchedule  # noqa: E402
from prefect.serialization.schedule import ScheduleSchema  # noqa: E402

ZONES = ["Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata"]
OFFSETS = [None, datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=5, minutes=30))]
FREQUENCIES = [rrule.YEARLY, rrule.MONTHLY, rrule.WEEKLY, rrule.DAILY, rrule.HOURLY, rrule.MINUTELY, rrule.SECONDLY]
# dateutil goes through all events from the start on.
LONGEST_AGO = dict(zip(FREQUENCIES, [6000, 3000, 2000, 1000, 200, 10, 1]))
STEPS_OF_A_PAGE, STEPS_OF_PATIENCE = 40, 200_000


class TooLong(Exception):
    """dateutil looks for an event that is far away, or that never comes."""


class Patience:
    """Counts how far dateutil searches: its calendar pages, and its sums of clock times. It is no clock of our own, so that the
    cases are the same on a slow machine."""

    def __init__(self):
        self.steps = 0
        for name in ["ydayset", "mdayset", "wdayset", "ddayset"]:
            setattr(rrule._iterinfo, name, self.counted(STEPS_OF_A_PAGE, getattr(rrule._iterinfo, name)))
        rrule.divmod = self.counted(1, divmod)

    def counted(self, steps, function):
        def call(*arguments):
            self.steps += steps
            if self.steps > STEPS_OF_PATIENCE:
                raise TooLong
            return function(*arguments)

        return call


def some(rng, values, most=3):
    return sorted(rng.sample(list(values), rng.randrange(1, most + 1)))


def from_both_ends(last):
    return [*range(-last, 0), *range(1, last + 1)]


def any_weekday(rng, numbered):
    day = rng.choice([rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU])
    return day(rng.choice([-2, -1, 1, 2, 3, 4, 5])) if numbered else day


def any_parts(rng, frequency):
    """What a rule says beside its start: little of much."""
    parts = {"interval": rng.choice([1, 1, 1, 2, 3, 4, 7, 12, 90]), "wkst": rng.choice([None, None, rrule.SU, rrule.TH, 0])}
    numbered = rng.random() < 0.5
    choices = {
        "bymonth": lambda: some(rng, range(1, 13), 5),
        "bymonthday": lambda: some(rng, from_both_ends(31), 6),
        "byyearday": lambda: some(rng, from_both_ends(366), 8),
        "byweekno": lambda: some(rng, from_both_ends(53), 8),
        "byweekday": lambda: [any_weekday(rng, numbered) for _ in range(rng.randrange(1, 4))],
        "byeaster": lambda: some(rng, range(-60, 61), 3),
        "byhour": lambda: some(rng, range(24), 4),
        "byminute": lambda: some(rng, range(60), 4),
        "bysecond": lambda: some(rng, range(60), 3),
    }
    for name in rng.sample(list(choices), rng.choice([0, 1, 1, 2, 2, 3])):
        parts[name] = choices[name]()
    if rng.random() < 0.25:
        parts["bysetpos"] = some(rng, from_both_ends(rng.choice([2, 5, 40])), 3)
    return parts


def any_start(rng, frequency, after, zone):
    start = after.replace(tzinfo=None) - datetime.timedelta(days=rng.random() * LONGEST_AGO[frequency] - 1)
    if rng.random() < 0.7:
        start = start.replace(minute=rng.choice([0, 30]), second=0)
    return start.replace(microsecond=0, tzinfo=zone)


def any_rule(rng, after, zone):
    frequency = rng.choice(FREQUENCIES)
    start = any_start(rng, frequency, after, zone)
    ends = {}
    if rng.random() < 0.2:
        ends["count"] = rng.randrange(0, 500)
    elif rng.random() < 0.2:
        ends["until"] = start + datetime.timedelta(days=rng.random() * 3 * LONGEST_AGO[frequency])
    return rrule.rrule(frequency, dtstart=start, **ends, **any_parts(rng, frequency))


def any_set(rng, after, zone):
    rules = rrule.rruleset()
    for _ in range(rng.choice([1, 1, 2, 3])):
        rules.rrule(any_rule(rng, after, zone))
    moment = lambda: any_start(rng, rrule.HOURLY, after + datetime.timedelta(days=100), zone)  # noqa: E731
    for _ in range(rng.choice([0, 0, 2])):
        rules.rdate(moment())
    if rng.random() < 0.3:
        rules.exrule(any_rule(rng, after, zone))
    for left_out in itertools.chain((moment() for _ in range(rng.choice([0, 1]))), itertools.islice(rules.xafter(
        after.replace(tzinfo=None) if zone is None else after), rng.choice([0, 2]))):
        rules.exdate(left_out)
    return rules


def says_a_week_wrong(rule):
    """dateutil takes the days before the first week of a year for the 53rd week of a year before that has 52, and does not count
    the first week of a year from the end in the days that the year before has of it."""
    rules = getattr(rule, "_rrule", None)
    if rules is not None:
        return any(map(says_a_week_wrong, rules + rule._exrule))
    return bool({52, 53, -52, -53} & set(rule._byweekno or ()))


def when(clock_time):
    """When it is that time by RFC 5545: the first of two, and what is skipped later by what is skipped."""
    return (clock_time.replace(fold=0) if clock_time.tzinfo else clock_time.replace(tzinfo=datetime.timezone.utc)).astimezone(
        datetime.timezone.utc
    )


def expected_in_zone(schedule, rule, after, n):
    clock, found = schedule.clocks[0], []
    for clock_time in rule.xafter(after - datetime.timedelta(days=2)):
        start = when(clock_time)
        is_new = start > after and (not found or start > found[-1])
        if is_new and (clock.start_date is None or start >= clock.start_date):
            if clock.end_date and start > clock.end_date or len(found) == n:
                break
            found.append(start)
    return [start.isoformat() for start in found]


def expected(schedule, rule, zone, after, n):
    if isinstance(zone, zoneinfo.ZoneInfo):
        return expected_in_zone(schedule, rule, after, n)
    return [start.astimezone(datetime.timezone.utc).isoformat() for start in schedule.next(n, pendulum.instance(after))]


def named(wire, zone):
    """Says the zone where Castra does."""
    if isinstance(zone, zoneinfo.ZoneInfo):
        rule = wire["clocks"][0]["rrule_obj"]
        for each in [rule] if rule["type"] == "rrule" else rule["_rrule"] + rule["_exrule"]:
            each["tz"] = zone.key
    return wire


def bounds(rng, after, zone):
    if zone is None:
        # Prefect compares the end with times that have no zone, and fails.
        return None, None
    day = lambda: pendulum.instance(after).add(days=rng.randrange(-100, 400), seconds=1)  # noqa: E731
    start = day() if rng.random() < 0.15 else None
    return start, (start or day()).add(days=30) if rng.random() < 0.15 else None


def case(rng):
    zone = rng.choice([*map(zoneinfo.ZoneInfo, ZONES), *OFFSETS])
    seconds = rng.randrange(12 * 365 * 86400)
    after = datetime.datetime(2016, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    rule = (any_set if rng.random() < 0.25 else any_rule)(rng, after, zone)
    schedule = RRuleSchedule(rule, *bounds(rng, after, zone))
    wire, n = named(ScheduleSchema().dump(schedule), zone), rng.choice([1, 5, 20])
    said = dict(schedule=wire, after=after.isoformat(), n=n)
    if says_a_week_wrong(rule):
        return dict(said, expected=[], excluded="dateutil miscounts some weeks at the turn of the year")
    try:
        return dict(said, expected=expected(schedule, rule, zone, after, n))
    except TooLong:
        return dict(said, expected=[], excluded="dateutil would search for long")


def main(seed, count):
    rng, patience, made = random.Random(seed), Patience(), 0
    while made < count:
        patience.steps = 0
        try:
            print(json.dumps(case(rng)))
            made += 1
        except (TooLong, ValueError):
            # The set would be long in the making, or there is no such rule: dateutil refuses some without events.
            continue


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(int(sys.argv[1]), int(sys.argv[2]))
