"""Secrets and the tasks that give them."""

import pytest

from castra import Flow, context
from castra.client import Secret
from castra.engine.state import Failed
from castra.tasks.secrets import EnvVarSecret, PrefectSecret


def result_of(task, **given):
    return Flow("secrets", tasks=[task]).run(**given).result[task]


def test_a_secret_is_found_in_the_context_and_then_in_the_environment(monkeypatch):
    monkeypatch.setenv("CASTRA_SECRET_KEY", '{"user": "me"}')
    monkeypatch.setenv("PREFECT__CONTEXT__SECRETS__OTHER", "theirs")
    assert Secret("KEY").get() == {"user": "me"}
    assert Secret("OTHER").get() == "theirs"
    with context(secrets={"KEY": "from the context"}):
        assert Secret("KEY").get() == "from the context"


def test_a_secret_is_not_read_while_a_flow_is_written(monkeypatch):
    monkeypatch.setenv("CASTRA_SECRET_KEY", "x")
    with Flow("writing"), pytest.raises(ValueError, match="not while it is written"):
        Secret("KEY").get()


def test_a_task_gives_a_secret(monkeypatch):
    monkeypatch.setenv("CASTRA_SECRET_KEY", "x")
    assert result_of(PrefectSecret("KEY")).result == "x"
    assert isinstance(result_of(PrefectSecret("NOWHERE")), Failed)


def test_a_task_gives_an_environment_variable(monkeypatch):
    monkeypatch.setenv("PORT", "42")
    assert result_of(EnvVarSecret("PORT", cast=int)).result == 42
    assert result_of(EnvVarSecret("NOWHERE")).result is None
    assert isinstance(result_of(EnvVarSecret("NOWHERE", raise_if_missing=True)), Failed)
