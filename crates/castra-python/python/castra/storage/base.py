"""What all storages have in common. The rules for their fields stand in Rust (castra-core `storage`)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from castra import _castra
from castra.utilities.masking import masked

if TYPE_CHECKING:
    from castra.core.flow import Flow
    from castra.engine.result import Result


class Storage:
    """Where the code of flows is kept; one of the types below, never this class itself.

    Attributes:
        flows: where in the storage each flow is, by its name.
        result: where results are stored of flows that are kept here and do not say it themselves.
        secrets: names of secrets that the flow run is given.
        stored_as_script: whether it holds a Python file, rather than a pickled flow.
        add_default_labels: whether `labels` has those that the type of storage brings.
    """

    _type: ClassVar[str]
    # The fields on the wire, beside those of all storages.
    _fields: ClassVar[tuple[str, ...]]

    flows: dict[str, str]
    result: Result | None
    secrets: list[str]
    stored_as_script: bool
    add_default_labels: bool

    def _take(
        self,
        fields: Mapping[str, Any],
        *,
        stored_as_script: bool = True,
        result: Result | None = None,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: Any,
    ) -> None:
        """Sets every attribute from what the constructor was given."""
        for name in unknown:
            raise TypeError(_castra.unknown_argument(type(self).__name__, name, self._arguments()))
        vars(self).update({name: _text_of_path(value) for name, value in fields.items()})
        self.stored_as_script = stored_as_script
        self.result = result
        self.secrets = list(secrets or [])
        self.add_default_labels = add_default_labels is None or add_default_labels
        self.flows = {}
        self._labels = list(labels or [])
        self._flows: dict[str, Any] = {}
        self.serialize()

    def _arguments(self) -> list[str]:
        import inspect

        return [name for name in inspect.signature(type(self)).parameters if name != "unknown"]

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self._type

    @property
    def result_of_targets(self) -> Result | None:
        """Where targets are when nothing says where results are stored: beside the flows, if the storage can hold both."""
        return None

    @property
    def default_labels(self) -> list[str]:
        """The labels that this type of storage brings: code on this machine's disk runs only here, so that is its hostname."""
        import socket

        return _castra.storage_default_labels(self.serialize(), socket.gethostname())

    @property
    def labels(self) -> list[str]:
        """The labels that a flow stored here adds to its run config."""
        return sorted({*self._labels, *(self.default_labels if self.add_default_labels else [])})

    def add_flow(self, flow: Any) -> str:
        """Notes where a flow is, and says it.

        Raises:
            ValueError: a flow of this name is here already, or where it is was not said.
        """
        if flow.name in self:
            raise ValueError(f"a flow with the name {flow.name!r} is in this {self._type} storage already")
        self.flows[flow.name] = self._location(flow.name)
        self._flows[flow.name] = flow
        return self.flows[flow.name]

    def _location(self, flow_name: str) -> str:
        """Where in the storage the flow of this name is."""
        raise NotImplementedError

    def build(self) -> Storage:
        """Puts the flows that were added where the storage says that they are; where people do that themselves, nothing is to be done."""
        return self

    def get_flow(self, flow_name: str) -> Flow:
        """The flow of this name, loaded as a run of it does.

        Raises:
            ValueError: there is none in the storage.
        """
        if flow_name not in self:
            raise ValueError(f"there is no flow {flow_name!r} in this {self._type} storage: it has {', '.join(self.flows) or 'none'}")
        from castra.runs.loading import load

        return load(self.serialize(), flow_name)

    def _given(self, field: str) -> str:
        """The text of a field that says where a flow is."""
        location: str | None = vars(self)[field]
        if not location:
            raise ValueError(f"{self._type} storage needs `{field}`, which says where the flow is")
        return location

    def __contains__(self, flow_name: object) -> bool:
        return isinstance(flow_name, str) and flow_name in self.flows

    def serialize(self) -> dict[str, Any]:
        """The form in which it is registered.

        Raises:
            TypeError, ValueError: a field was changed to something that it cannot be.
        """
        return self._serialized({})

    def _serialized(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The form with these fields in place of the storage's own."""
        fields = {**{name: vars(self)[name] for name in self._fields}, **given}
        common = {"type": self._type, "__version__": _castra.SERIALIZATION_VERSION}
        return _castra.storage_to_json({**fields, **common, "flows": self.flows, "secrets": self.secrets})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Storage):
            return NotImplemented
        return self.serialize() == other.serialize() and self.labels == other.labels

    def __repr__(self) -> str:
        """The fields, as they would be written; options of clients and requests are hidden, as they may be secrets."""
        fields = {name: vars(self)[name] for name in self._fields if vars(self)[name] is not None}
        shown = (f"{name}={masked(value) if isinstance(value, Mapping) else value!r}" for name, value in fields.items())
        return f"{type(self).__name__}({', '.join(shown)})"


def _text_of_path(value: Any) -> Any:
    return os.fspath(value) if isinstance(value, os.PathLike) else value
