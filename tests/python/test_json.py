"""What of Python has JSON; asked through a run config, whose `host_config` may hold any."""

import enum
import math

import pytest
from castra.run_configs import DockerRun


def there_and_back(value):
    return DockerRun(host_config={"value": value}).serialize()["host_config"]["value"]


class Level(enum.IntEnum):
    HIGH = 3


class Colour(str, enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, -1, 2**63 - 1, -(2**63), 2**64 - 1, 0.1, -0.0, 1e300, "", "ü😀\x00", [], {}, [[1, {"a": [None]}]], {"": 1}],
    ids=repr,
)
def test_what_json_has_comes_back_as_it_was(value):
    back = there_and_back(value)
    assert (back, type(back)) == (value, type(value))
    assert not isinstance(value, float) or math.copysign(1, back) == math.copysign(1, value)


def test_what_is_like_it_becomes_it():
    assert there_and_back((1, 2)) == [1, 2]
    assert there_and_back(Level.HIGH) == 3
    assert there_and_back(Colour.RED) == "red"
    assert there_and_back({Colour.RED: 1}) == {"red": 1}


def test_keys_keep_their_order():
    assert list(there_and_back({"b": 1, "a": 2, "c": 3})) == ["b", "a", "c"]


def test_half_a_character_is_refused():
    for value in ("\ud800", {"\ud800": 1}):
        with pytest.raises(UnicodeEncodeError):
            there_and_back(value)


@pytest.mark.parametrize("depth", [100, 1_000, 100_000])
def test_what_is_deep_is_read_or_refused(depth):
    deep = []
    for _ in range(depth):
        deep = [deep]
    if depth < 128:
        assert there_and_back(deep) == deep
    else:
        with pytest.raises(ValueError, match="`host_config` holds more than 128 lists and dicts in each other"):
            there_and_back(deep)


def test_a_dict_may_change_while_it_is_read():
    options = {}

    class Meddling(list):
        def __iter__(self):
            options["new"] = 1
            return super().__iter__()

    options["binds"] = Meddling(["/data"])
    assert there_and_back(options) == {"binds": ["/data"]}


def test_what_a_list_of_ones_own_raises_is_raised():
    class Broken(list):
        def __iter__(self):
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        there_and_back(Broken())
