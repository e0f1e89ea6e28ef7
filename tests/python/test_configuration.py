"""Settings: from a file, over it from the environment, and what Castra heeds of them."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from castra import Flow, Task, config, context, task
from castra.client import Secret
from castra.configuration import load
from castra.utilities.configuration import set_temporary_config


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('[mine]\nplace = "there"\nsizes = [1, 2]\n[tasks.defaults]\nmax_retries = 2\nretry_delay = 5\n')
    return path


def test_the_environment_is_over_the_file_and_the_file_over_the_defaults(file):
    settings = load({"PREFECT__USER_CONFIG_PATH": str(file), "PREFECT__MINE__PLACE": "here", "PREFECT__MINE__IS_BIG": "True"})
    assert settings.mine.to_dict() == {"place": "here", "sizes": [1, 2], "is_big": True}
    assert settings["tasks"].defaults.max_retries == 2
    assert settings.logging.level == "INFO"
    with pytest.raises(AttributeError, match="there is no `other`: there is context"):
        settings.other


def test_secrets_are_settings_that_are_not_shown():
    settings = load({"PREFECT__CONTEXT__SECRETS__Token": "hidden"})
    assert settings.context.secrets.Token == "hidden"
    assert "hidden" not in repr(settings.context.secrets)
    with set_temporary_config({"context.secrets.Token": "hidden"}):
        assert Secret("Token").get() == "hidden"


def test_a_file_that_cannot_be_read_is_named(file):
    file.write_text("[mine")
    with pytest.raises(ValueError, match=f"the settings in {file} cannot be read"):
        load({"PREFECT__USER_CONFIG_PATH": str(file)})


def test_tasks_have_the_defaults_of_the_settings():
    with set_temporary_config({"tasks.defaults.max_retries": 3, "tasks.defaults.retry_delay": 2, "tasks.defaults.timeout": 4}):
        patient = Task()
        assert (patient.max_retries, patient.retry_delay, patient.timeout) == (3, timedelta(seconds=2), 4)
        assert Task(max_retries=0).max_retries == 0
    assert (Task().max_retries, Task().retry_delay, Task().timeout) == (0, None, None)


def test_tasks_read_the_settings_in_their_context():
    read = task(lambda: (context.config.mine, context.greeting), name="read")
    with Flow("settings") as flow:
        told = read()
    with set_temporary_config({"mine": 7, "context.greeting": "hello"}):
        assert flow.run().result[told].result == (7, "hello")
    with context(config={"logging": {"other": 1}}):
        assert (context.config.logging.other, context.config.logging.level) == (1, config.logging.level)


@pytest.mark.parametrize(("level", "told"), [("DEBUG", ["fine", "plain"]), ("INFO", ["plain"])])
def test_the_level_of_the_logs_is_a_setting(level, told):
    script = "import castra; log = castra.get_logger('x'); log.debug('fine'); log.info('plain')"
    environment = {**os.environ, "PREFECT__LOGGING__LEVEL": level, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    finished = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert [line.split()[-1] for line in finished.stderr.splitlines()] == told
