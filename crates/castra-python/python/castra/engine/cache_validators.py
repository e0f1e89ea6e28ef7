"""Whether a result that was kept still holds: functions of the kept state, the inputs and the parameters of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.engine.state import Cached

Values = Mapping[str, "Any"]


def never_use(state: Cached, inputs: Values, parameters: Values) -> bool:
    """It never holds."""
    return False


def duration_only(state: Cached, inputs: Values, parameters: Values) -> bool:
    """It holds until its time is over."""
    expires = state.cached_result_expiration
    return expires is None or expires > datetime.now(timezone.utc)


def all_inputs(state: Cached, inputs: Values, parameters: Values) -> bool:
    """It holds until its time is over, for the same inputs."""
    return duration_only(state, inputs, parameters) and _values(state.cached_inputs) == dict(inputs)


def all_parameters(state: Cached, inputs: Values, parameters: Values) -> bool:
    """It holds until its time is over, for the same parameters."""
    return duration_only(state, inputs, parameters) and (state.cached_parameters or {}) == dict(parameters)


def partial_inputs_only(validate_on: Iterable[str] | None = None) -> Callable[..., bool]:
    """A validator: it holds until its time is over, for the same of these inputs."""
    names = list(validate_on or ())

    def validator(state: Cached, inputs: Values, parameters: Values) -> bool:
        kept = _values(state.cached_inputs)
        same = all(name in kept and name in inputs and kept[name] == inputs[name] for name in names)
        return duration_only(state, inputs, parameters) and same

    return validator


def partial_parameters_only(validate_on: Iterable[str] | None = None) -> Callable[..., bool]:
    """A validator: it holds until its time is over, for the same of these parameters."""
    names = list(validate_on or ())

    def validator(state: Cached, inputs: Values, parameters: Values) -> bool:
        kept = state.cached_parameters or {}
        same = all(kept.get(name) == parameters.get(name) for name in names)
        return duration_only(state, inputs, parameters) and same

    return validator


def _values(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: result.value for name, result in inputs.items()}
