"""What all run configs have in common. The rules for their fields stand in Rust (castra-core `run_config`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from castra import _castra
from castra.utilities.masking import masked


class RunConfig:
    """Where and how the runs of a flow are executed; one of the types below, never this class itself.

    Fields can be read and set. Whatever is set is checked and written as the constructor would have; what is changed in
    place (`run_config.env["A"] = "b"`, `run_config.labels.add("dev")`) is checked by `serialize`.

    Attributes:
        env: environment variables of the flow run, over those of the agent.
        labels: an agent must have all of these to take the run; without any, only an agent without labels takes it.
    """

    _type: ClassVar[str]

    env: dict[str, Any] | None
    labels: set[str]

    def _take(self, **arguments: Any) -> None:
        """Sets every field from what the constructor was given."""
        fields = _castra.run_config_fields(self._type, _plain(arguments))
        fields["labels"] = set(fields["labels"])
        vars(self).update(fields)

    def _fields(self) -> dict[str, Any]:
        """The fields, without what a subclass may have added to itself."""
        return {name: vars(self)[name] for name in self._defaults() if name in vars(self)}

    def _defaults(self) -> dict[str, Any]:
        return _castra.run_config_fields(self._type, {})

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._fields():
            self._take(**{**self._fields(), name: value})
        else:
            super().__setattr__(name, value)

    def serialize(self) -> dict[str, Any]:
        """The form in which it is registered: JSON with every field, `None` where it is not set.

        Raises:
            ValueError: a field was changed in place to something that it cannot be.
        """
        return _castra.run_config_to_json(self._type, _plain(self._fields()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RunConfig):
            return NotImplemented
        return self.serialize() == other.serialize()

    def __repr__(self) -> str:
        """What differs from the defaults, as it would be written; values of `env` are hidden, as they may be secrets."""
        fields = {**self._fields(), "env": masked(self.env), "labels": sorted(self.labels)}
        defaults = self._defaults()
        shown = (f"{name}={value!r}" for name, value in fields.items() if value != defaults[name])
        return f"{type(self).__name__}({', '.join(shown)})"


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments with the mappings and iterables that people give as dicts and lists."""
    return {name: _dict_or_list(value) for name, value in arguments.items()}


def _dict_or_list(value: Any) -> Any:
    if isinstance(value, (str, bytes)):
        return value
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, Iterable) else value
