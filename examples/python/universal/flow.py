"""Primes: how many there are below a limit, counted range by range. The quickstart runs it."""

from castra import Flow, Parameter, task, unmapped
from castra.run_configs import UniversalRun


@task
def ranges(limit, parts):
    """Ranges of about equal length that cover the numbers from 2 to the limit."""
    edges = [2 + (limit - 1) * part // parts for part in range(parts + 1)]
    return list(zip(edges, edges[1:]))


@task
def count(numbers, limit):
    """How many primes a range holds: by the primes below the root of the limit."""
    start, end = numbers
    small = [n for n in range(2, int(limit**0.5) + 1) if all(n % d for d in range(2, int(n**0.5) + 1))]
    return sum(all(n % prime or n == prime for prime in small) for n in range(start, end))


@task(log_stdout=True)
def total(counts, limit):
    print(f"{sum(counts):,} primes up to {limit:,}")
    return sum(counts)


with Flow("primes", run_config=UniversalRun(labels=["staging"])) as flow:
    limit = Parameter("limit", default=20_000)
    parts = ranges(limit, Parameter("parts", default=8))
    total(count.map(parts, unmapped(limit)), limit)
