"""Executors that do several tasks at the same time, on this machine or on a Dask cluster."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from castra._extras import needed
from castra.executors.base import Executor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.runs.elsewhere.site import Site

#: What the schedulers are called, by the names that each has.
_SCHEDULERS = {
    "threads": "threads",
    "threading": "threads",
    "processes": "processes",
    "multiprocessing": "processes",
    "sync": "synchronous",
    "synchronous": "synchronous",
    "single-threaded": "synchronous",
}


class LocalDaskExecutor(Executor):
    """Several tasks at the same time on this machine; Castra's engine does the work, and Dask is not needed.

    Args:
        scheduler: ``threads`` of this process; ``processes`` of their own, for tasks that compute in Python, which travel there
            and back as pickles; or ``synchronous``, one task after the other.
        num_workers: how many threads or processes; unless given, as many as there are processors.

    Raises:
        ValueError: there is no such scheduler, or no worker.
        TypeError: an argument is none of these.
    """

    def __init__(self, scheduler: str = "threads", num_workers: int | None = None, **kwargs: Any):
        if kwargs:
            raise TypeError(f"LocalDaskExecutor takes `scheduler` and `num_workers`, not {', '.join(sorted(kwargs))}")
        self.scheduler = _scheduler(scheduler)
        if num_workers is not None and num_workers < 1:
            raise ValueError(f"LocalDaskExecutor.num_workers cannot be {num_workers}: give 1 or more")
        self.num_workers = num_workers

    @property
    def concurrency(self) -> int:  # type: ignore[override]
        """How many tasks run at the same time."""
        return 1 if self.scheduler == "synchronous" else self.num_workers or os.cpu_count() or 1

    @property
    def threads(self) -> int:  # type: ignore[override]
        """On how many threads besides the one that runs the flow."""
        return self.concurrency if self.scheduler == "threads" else 0

    @contextmanager
    def start(self) -> Iterator[Site | None]:
        """For as long as a run lasts, the processes, if there are to be any."""
        if self.scheduler != "processes":
            yield None
            return
        from castra.runs.elsewhere.processes import Processes

        processes = Processes(self.concurrency)
        try:
            yield processes
        finally:
            processes.close()

    def __repr__(self) -> str:
        return f"LocalDaskExecutor(scheduler={self.scheduler!r}, num_workers={self.num_workers})"


def _scheduler(name: str) -> str:
    try:
        return _SCHEDULERS[name.lower()]
    except KeyError:
        known = ", ".join(dict.fromkeys(_SCHEDULERS.values()))
        raise ValueError(f"LocalDaskExecutor.scheduler cannot be {name!r}: it is one of {known}") from None


class DaskExecutor(Executor):
    """Tasks are done on a Dask cluster, for those who outgrow one machine. Castra's engine decides in the process of the flow what is
    done when; each attempt is a Dask task.

    A tag ``dask-resource:KEY=NUMBER`` of a task has it done where there is so much of that worker resource.

    Args:
        address: a scheduler that is there, such as ``tcp://10.0.0.5:8786``. Without it a cluster is started for each run, and
            closed at its end.
        cluster_class: what that cluster is: a class, or its name with its module; ``distributed.LocalCluster`` unless given.
        cluster_kwargs: arguments of the class.
        adapt_kwargs: arguments of the cluster's ``adapt``, if it is to grow and shrink with what there is to do.
        client_kwargs: arguments of ``distributed.Client``.
        debug: whether a ``LocalCluster`` logs warnings.
        performance_report_path: a file for Dask's report of each run; see ``distributed.performance_report``.
        disable_cancellation_event: Prefect's; here there is no such event, as attempts are cancelled one by one.
        watch_worker_status: whether it is logged that workers come and go; unless given, it is where ``adapt_kwargs`` are not.

    Raises:
        ValueError: both an address and a cluster are given, or ``cluster_class`` names none.
        ModuleNotFoundError: ``distributed`` is not installed; a run with an address raises it when it starts.
    """

    #: As many Dask tasks as an adaptive cluster needs to see how far it has to grow.
    concurrency = 4096

    def __init__(
        self,
        address: str | None = None,
        cluster_class: str | Callable[..., Any] | None = None,
        cluster_kwargs: Mapping[str, Any] | None = None,
        adapt_kwargs: Mapping[str, Any] | None = None,
        client_kwargs: Mapping[str, Any] | None = None,
        debug: bool | None = None,
        performance_report_path: str | None = None,
        disable_cancellation_event: bool = False,
        watch_worker_status: bool | None = None,
    ):
        if address is not None and (cluster_class is not None or cluster_kwargs is not None):
            raise ValueError("DaskExecutor takes the `address` of a cluster that is there, or a cluster to start: not both")
        self.address = address
        self.cluster_class: Any = None
        self.cluster_kwargs: dict[str, Any] | None = None
        if address is None:
            self.cluster_class = _cluster_class(cluster_class)
            self.cluster_kwargs = dict(cluster_kwargs or {})
            if self.cluster_class is _distributed().LocalCluster:
                # Logging's WARNING and CRITICAL.
                self.cluster_kwargs.setdefault("silence_logs", 30 if debug else 50)
        self.adapt_kwargs = dict(adapt_kwargs or {}) if adapt_kwargs or address is None else None
        self.client_kwargs = {"set_as_default": False, **(client_kwargs or {})}
        self.debug = debug
        self.performance_report_path = performance_report_path
        self.disable_cancellation_event = disable_cancellation_event
        self.watch_worker_status = watch_worker_status
        #: The client, as long as a run lasts.
        self.client: Any = None

    @contextmanager
    def start(self) -> Iterator[Site | None]:
        """For as long as a run lasts, the cluster.

        Raises ``ConnectionError`` if no scheduler answers.
        """
        from castra.runs.elsewhere.arrivals import Arrivals
        from castra.runs.elsewhere.cluster import Cluster

        with ExitStack() as entered:
            self.client = self._client(entered)
            entered.callback(setattr, self, "client", None)
            if self.performance_report_path is not None:
                entered.enter_context(self.client.as_current())
                entered.enter_context(_distributed().performance_report(self.performance_report_path))
            cluster = Cluster(self.client)
            entered.callback(cluster.close)
            if self.watch_worker_status or (self.watch_worker_status is None and not self.adapt_kwargs):
                entered.callback(Arrivals(self.client, self.logger).close)
            yield cluster

    def _client(self, entered: ExitStack) -> Any:
        distributed = _distributed()
        if self.address is None:
            self.logger.info("Starting a Dask cluster for this run: %s", self.cluster_class.__name__)
            cluster = entered.enter_context(self.cluster_class(**(self.cluster_kwargs or {})))
            if getattr(cluster, "dashboard_link", None):
                self.logger.info("Its dashboard: %s", cluster.dashboard_link)
            if self.adapt_kwargs:
                cluster.adapt(**self.adapt_kwargs)
            return entered.enter_context(distributed.Client(cluster, **self.client_kwargs))
        try:
            return entered.enter_context(distributed.Client(self.address, **self.client_kwargs))
        except OSError as error:
            raise ConnectionError(
                f"no Dask scheduler answers at {self.address}: {error}. Is DaskExecutor.address right, and can this machine reach it?"
            ) from error

    @property
    def performance_report(self) -> str:
        """Dask's report of the last run, as HTML; empty if there is none."""
        try:
            with open(self.performance_report_path or "", encoding="utf-8") as file:
                return file.read()
        except OSError:
            return ""

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "client": None}

    def __repr__(self) -> str:
        where = repr(self.address) if self.cluster_class is None else self.cluster_class.__name__
        return f"<DaskExecutor: {where}>"


def _cluster_class(cluster: str | Callable[..., Any] | None) -> Any:
    if cluster is None:
        return _distributed().LocalCluster
    if not isinstance(cluster, str):
        return cluster
    module, _, name = cluster.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f"DaskExecutor.cluster_class names no class: {cluster!r} ({error}); write it as `distributed.LocalCluster`"
        ) from error


def _distributed() -> Any:
    return needed("distributed", "dask")
