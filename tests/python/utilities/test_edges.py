"""How results are taken: flattened, unmapped, mapped together."""

import pytest

from castra import Flow, apply_map, flatten, task, unmapped
from castra.utilities.tasks import defaults_from_attrs


@task
def add(x, y):
    return x + y


def test_what_is_no_list_has_nothing_to_be_flattened():
    with Flow("constant") as flow:
        sums = add.map([1, 2], unmapped(flatten(100)))
    assert flow.run().result[sums].result == [101, 102]


def test_the_results_of_mapped_functions_are_mapped_over_together():
    one = task(lambda item: item + 1, name="one")
    total = task(lambda pair: sum(pair), name="total")
    with Flow("twice") as flow:
        pairs = apply_map(lambda item: (one(item), one(one(item))), [1, 2, 3])
        sums = apply_map(lambda pair: total(pair), pairs)
    assert flow.run().result[sums].result == [5, 7, 9]


def test_what_has_no_items_is_not_mapped_over():
    with Flow("number"), pytest.raises(TypeError, match="1 has no items to map over: `unmapped"):
        apply_map(lambda item: add(item, 1), 1)


def test_arguments_that_are_not_given_are_attributes_of_the_task():
    class Size:
        x, y = 1, 2

        @defaults_from_attrs("x", "y")
        def run(self, x=None, y=None):
            return x, y

    assert Size().run() == (1, 2)
    assert Size().run(3) == (3, 2)
    assert Size().run(x=None, y=5) == (None, 5)
