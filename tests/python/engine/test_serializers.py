"""Values become bytes, and bytes the same values again."""

import zlib
from datetime import datetime, timedelta, timezone

import pytest

from castra.engine.serializers import CompressedSerializer, DateTimeSerializer, JSONSerializer, PickleSerializer

NINE = datetime(2020, 1, 1, 9, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("serializer", "value"),
    [
        (PickleSerializer(), {1, 2}),
        (JSONSerializer(), {"rows": [1, None]}),
        (DateTimeSerializer(), NINE),
        *[(CompressedSerializer(PickleSerializer(), format=name), {1, 2}) for name in ("bz2", "gzip", "lzma", "zlib")],
    ],
)
def test_a_value_comes_back(serializer, value):
    assert serializer.deserialize(serializer.serialize(value)) == value


def test_an_instant_is_text():
    assert DateTimeSerializer().serialize(NINE) == b"2020-01-01T09:00:00+01:00"
    assert DateTimeSerializer().serialize(datetime(2020, 1, 1)) == b"2020-01-01T00:00:00+00:00"
    with pytest.raises(TypeError, match="'yesterday' is no datetime"):
        DateTimeSerializer().serialize("yesterday")


def test_what_is_compressed_is_what_the_other_serializer_wrote():
    serializer = CompressedSerializer(JSONSerializer(), compress=zlib.compress, decompress=zlib.decompress, compress_kwargs={"level": 9})
    assert zlib.decompress(serializer.serialize([1])) == b"[1]"
    assert serializer.deserialize(serializer.serialize([1])) == [1]


@pytest.mark.parametrize("arguments", [{}, {"compress": zlib.compress}, {"format": "zlib", "compress": zlib.compress}])
def test_how_to_compress_is_said_once(arguments):
    with pytest.raises(ValueError, match="takes `format`, or both `compress` and `decompress`"):
        CompressedSerializer(JSONSerializer(), **arguments)


def test_formats_are_those_of_python():
    with pytest.raises(ValueError, match="cannot be 'os': it is one of bz2, gzip, lzma, zlib"):
        CompressedSerializer(JSONSerializer(), format="os")
