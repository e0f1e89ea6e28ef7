"""Fixtures of Prefect 1's tests, as far as they make sense here: executors are those that Castra has."""

import castra.prefect  # noqa: F401  (before anything that imports prefect)
import warnings

import absent
import pytest
from absent import find


def pytest_runtest_setup():
    absent.tests_run = True


@pytest.fixture(autouse=True)
def warnings_are_recorded(monkeypatch):
    """`pytest.warns(None)` recorded warnings in the pytest of that time."""
    warns = pytest.warns

    def recorded(expected=Warning, **given):
        return warns(expected, **given) if expected is not None else warnings.catch_warnings(record=True)

    monkeypatch.setattr(pytest, "warns", recorded)


@pytest.fixture()
def executor(request):
    """The executor of the parameter's name."""
    executors = find("prefect.executors")
    if request.param == "local":
        return executors.LocalExecutor()
    if request.param == "threaded_local":
        return executors.LocalDaskExecutor(scheduler="threads", num_workers=2)
    if request.param == "sync":
        return executors.LocalDaskExecutor(scheduler="sync")
    if request.param == "mproc_local":
        return executors.LocalDaskExecutor(scheduler="processes", num_workers=2)
    if request.param in ("mproc", "mthread"):
        return executors.DaskExecutor(address=request.getfixturevalue(f"dask_{request.param}").scheduler_address)
    pytest.fail(f"absent.Absent: prefect.executors: {request.param}")


@pytest.fixture(scope="session")
def dask_mproc():
    """A Dask cluster of two workers, each a process with one thread."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def dask_mthread():
    """A Dask cluster of threads of this process."""
    from distributed import LocalCluster

    with LocalCluster(processes=False, n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0") as cluster:
        yield cluster


@pytest.fixture()
def prefect_home_dir(tmp_path):
    pytest.fail("absent.Absent: prefect.config.home_dir")


def _absent(name):
    @pytest.fixture(name=name)
    def fixture():
        pytest.fail(f"absent.Absent: tests.conftest.{name}")

    return fixture


for _name in ("patch_post", "patch_posts", "cloud_api", "server_api", "backend", "running_with_backend", "clean_context"):
    globals()[_name] = _absent(_name)


@pytest.fixture(autouse=True)
def not_within_another_run():
    """Each test begins without a context, and without results that others have kept."""
    import castra
    from castra.runs import kept

    kept._KEPT.clear()

    with castra.context():
        castra.context.clear()
        yield
