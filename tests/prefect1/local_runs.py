"""Flows written for Prefect 1, run here and now; prints, one JSON array per line: the flow's name, its last state, the states and results of
its tasks, and its tasks and edges as they are registered. The real prefect 1.4.1 and Castra run the same file."""

import json
import logging
from datetime import timedelta

import prefect
from prefect import Flow, Parameter, Task, apply_map, case, flatten, mapped, resource_manager, task, unmapped
from prefect.engine import signals
from prefect.engine.state import Failed, Success
from prefect.tasks.control_flow import FilterTask, ifelse, merge, switch
from prefect.triggers import all_failed, all_finished, any_failed, any_successful, not_all_skipped, some_failed, some_successful
from prefect.utilities.tasks import defaults_from_attrs, tags

FLOWS = []
NO_DELAY = timedelta(0)


def flow(build):
    """A flow of the function's name, with the tasks that it writes."""
    with Flow(build.__name__) as written:
        build(written)
    FLOWS.append(written)


@task
def number(n):
    return n


@task
def numbers(n):
    return list(range(n))


@task
def add(x, y=1):
    return x + y


@task
def invert(x):
    return 1 / x


@task
def skip():
    raise signals.SKIP("nothing to do")


@task(max_retries=2, retry_delay=NO_DELAY)
def third_time():
    if prefect.context.task_run_count < 3:
        raise ValueError("not yet")
    return prefect.context.task_run_count


@task
def total(items):
    return sum(items)


@flow
def arguments(_):
    add(number(1), y=number(2))
    add(x=5)
    total([number(1), 2, number(3)])
    number((number(1), {"a": number(2)}, {number(3)}))


@flow
def parameters(_):
    add(Parameter("x", default=3), Parameter("y", required=False, default=4))


@flow
def mapping(_):
    doubled = add.map(numbers(4), y=unmapped(number(10)))
    total(add.map(doubled))
    add.map([1, 2, 3], y=[10, 20])
    add(mapped(numbers(2)))


@flow
def nothing_mapped(_):
    total(add.map(numbers(0)))


@flow
def flattened(_):
    nested = numbers.map(numbers(4))
    total(add.map(flatten(nested)))
    number(flatten([[1], [2, 3]]))


@flow
def children_that_fail(_):
    inverted = invert.map([1, 0, 2])
    add.map(inverted)
    task(lambda items: [type(item).__name__ for item in items], name="names", trigger=all_finished)(inverted)


@flow
def no_list(_):
    add.map(number(3))


@flow
def mapped_over_a_failure(_):
    add.map(invert(0))


@flow
def mapped_over_a_skipped_task(_):
    add.map(skip())


@flow
def retries(_):
    add(third_time())


@flow
def retries_run_out(_):
    task(lambda: 1 / 0, name="ever", max_retries=1, retry_delay=NO_DELAY)()


@flow
def skipped(_):
    nothing = skip()
    number(1, upstream_tasks=[nothing])
    task(lambda: 1, name="anyway", skip_on_upstream_skip=False)(upstream_tasks=[nothing])


@flow
def triggers(_):
    upstream = [invert(0), number(1), skip()]
    for trigger in (all_failed, all_finished, any_failed, any_successful, not_all_skipped, some_failed(2), some_successful(0.5)):
        task(lambda: 1, name="triggered", trigger=trigger, skip_on_upstream_skip=False)(upstream_tasks=upstream)


@flow
def a_trigger_of_ones_own(_):
    def trigger(upstream_states):
        return all(state.result == 1 for state in upstream_states.values())

    for n in (1, 2):
        task(lambda: n, name="judged", trigger=trigger)(upstream_tasks=[number(n)])


@flow
def signalled(_):
    @task
    def says(signal):
        raise signal

    says(signals.SUCCESS("yes", result=3))
    says(signals.FAIL("no", result=4))
    says(signals.TRIGGERFAIL("no"))
    says(signals.VALIDATIONFAIL("no"))


@flow
def looped(_):
    @task
    def grow(x):
        size = prefect.context.get("task_loop_result", x)
        if size < 100:
            raise signals.LOOP(result=size + 40)
        return size, prefect.context.get("task_loop_count")

    grow.map([1, 60, 200])


@flow
def branches(_):
    kind = Parameter("kind", default="a")
    with case(kind, "a"):
        first = add(1)
    with case(kind, "b"):
        second = add(2)
    add(merge(first, second))
    switch(kind, {"a": number(1), "c": number(3)})
    ifelse(kind.is_equal("b"), number("yes"), number("no"))


@flow
def operators(_):
    one, two = number(7), number(2)
    for result in (one + two, one - 3, 3 * two, one / two, one // two, one % two, two**3, 10 - one, one & two):
        pass
    for result in (one > two, one >= 7, one < 3, one <= two, one.is_equal(7), one.is_not_equal(7), one.not_(), one.or_(two)):
        pass
    numbers(3)[two]
    number({"a": {"b": 5}})["a"]["b"]


@flow
def unpacked(_):
    @task(nout=2)
    def pair():
        return 1, 2

    one, two = pair()
    add(one, two)


@flow
def reference_tasks(flow):
    number(1)
    flow.set_reference_tasks([invert(0)])


@flow
def handlers(_):
    def make_good(subject, old, new):
        return Success("made good", result=5) if isinstance(new, Failed) else None

    add(task(lambda: 1 / 0, name="failing", state_handlers=[make_good])())


@flow
def classes(_):
    class Scaled(Task):
        def __init__(self, factor=2, **kwargs):
            self.factor = factor
            super().__init__(**kwargs)

        @defaults_from_attrs("factor")
        def run(self, x: int, factor=None) -> int:
            return x * factor

    with tags("scaled"):
        scaled = Scaled(factor=3, name="scaled")
        scaled(2)
        scaled(2, factor=10)


@flow
def several_tasks_mapped(_):
    def inc_if_even(x, offset):
        with case(task(lambda x: x % 2 == 0, name="is_even")(x), True):
            added = add(x, offset)
        return merge(added, x)

    apply_map(inc_if_even, numbers(4), offset=unmapped(100))


@resource_manager
class Counter:
    def __init__(self, start):
        self.start = start

    def setup(self):
        return self.start + 1

    def cleanup(self, resource):
        assert resource == self.start + 1


@flow
def resources(_):
    with Counter(number(1)) as counter:
        add(counter, invert(0))
    with Counter(invert(0)) as counter:
        add(counter)


@flow
def filtered(_):
    FilterTask(filter_func=lambda x: x > 1)(numbers(4))


@flow
def dependencies(flow):
    first, second, third = (Task(name=name) for name in "abc")
    second.set_upstream(first)
    second.set_downstream(third)
    flow.chain(third, number.copy())
    flow.set_dependencies(task=number(1), upstream_tasks=[first], mapped=False)


def shown(result):
    """A result as JSON can say it; objects by their types."""
    if isinstance(result, (list, tuple)):
        return [shown(item) for item in result]
    if isinstance(result, (set, frozenset)):
        return sorted(result)
    if isinstance(result, dict):
        return {str(key): shown(value) for key, value in result.items()}
    return result if isinstance(result, (int, float, str, type(None))) else type(result).__name__


def described(state):
    children = [described(child) for child in state.map_states] if state.is_mapped() else None
    return [type(state).__name__, shown(state.result), children]


def registered(flow):
    wire = flow.serialize()
    left_out = ("__version__", "slug")
    tasks = [{name: value for name, value in each.items() if name not in left_out} for each in wire["tasks"]]
    edges = [(each["key"], each["mapped"], each["flattened"]) for each in wire["edges"]]
    edges = sorted(edges, key=repr)
    return [sorted(tasks, key=lambda each: json.dumps(each, sort_keys=True)), edges]


if __name__ == "__main__":
    logging.disable()
    for each in FLOWS:
        state = each.run()
        ends = [[task.name, described(end)] for task, end in state.result.items()]
        tasks = sorted(ends, key=lambda end: json.dumps(end, sort_keys=True))
        print(json.dumps([each.name, type(state).__name__, tasks, registered(each)]))
