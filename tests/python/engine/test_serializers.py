"""Values become bytes, and bytes the same values again."""

import zlib
from datetime import datetime, timedelta, timezone

import pandas
import pytest

from castra.engine.serializers import (
    CompressedSerializer,
    DateTimeSerializer,
    JSONSerializer,
    PandasSerializer,
    PickleSerializer,
)

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


@pytest.mark.parametrize("file_type", ["csv", "json", "pickle"])
def test_a_data_frame_comes_back(file_type):
    frame = pandas.DataFrame({"city": ["Bonn", "Köln"], "people": [335_000, 1_087_000]})
    options = {"index": False} if file_type == "csv" else {}
    serializer = PandasSerializer(file_type, serialize_kwargs=options)
    pandas.testing.assert_frame_equal(serializer.deserialize(serializer.serialize(frame)), frame)


def test_a_data_frame_is_written_and_read_as_it_is_told():
    serializer = PandasSerializer("csv", deserialize_kwargs={"sep": ";", "index_col": 0}, serialize_kwargs={"sep": ";"})
    assert serializer.serialize(pandas.DataFrame({"x": [1, 2]})) == b";x\n0;1\n1;2\n"
    assert list(serializer.deserialize(b";x\n0;1\n1;2\n").x) == [1, 2]


@pytest.mark.parametrize("file_type", ["cvs", "string", "clipboard_"])
def test_files_of_data_frames_are_written_and_read(file_type):
    with pytest.raises(ValueError, match=f"cannot be '{file_type}': pandas does not both write and read such files"):
        PandasSerializer(file_type)


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
