"""States have the families, constructors, answers and serialized form of those of the real prefect 1.4.1."""

import inspect

from castra.engine import state as states
from castra.engine.result import Result


def without_versions(document):
    """What two programs write at two times: versions and the present instant are left out."""
    if isinstance(document, dict):
        left_out = ("__version__", "start_time")
        return {name: without_versions(value) for name, value in document.items() if name not in left_out}
    return document


def test_states_are_those_of_prefect(prefect):
    described = prefect("states.py")
    assert {name for name, *_ in described} == {kind.__name__ for kind in states.State.children()}
    for name, parents, parameters, document, answers in described:
        kind = getattr(states, name)
        state = kind("message", result=Result(5, location="there"), context={"tags": ["a"]})
        assert kind.parents(names_only=True) == parents
        assert list(inspect.signature(kind).parameters) == parameters, name
        assert without_versions(state.serialize()) == without_versions(document)
        assert set(state.serialize()) == set(document)
        assert {question: getattr(state, question)() for question in answers} == answers, name
