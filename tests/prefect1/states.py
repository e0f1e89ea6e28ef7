"""Prints what prefect 1.4.1 does with states, one JSON array per line: name, parents, constructor, serialized form, answers."""

import inspect
import json

from prefect.engine.result import Result
from prefect.engine.state import State

QUESTIONS = sorted(name for name in dir(State) if name.startswith("is_"))


def described(kind):
    state = kind("message", result=Result(5, location="there"), context={"tags": ["a"]})
    document = state.serialize() if kind is not State else None
    parameters = list(inspect.signature(kind).parameters)
    return [kind.__name__, kind.parents(names_only=True), parameters, document, {q: getattr(state, q)() for q in QUESTIONS}]


if __name__ == "__main__":
    for kind in State.children():
        print(json.dumps(described(kind)))
