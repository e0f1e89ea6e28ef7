"""What makes attempts elsewhere: processes of this machine, and a Dask cluster."""

import dask
import pytest
from castra.executors import DaskExecutor, LocalDaskExecutor
from distributed import LocalCluster


@pytest.fixture(scope="session")
def dask_cluster():
    """A cluster of two workers, each a process with one thread; a task whose worker dies is not tried by Dask again."""
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=False) as cluster:
            yield cluster


@pytest.fixture(params=["processes", "dask"])
def executor(request):
    """An executor that makes attempts elsewhere, two at a time."""
    if request.param == "processes":
        return LocalDaskExecutor(scheduler="processes", num_workers=2)
    return DaskExecutor(address=request.getfixturevalue("dask_cluster").scheduler_address)
