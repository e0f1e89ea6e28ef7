"""`State`: what all states have in common. Which states there are stand in the modules beside this one."""

from __future__ import annotations

from castra import _castra
from castra.engine import result as results
from castra.engine.result import NoResult, Result
from castra.utilities.context import context as run_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Which class is meant by the `type` of a state.
_classes: dict[str, type[State]] = {}


class State:
    """The state of a flow run or a task run. A question such as `is_failed()` is answered for the whole family: a
    `TriggerFailed` is failed, a `Retrying` is pending.

    Args:
        message: what people read, or the exception that it is about.
        result: what the task returned, or the exception that it raised; a `Result` says where it is stored, too.
        context: further values with JSON; made while a task runs, a state has the task's tags there.
        cached_inputs: results that the task was given, by argument.
    """

    #: The colour in which the pages of Castra write it, as `#rrggbb`.
    color = "#57616c"

    # Its name on the wire.
    _type = "State"

    message: Any
    context: dict[str, Any]
    cached_inputs: dict[str, Result]

    def __init__(
        self,
        message: Any = None,
        result: Any = None,
        context: dict[str, Any] | None = None,
        cached_inputs: dict[str, Result] | None = None,
    ) -> None:
        self.message = message
        self.result = NoResult if result is None else result
        self.context = context or {}
        self.cached_inputs = cached_inputs or {}
        if "task_tags" in run_context:
            self.context.setdefault("tags", list(run_context["task_tags"]))

    def __init_subclass__(cls) -> None:
        # A state that people derive is reported as the one that they derived it from.
        if cls.__module__.startswith(f"{__package__}.") and not cls.__name__.startswith("_"):
            _classes[cls.__name__] = cls
            cls._type = cls.__name__

    @property
    def result(self) -> Any:
        """What the task returned, or raised; `None` if it is not in this process."""
        return self._result.value

    @result.setter
    def result(self, value: Any) -> None:
        self._result = value if isinstance(value, Result) else Result(value)

    def load_result(self, result: Any = None) -> State:
        """Reads the value of the result from where it is stored, if it is not in this process; `result` knows how, if the state's own
        does not. Gives the state itself."""
        location = self._result.location
        if self._result.value is None and location is not None:
            self._result = (result or self._result).read(location)
        return self

    def load_cached_results(self, results: dict[str, Any] | None = None) -> State:
        """As `load_result`, for the results that the task was given; `results` know how, by argument."""
        for name, given in self.cached_inputs.items():
            reader = (results or {}).get(name, given)
            location = given.location or reader.location
            if given.value is None and location is not None:
                self.cached_inputs[name] = reader.read(location)
        return self

    def is_pending(self) -> bool:
        """Not begun: `Pending` and the scheduled states."""
        return self._is("Pending")

    def is_scheduled(self) -> bool:
        """Waiting for its time, for somebody or for a free place: `Scheduled`, `Paused`, `Resume`, `Retrying`, `Queued`."""
        return self._is("Scheduled") or self._is("Queued")

    def is_queued(self) -> bool:
        """Waiting for a free place."""
        return self._is("Queued")

    def is_retrying(self) -> bool:
        """Failed, and going to be tried again."""
        return self._is("Retrying")

    def is_submitted(self) -> bool:
        """Taken by an agent."""
        return self._is("Submitted")

    def is_running(self) -> bool:
        """In progress: `Running` and `Cancelling`."""
        return self._is("Running")

    def is_finished(self) -> bool:
        """Ended, well or badly."""
        return self._is("Finished")

    def is_successful(self) -> bool:
        """Ended well: `Success`, `Cached`, `Mapped` and `Skipped`."""
        return self._is("Success")

    def is_failed(self) -> bool:
        """Ended badly: `Failed`, `TimedOut`, `TriggerFailed` and `ValidationFailed`."""
        return self._is("Failed")

    def is_skipped(self) -> bool:
        """Ended without having run."""
        return self._is("Skipped")

    def is_cached(self) -> bool:
        """Ended with the result of an earlier run."""
        return self._is("Cached")

    def is_mapped(self) -> bool:
        """A mapped task whose children run on their own."""
        return self._is("Mapped")

    def is_looped(self) -> bool:
        """A round of a task that goes on."""
        return self._is("Looped")

    def is_meta_state(self) -> bool:
        """About another state: `Submitted`, `Queued` and `ClientFailed`."""
        return any(self._is(name) for name in ("Submitted", "Queued", "ClientFailed"))

    def _is(self, name: str) -> bool:
        return isinstance(self, _classes[name])

    @classmethod
    def children(cls, include_self: bool = False, names_only: bool = False) -> list[Any]:
        """The states derived from this one, or their names."""
        derived = [each for each in _classes.values() if issubclass(each, cls) and (include_self or each is not cls)]
        return [each.__name__ for each in derived] if names_only else derived

    @classmethod
    def parents(cls, include_self: bool = False, names_only: bool = False) -> list[Any]:
        """The states that this one is derived from, nearest first, or their names."""
        public = [each for each in cls.__mro__ if issubclass(each, State) and not each.__name__.startswith("_")]
        chosen = [each for each in public if include_self or each is not cls]
        return [each.__name__ for each in chosen] if names_only else chosen

    def serialize(self) -> dict[str, Any]:
        """The form in which it is reported. A result is there by its location, never by its value.

        Raises:
            TypeError, ValueError: something in `context` has no JSON.
        """
        document = {
            "type": self._type,
            "message": None if self.message is None else str(self.message),
            "context": self.context,
            "cached_inputs": {name: result.serialize() for name, result in self.cached_inputs.items()},
            "__version__": _castra.SERIALIZATION_VERSION,
        }
        return _castra.state_to_json({**document, **self._own_fields()})

    def _own_fields(self) -> dict[str, Any]:
        """The fields that this kind of state has beside those of all."""
        return {"_result": self._result.serialize()}

    @staticmethod
    def deserialize(json_blob: dict[str, Any]) -> State:
        """Reads what `serialize` wrote.

        Raises:
            ValueError: it is no state, or of a type that does not exist.
        """
        document = _castra.state_to_json(json_blob)
        state = object.__new__(_classes[document["type"]])
        state._read(document)
        return state

    def _read(self, document: dict[str, Any]) -> None:
        """Takes every field from a serialized state."""
        inputs = (document.get("cached_inputs") or {}).items()
        self.message = document.get("message")
        self.result = results.deserialize(document.get("_result"))
        self.context = document.get("context") or {}
        self.cached_inputs = {name: results.deserialize(result) for name, result in inputs}

    def __eq__(self, other: object) -> bool:
        """Whether type, result and times are the same; message and context do not count."""
        if not isinstance(other, State):
            return NotImplemented
        return type(self) is type(other) and self._compared() == other._compared()

    def _compared(self) -> dict[str, Any]:
        fields = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        for name in ("message", "context"):
            fields.pop(name)
        return {**fields, "result": self.result}

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"<{name}>" if self.message is None else f'<{name}: "{self.message}">'
