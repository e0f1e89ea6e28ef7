"""Tasks on a Dask cluster: `DaskExecutor`."""

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import castra
import cloudpickle
import distributed
import pytest
from castra import Flow, task, unmapped
from castra.engine.state import Cancelled, Failed, Success, TimedOut
from castra.executors import DaskExecutor
from castra.runs.elsewhere import packing, worker
from command import PACKAGE

# The workers cannot import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


@pytest.fixture
def executor(dask_cluster):
    return DaskExecutor(address=dask_cluster.scheduler_address)


def idle(cluster):
    """Whether nothing is done on the cluster, and nothing is kept there."""
    with distributed.Client(cluster, set_as_default=False) as client:
        return not client.processing() or not any(client.processing().values())


def wait_until(is_so, within=30):
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Large:
    """Leaves a file for each process in which it is unpickled."""

    def __init__(self, folder):
        self.folder = folder
        self.content = bytes(1 << 20)

    def __setstate__(self, state):
        self.__dict__.update(state)
        (self.folder / str(os.getpid())).touch()


def test_a_large_result_stays_on_the_cluster_until_the_end_of_the_run(executor, tmp_path):
    @task
    def make():
        return Large(tmp_path)

    @task
    def seen_by(large):
        return {int(path.name) for path in tmp_path.iterdir()}

    @task
    def all_seen_by(many):
        return len(many), {int(path.name) for path in tmp_path.iterdir()}

    with Flow("large", executor=executor) as flow:
        large = make()
        first = seen_by(large)
        many = task(lambda _: Large(tmp_path), name="many").map([1, 2, 3])
        last = all_seen_by(many)
    states = flow.run().result
    assert os.getpid() not in states[first].result
    assert states[last].result[0] == 3 and os.getpid() not in states[last].result[1]
    assert isinstance(states[large].result, Large)
    assert [type(one) for one in states[many].result] == [Large] * 3


def test_a_large_result_is_fetched_where_the_engine_or_a_handler_needs_it(executor):
    heard = []

    def hear(task, old, new):
        if new.is_finished():
            heard.append(len(new.result))

    @task(state_handlers=[hear])
    def rows():
        return [bytes(100_000)] * 3

    @task
    def length(row):
        return len(row)

    @task(cache_for=timedelta(hours=1), cache_key="of test_cluster")
    def count(rows):
        return len(rows)

    with Flow("mapped", executor=executor) as flow:
        made = rows()
        lengths = length.map(made)
        counted = count(made)
    states = flow.run().result
    assert states[lengths].result == [100_000] * 3
    assert states[counted].result == 3
    assert heard == [3]


PICKLED = []


class Counted:
    """Counts in the process of the flow how often it is pickled."""

    def __init__(self):
        self.content = bytes(1 << 20)

    def __getstate__(self):
        PICKLED.append(os.getpid())
        return self.__dict__


def test_a_large_value_for_many_attempts_is_sent_to_the_cluster_once(executor):
    @task
    def length(number, large):
        return number + len(large.content)

    with Flow("shared", executor=executor) as flow:
        lengths = length.map(list(range(50)), large=unmapped(Counted()))
    PICKLED.clear()
    assert flow.run().result[lengths].result == [number + (1 << 20) for number in range(50)]
    assert PICKLED == [os.getpid()] * 2


def test_a_large_task_is_sent_to_the_cluster_once(executor, monkeypatch):
    content = bytes(1 << 20)

    @task
    def length(number):
        return number + len(content)

    submitted = []
    submit = distributed.Client.submit

    def measured(client, function, *args, **options):
        submitted.append(sum(len(arg) for arg in args if isinstance(arg, bytes)))
        return submit(client, function, *args, **options)

    monkeypatch.setattr(distributed.Client, "submit", measured)
    with Flow("large", executor=executor) as flow:
        lengths = length.map(list(range(50)))
    assert flow.run().is_successful()
    assert sum(submitted) < 2 * len(content)


def test_the_time_of_a_task_begins_when_its_worker_begins_it(executor):
    @task(timeout=3)
    def nap(number):
        time.sleep(1)

    with Flow("one after the other", executor=executor) as flow:
        nap.map(list(range(8)))
    assert isinstance(flow.run(), Success)


def test_a_timeout_interrupts_the_task_on_its_worker(executor, tmp_path, dask_cluster):
    cleaned_up = tmp_path / "cleaned up"

    @task(timeout=3)
    def wait():
        try:
            while True:
                time.sleep(0.01)
        except KeyboardInterrupt:
            cleaned_up.touch()
            raise

    @task
    def after():
        return "went on"

    with Flow("waiting", executor=executor) as flow:
        waited = wait()
        went_on = [after(upstream_tasks=[each]) for each in (1, 2)]
    states = flow.run().result
    assert isinstance(states[waited], TimedOut)
    assert [states[each].result for each in went_on] == ["went on", "went on"]
    wait_until(cleaned_up.exists)


def test_an_attempt_that_is_given_up_on_its_way_to_a_worker_does_not_begin(monkeypatch):
    told = []
    this_worker = SimpleNamespace(log_event=lambda topic, what: told.append(what))
    monkeypatch.setattr(distributed, "get_worker", lambda: this_worker)
    of = worker.Shipment("a topic", 7)
    worker.interrupt([of])
    assert worker.make(of, packing.surroundings(), b"", [])[:2] == ("Failed", "The task was interrupted.")
    assert told == []


def test_a_worker_that_dies_is_a_failure_that_says_so_and_can_be_retried(executor):
    @task(max_retries=1, retry_delay=timedelta(0))
    def dies_once():
        if castra.context.task_run_count == 1:
            os._exit(1)
        return "alive"

    @task
    def dies():
        os._exit(1)

    with Flow("dying", executor=executor) as flow:
        alive = dies_once()
        dead = dies(upstream_tasks=[alive])
    states = flow.run().result
    assert states[alive].result == "alive"
    assert isinstance(states[dead], Failed)
    assert states[dead].message.startswith("The Dask worker that ran the task died (out of memory?): tcp://127.0.0.1:")


def dask_process(*arguments):
    """Dask's own command."""
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def dask_processes(tmp_path):
    """A scheduler and a worker as people start them: their address, and the processes."""
    told = tmp_path / "scheduler.json"
    scheduler = dask_process("scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", told)
    dask_worker = None
    try:
        wait_until(told.exists)
        dask_worker = dask_process("worker", "--scheduler-file", told, "--no-dashboard", "--nthreads", 2, "--resources", "GPU=1")
        with distributed.Client(scheduler_file=str(told), set_as_default=False) as client:
            client.wait_for_workers(1, timeout=30)
            yield client.scheduler.address, scheduler
    finally:
        for process in (dask_worker, scheduler):
            if process is not None:
                process.kill()
                process.wait()


def test_a_cluster_that_is_there_is_used_by_its_address(dask_processes):
    @task
    def double(x):
        return 2 * x

    @task(tags=["dask-resource:GPU=1"])
    def add_up(numbers):
        return sum(numbers)

    with Flow("there", executor=DaskExecutor(address=dask_processes[0])) as flow:
        sum_of_all = add_up(double.map(list(range(50))))
    assert flow.run().result[sum_of_all].result == 2450


def test_a_scheduler_that_goes_away_is_a_failure_and_not_a_wait_for_ever(dask_processes, tmp_path):
    address, scheduler = dask_processes
    begun = tmp_path / "begun"

    @task
    def wait():
        begun.touch()
        time.sleep(60)

    def kill_when_begun(task, old, new):
        if new.is_running():
            os.spawnlp(os.P_NOWAIT, "sh", "sh", "-c", f"until [ -e {begun} ]; do sleep 0.05; done; kill -9 {scheduler.pid}")

    wait.state_handlers.append(kill_when_begun)
    with Flow("lost", executor=DaskExecutor(address=address, client_kwargs={"timeout": 2})) as flow:
        lost = wait()
    state = flow.run().result[lost]
    assert isinstance(state, Failed)
    assert state.message.startswith("The task was lost: the Dask scheduler has cancelled it, or cannot be reached")


def test_what_others_do_on_the_cluster_does_not_end_the_run(executor, dask_cluster, tmp_path):
    begun, replicated = tmp_path / "begun", tmp_path / "replicated"

    @task
    def wait():
        begun.touch()
        deadline = time.monotonic() + 30
        while not replicated.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def replicate():
        wait_until(begun.exists)
        with distributed.Client(dask_cluster, set_as_default=False) as other:
            # The scheduler makes an event of this that it cannot send.
            other.replicate(other.scatter([1], hash=False))
        replicated.touch()

    with Flow("waiting", executor=executor) as flow:
        wait()
    other = threading.Thread(target=replicate)
    other.start()
    assert flow.run().is_successful()
    other.join()


def test_a_tag_for_a_resource_says_how_much(executor):
    @task(tags=["dask-resource:GPU"])
    def compute():
        pass

    with Flow("tagged", executor=executor) as flow:
        computed = compute()
    message = flow.run().result[computed].message
    assert "the tag 'dask-resource:GPU' of the task 'compute' says no amount: write dask-resource:GPU=1" in message


WAITING = r"""
    import os, sys, time
    from castra import Flow, task
    from castra.executors import DaskExecutor

    @task
    def wait(x):
        try:
            while True:
                open(f"{sys.argv[2]}/begun", "w").close()
                time.sleep(0.01)
        except KeyboardInterrupt:
            open(f"{sys.argv[2]}/interrupted", "w").close()
            raise

    if __name__ == "__main__":
        with Flow("waiting", executor=DaskExecutor(address=sys.argv[1])) as flow:
            wait.map(list(range(10)))
        try:
            flow.run()
        except KeyboardInterrupt:
            print("ended", flush=True)
"""


def test_ctrl_c_cancels_what_waits_and_interrupts_what_runs_on_the_cluster(dask_cluster, tmp_path):
    script = tmp_path / "flow.py"
    script.write_text(textwrap.dedent(WAITING).replace("sys.argv[2]", repr(str(tmp_path))))
    process = subprocess.Popen(
        [sys.executable, script, dask_cluster.scheduler_address],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until((tmp_path / "begun").exists)
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=30)
        assert said.split() == ["ended"], errors
        wait_until((tmp_path / "interrupted").exists)
        wait_until(lambda: idle(dask_cluster))
    finally:
        process.kill()


def test_a_cluster_of_its_own_is_started_for_each_run_and_grows_with_what_there_is_to_do(caplog):
    executor = DaskExecutor(
        cluster_class="distributed.LocalCluster",
        cluster_kwargs={"n_workers": 0, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": False},
        adapt_kwargs={"maximum": 2},
        watch_worker_status=True,
    )

    @task
    def where(x):
        time.sleep(1.5)
        return os.getpid()

    with Flow("own", executor=executor) as flow:
        places = where.map([1, 2, 3])
    pids = set(flow.run().result[places].result)
    assert os.getpid() not in pids
    assert executor.client is None
    assert "came" in caplog.text


FLOW = """
    import castra, os, time
    from castra import Flow, task
    from castra.executors import DaskExecutor

    executor = DaskExecutor(cluster_kwargs={"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"})

    @task(task_run_name="use {number}", log_stdout=True)
    def use(number):
        print("using", number)
        return os.getpid()

    @task
    def check(pids):
        assert castra.context.flow_run_name and os.getppid() not in pids

    @task
    def forever(path):
        with open(path, "w") as file:
            file.write(str(os.getpid()))
        while True:
            time.sleep(0.01)

    with Flow("on dask", executor=executor) as flow:
        check(use.map([1, 2]))

    with Flow("for ever on dask", executor=executor) as endless:
        forever(castra.Parameter("path"))
"""

TOLD = """query($run: uuid!) {
    task_run(where: {flow_run_id: {_eq: $run}}, order_by: [{task: {slug: asc}}, {map_index: asc}]) {
        map_index state name task { slug }
    }
    log(where: {flow_run_id: {_eq: $run}}, order_by: {timestamp: asc}) { name message }
}"""


@pytest.fixture(scope="module")
def registered(castra, tmp_path_factory):
    path = tmp_path_factory.mktemp("flows") / "flows.py"
    path.write_text(textwrap.dedent(FLOW))
    castra("register", path, "--project", "demo")
    return castra


def create(castra, name, **given):
    query = "query($name: String!) { flow(where: {name: {_eq: $name}}) { id } }"
    flow = castra.client.graphql(query, {"name": name})["data"]["flow"][0]["id"]
    return castra.client.create_flow_run(flow_id=flow, **given)


def test_an_agent_starts_a_flow_run_whose_tasks_are_done_on_a_cluster(registered):
    flow_run = create(registered, "on dask")
    assert isinstance(registered.client.wait_for_flow_run(flow_run, poll_interval=0.05), Success)
    told = registered.client.graphql(TOLD, {"run": flow_run})["data"]
    assert [(each["task"]["slug"], each["map_index"], each["state"], each["name"]) for each in told["task_run"]] == [
        ("[1, 2]-1", -1, "Success", None),
        ("check-1", -1, "Success", None),
        ("use-1", -1, "Mapped", None),
        ("use-1", 0, "Success", "use 1"),
        ("use-1", 1, "Success", "use 2"),
    ]
    assert {("use", "using 1"), ("use", "using 2")} <= {(line["name"], line["message"]) for line in told["log"]}


def test_a_flow_run_that_is_cancelled_ends_its_cluster(registered, tmp_path):
    begun = tmp_path / "begun"
    flow_run = create(registered, "for ever on dask", parameters={"path": str(begun)})
    wait_until(lambda: begun.exists() and begun.read_text())
    assert registered.client.cancel_flow_run(flow_run)
    assert isinstance(registered.client.wait_for_flow_run(flow_run, poll_interval=0.05), Cancelled)
    wait_until(lambda: not Path(f"/proc/{begun.read_text()}").exists())


def test_what_cannot_be_done_is_said():
    with pytest.raises(ValueError, match="the `address` of a cluster that is there, or a cluster to start: not both"):
        DaskExecutor(address="tcp://127.0.0.1:1", cluster_class=distributed.LocalCluster)
    with pytest.raises(ValueError, match="names no class: 'distributed.LocalClutser'"):
        DaskExecutor(cluster_class="distributed.LocalClutser")
    with Flow("nowhere", executor=DaskExecutor("tcp://127.0.0.1:1", client_kwargs={"timeout": 1})) as flow:
        task(lambda: 1, name="one")()
    with pytest.raises(ConnectionError, match="no Dask scheduler answers at tcp://127.0.0.1:1"):
        flow.run()


def test_without_dask_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'castra\[dask\]'"):
        DaskExecutor()


def test_it_has_the_attributes_of_prefects():
    executor = DaskExecutor(cluster_kwargs={"n_workers": 2}, debug=True, performance_report_path="nowhere.html")
    assert executor.address is None
    assert executor.cluster_class is distributed.LocalCluster
    assert executor.cluster_kwargs == {"n_workers": 2, "silence_logs": 30}
    assert executor.client_kwargs == {"set_as_default": False}
    assert executor.performance_report == ""
    again = pickle.loads(pickle.dumps(executor))
    assert (again.cluster_class, again.cluster_kwargs, again.client) == (distributed.LocalCluster, executor.cluster_kwargs, None)


def test_without_dask_it_is_said_how_to_have_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ModuleNotFoundError, match=r"`distributed` is not installed here, .* pip install 'castra\[dask\]'"):
        DaskExecutor()
