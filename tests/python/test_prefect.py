"""`import castra.prefect`: `prefect` means Castra. Each test has a Python of its own."""

import subprocess
import sys
import textwrap

import pytest


def run(script: str, *path) -> subprocess.CompletedProcess:
    """Runs a script with the package, and with `path` before everything else."""
    import os

    places = [*map(str, path), *filter(None, sys.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], env=environment, capture_output=True, text=True, timeout=60
    )


def succeeds(script: str, *path) -> None:
    finished = run(script, *path)
    assert finished.returncode == 0, finished.stderr


@pytest.fixture
def real(tmp_path):
    """A place where the real package is installed."""
    (tmp_path / "prefect").mkdir()
    (tmp_path / "prefect/__init__.py").write_text("Flow = 'the real one'\n")
    return tmp_path


def test_modules_of_prefect_are_those_of_castra():
    succeeds("""
        import castra.prefect
        import prefect.run_configs, castra.run_configs
        from prefect.run_configs import LocalRun
        from prefect.engine import state
        assert prefect is castra
        assert prefect.run_configs is castra.run_configs and LocalRun is castra.run_configs.LocalRun
        assert state.Failed.__module__ == "castra.engine.state.finished"
    """)


def test_modules_need_not_be_imported_one_by_one():
    succeeds("""
        import castra.prefect
        import prefect
        assert prefect.engine.state.Success().is_successful()
    """)


def test_castra_keeps_its_own_names():
    succeeds("""
        import castra.prefect
        import prefect.engine.state
        import castra.engine.state
        assert castra.engine.state.__name__ == castra.engine.state.__spec__.name == "castra.engine.state"
    """)


def test_the_real_package_is_not_looked_at(real):
    succeeds("import castra.prefect, prefect; assert prefect is castra", real)
    succeeds("import castra, prefect; assert prefect.Flow == 'the real one'", real)


def test_a_real_package_that_is_imported_already_is_told_of(real):
    finished = run("import prefect, castra.prefect", real)
    assert finished.returncode == 1
    assert f"ImportError: the real prefect is imported already, from {real}/prefect/__init__.py" in finished.stderr


def test_what_castra_does_not_have_is_told_of():
    finished = run("import castra.prefect; import prefect.tasks.snowflake")
    assert "ModuleNotFoundError: No module named 'prefect.tasks" in finished.stderr
    assert "`prefect` means Castra here" in finished.stderr
    finished = run("import castra.prefect; from prefect import models")
    assert "ImportError: cannot import name 'models' from 'castra'" in finished.stderr


def test_times_are_of_pendulum_where_it_is_installed():
    succeeds("""
        import castra.prefect
        from datetime import datetime, timedelta
        import prefect
        from prefect import DateTimeParameter, Flow, task
        from prefect.schedules import IntervalSchedule

        @task
        def days(at):
            return prefect.context.scheduled_start_time.add(days=1).to_date_string(), at.in_timezone("Europe/Berlin").hour

        with Flow("days") as flow:
            told = days(DateTimeParameter("at"))
        state = flow.run(at="2026-01-01T12:00:00Z", context={"scheduled_start_time": datetime(2026, 2, 28)})
        assert state.result[told].result == ("2026-03-01", 13), state.result[told]
        (start,) = IntervalSchedule(interval=timedelta(hours=1)).next(1)
        assert start.add(hours=1) > start
    """)


def test_times_are_datetimes_where_it_is_not(tmp_path):
    (tmp_path / "pendulum.py").write_text("raise ImportError('not installed')\n")
    succeeds(
        """
        import castra.prefect
        from datetime import datetime, timedelta
        from prefect.schedules import IntervalSchedule
        assert type(IntervalSchedule(interval=timedelta(hours=1)).next(1)[0]) is datetime
        """,
        tmp_path,
    )
