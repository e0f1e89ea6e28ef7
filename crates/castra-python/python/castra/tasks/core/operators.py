"""Operators on results: ``one + two``, ``rows[0]``, ``price > 3`` in a flow are tasks."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from castra.core.task import Task

_MISSING: Any = object()


class GetItem(Task):
    """An item of a result, or ``default`` if there is none."""

    def __init__(self, default: Any = _MISSING, **kwargs: Any):
        self.default = default
        super().__init__(**kwargs)

    def run(self, task_result: Any, key: Any, default: Any = _MISSING) -> Any:
        default = self.default if default is _MISSING else default
        try:
            return task_result[key]
        except (IndexError, KeyError):
            if default is _MISSING:
                raise
            return default


class GetAttr(Task):
    """An attribute of a result, also one of an attribute (``a.b``), or ``default`` if there is none."""

    def __init__(self, default: Any = _MISSING, **kwargs: Any):
        self.default = default
        super().__init__(**kwargs)

    def run(self, task_result: Any, attr: str, default: Any = _MISSING) -> Any:
        default = self.default if default is _MISSING else default
        try:
            return operator.attrgetter(attr)(task_result)
        except AttributeError:
            if default is _MISSING:
                raise
            return default


class _Binary(Task):
    _operator: Callable[[Any, Any], Any]

    def run(self, x: Any, y: Any) -> Any:
        return self._operator(x, y)


class Add(_Binary):
    """``x + y``"""

    _operator = staticmethod(operator.add)


class Sub(_Binary):
    """``x - y``"""

    _operator = staticmethod(operator.sub)


class Mul(_Binary):
    """``x * y``"""

    _operator = staticmethod(operator.mul)


class Div(_Binary):
    """``x / y``"""

    _operator = staticmethod(operator.truediv)


class FloorDiv(_Binary):
    """``x // y``"""

    _operator = staticmethod(operator.floordiv)


class Pow(_Binary):
    """``x ** y``"""

    _operator = staticmethod(operator.pow)


class Mod(_Binary):
    """``x % y``"""

    _operator = staticmethod(operator.mod)


class And(Task):
    """``x and y``"""

    def run(self, x: Any, y: Any) -> Any:
        return x and y


class Or(Task):
    """``x or y``"""

    def run(self, x: Any, y: Any) -> Any:
        return x or y


class Not(Task):
    """``not x``"""

    def run(self, x: Any) -> bool:
        return not x


class Equal(_Binary):
    """``x == y``"""

    _operator = staticmethod(operator.eq)


class NotEqual(_Binary):
    """``x != y``"""

    _operator = staticmethod(operator.ne)


class GreaterThanOrEqual(_Binary):
    """``x >= y``"""

    _operator = staticmethod(operator.ge)


class GreaterThan(_Binary):
    """``x > y``"""

    _operator = staticmethod(operator.gt)


class LessThanOrEqual(_Binary):
    """``x <= y``"""

    _operator = staticmethod(operator.le)


class LessThan(_Binary):
    """``x < y``"""

    _operator = staticmethod(operator.lt)
