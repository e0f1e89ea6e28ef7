"""Arguments are read from the code of plain functions as `inspect` reads them."""

import functools
import inspect

import pytest

from castra.core.signature import arguments_of, check_takes, inputs_of


def wrapper(function):
    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapped


class Methods:
    def method(self, a, b=2, *, c, **others):
        pass

    @staticmethod
    def static(a):
        pass

    @classmethod
    def of_class(cls, a):
        pass

    def __call__(self, a):
        pass


FUNCTIONS = {
    "none": lambda: None,
    "two": lambda a, b: None,
    "defaults": lambda a, b=1: None,
    "keyword only": lambda a, *, b, c=1: None,
    "keywords": lambda a=1, **others: None,
    "by position": lambda a, b, /, c: None,
    "any number": lambda a, *more: None,
    "method": Methods().method,
    "static": Methods.static,
    "of class": Methods.of_class,
    "object": Methods(),
    "wrapped": wrapper(lambda a, b: None),
    "partial": functools.partial(lambda a, b: None, 1),
    "built in": sorted,
}

CALLS = [
    ((), {}),
    ((1,), {}),
    ((1, 2), {}),
    ((1, 2, 3), {}),
    ((), {"a": 1}),
    ((), {"b": 2, "a": 1}),
    ((1,), {"a": 1}),
    ((1,), {"b": 2}),
    ((1,), {"c": 3, "b": 2}),
    ((1,), {"c": 3, "z": 4}),
    ((), {"z": 1}),
]


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())
@pytest.mark.parametrize(("args", "kwargs"), CALLS, ids=str)
def test_a_call_is_understood_as_inspect_does(function, args, kwargs):
    try:
        bound = inspect.signature(function).bind(*args, **kwargs).arguments
    except TypeError as error:
        with pytest.raises(TypeError) as refused:
            arguments_of(function, args, kwargs)
        assert str(refused.value) == str(error)
        return
    expected = dict(bound)
    expected.update(expected.pop("others", {}))
    assert list(arguments_of(function, args, kwargs).items()) == list(expected.items())


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())
@pytest.mark.parametrize("name", ["a", "b", "z"])
def test_an_argument_that_is_not_there_is_refused_as_inspect_does(function, name):
    try:
        inspect.signature(function).bind_partial(**{name: None})
    except TypeError as error:
        with pytest.raises(TypeError) as refused:
            check_takes(function, name)
        assert str(refused.value) == str(error)
    else:
        check_takes(function, name)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_defaults_are_those_that_inspect_finds(function):
    parameters = inspect.signature(function).parameters
    expected = {name: one.default for name, one in parameters.items() if one.default is not one.empty}
    inputs = inputs_of(function, None)
    assert list(inputs) == list(parameters)
    assert {name: one["default"] for name, one in inputs.items() if not one["required"]} == expected
