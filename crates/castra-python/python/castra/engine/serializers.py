"""How the values of results become bytes, and bytes values again."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Callable, Mapping

from castra import times
from castra._extras import needed
from castra.runs.pickled import cloudpickle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Serializer:
    """Subclasses write ``serialize`` and ``deserialize``."""

    def serialize(self, value: Any) -> bytes:
        """The bytes of a value."""
        raise NotImplementedError

    def deserialize(self, value: bytes) -> Any:
        """The value of bytes that ``serialize`` gave."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    __hash__ = None  # type: ignore[assignment]


class PickleSerializer(Serializer):
    """As Python's ``cloudpickle`` writes it.

    Raises ``ModuleNotFoundError`` if it is not installed.
    """

    def serialize(self, value: Any) -> bytes:
        content: bytes = cloudpickle().dumps(value)
        return content

    def deserialize(self, value: bytes) -> Any:
        return cloudpickle().loads(value)


class JSONSerializer(Serializer):
    """As JSON.

    Raises ``TypeError`` for a value without JSON.
    """

    def serialize(self, value: Any) -> bytes:
        return json.dumps(value).encode()

    def deserialize(self, value: bytes) -> Any:
        return json.loads(value)


class DateTimeSerializer(Serializer):
    """An instant as text, as ``2020-01-01T09:00:00+01:00``; one without a time zone is UTC, and it is read in UTC.

    Raises ``TypeError`` for what is no ``datetime``, ``ValueError`` for bytes that are no such text.
    """

    def serialize(self, value: Any) -> bytes:
        return str(times.written(times.aware(value))).encode()

    def deserialize(self, value: bytes) -> Any:
        return times.told(times.read(value.decode()))


class PandasSerializer(Serializer):
    """A data frame in one of pandas' file types.

    Args:
        file_type: `"csv"`, `"parquet"`, `"json"` or another for which pandas has `DataFrame.to_<type>` and `read_<type>`.
        deserialize_kwargs: further arguments of `read_<type>`.
        serialize_kwargs: further arguments of `to_<type>`.

    Raises ``ModuleNotFoundError`` if pandas is not installed, ``ValueError`` if it has no such file type.
    """

    def __init__(
        self,
        file_type: str,
        deserialize_kwargs: Mapping[str, Any] | None = None,
        serialize_kwargs: Mapping[str, Any] | None = None,
    ):
        pandas = needed("pandas", "pandas")
        if not (hasattr(pandas.DataFrame, f"to_{file_type}") and hasattr(pandas, f"read_{file_type}")):
            raise ValueError(f"PandasSerializer.file_type cannot be {file_type!r}: pandas does not both write and read such files")
        self.file_type = file_type
        self.deserialize_kwargs = dict(deserialize_kwargs or {})
        self.serialize_kwargs = dict(serialize_kwargs or {})

    def serialize(self, value: Any) -> bytes:
        buffer = io.BytesIO()
        getattr(value, f"to_{self.file_type}")(buffer, **self.serialize_kwargs)
        return buffer.getvalue()

    def deserialize(self, value: bytes) -> Any:
        read = getattr(needed("pandas", "pandas"), f"read_{self.file_type}")
        return read(io.BytesIO(value), **self.deserialize_kwargs)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None


class CompressedSerializer(Serializer):
    """Another serializer's bytes, compressed.

    Args:
        serializer: the other one.
        format: the module of Python that compresses: ``"bz2"``, ``"gzip"``, ``"lzma"`` or ``"zlib"``; or functions of one's own:
        compress: makes bytes fewer.
        decompress: gives them again.
        compress_kwargs: further arguments of ``compress``.
        decompress_kwargs: further arguments of ``decompress``.

    Raises ``ValueError`` unless there is a format or both functions, or if there is no such format.
    """

    def __init__(
        self,
        serializer: Serializer,
        format: str | None = None,
        compress: Callable[..., bytes] | None = None,
        decompress: Callable[..., bytes] | None = None,
        compress_kwargs: Mapping[str, Any] | None = None,
        decompress_kwargs: Mapping[str, Any] | None = None,
    ):
        self._serializer = serializer
        self._compress, self._decompress = _compression(format, compress, decompress)
        self._compress_kwargs = dict(compress_kwargs or {})
        self._decompress_kwargs = dict(decompress_kwargs or {})

    def serialize(self, value: Any) -> bytes:
        return self._compress(self._serializer.serialize(value), **self._compress_kwargs)

    def deserialize(self, value: bytes) -> Any:
        return self._serializer.deserialize(self._decompress(value, **self._decompress_kwargs))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None


_FORMATS = ("bz2", "gzip", "lzma", "zlib")


def _compression(
    format: str | None, compress: Callable[..., bytes] | None, decompress: Callable[..., bytes] | None
) -> tuple[Callable[..., bytes], Callable[..., bytes]]:
    if format is not None and compress is None and decompress is None:
        if format not in _FORMATS:
            raise ValueError(f"CompressedSerializer.format cannot be {format!r}: it is one of {', '.join(_FORMATS)}")
        module = importlib.import_module(format)
        return module.compress, module.decompress
    if format is None and compress is not None and decompress is not None:
        return compress, decompress
    raise ValueError("CompressedSerializer takes `format`, or both `compress` and `decompress`")
