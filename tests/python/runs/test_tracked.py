"""Flows of Python files, registered with a server and run by a local agent: what the server is told of them."""

import itertools
import socket
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from castra.engine.state import Cancelled, Failed, Success

FLOW = """
    import time
    from datetime import timedelta
    import castra
    from castra import Flow, Parameter, task
    from castra.engine.state import Failed, Success
    from castra.engine.results import LocalResult
    from castra.engine.signals import PAUSE
    from castra.executors import LocalDaskExecutor
    from castra.triggers import manual_only
    from castra.utilities.tasks import pause_task
    from castra.tasks.prefect import create_flow_run, wait_for_flow_run

    @task(log_stdout=True)
    def numbers(count):
        print("counting to", count)
        return [object() for _ in range(count)]

    @task(task_run_name="use {map_index} in {flow_name}")
    def use(thing):
        castra.context.logger.warning("used %s", castra.context.map_index)

    @task(max_retries=1, retry_delay=timedelta(0))
    def second_time():
        if castra.context.task_run_count == 1:
            raise ValueError("not yet")

    @task
    def fail():
        raise KeyError("missing")

    @task
    def forever(x=0):
        while True:
            time.sleep(0.01)

    @task(name="forever")
    def sleep():
        time.sleep(3600)

    with Flow("all well") as well:
        use.map(numbers(Parameter("count", default=2)))
        second_time()

    with Flow("threads", executor=LocalDaskExecutor(num_workers=2)) as threads:
        use.map(numbers(2))

    with Flow("processes", executor=LocalDaskExecutor("processes", num_workers=2)) as processes:
        use.map(numbers(Parameter("count", default=2)))
        second_time()
        fail()

    def tell(flow, old, new):
        castra.get_logger().info("%s: %s to %s", flow.name, type(old).__name__, type(new).__name__)

    def make_good(flow, state, reference_states):
        return Success("made good") if {type(each) for each in reference_states} == {Failed} else None

    with Flow("handled", state_handlers=[tell], terminal_state_handler=make_good) as handled:
        fail()

    with Flow("failing") as failing:
        fail()

    with Flow("parent") as parent:
        child = create_flow_run(flow_name="all well", project_name="demo", parameters={"count": 1})
        wait_for_flow_run(child, raise_final_state=True)

    with Flow("parent of nobody") as parent_of_nobody:
        create_flow_run(flow_name="nobody")

    @task
    def figures():
        castra.context.logger.info("figures are made")
        return 21

    @task(result=LocalResult(dir="RESULTS"))
    def expensive(x):
        castra.context.logger.info("something expensive is made")
        return x + 1

    @task
    def ask(x):
        if not castra.context.get("resume"):
            raise PAUSE(f"publish {x}?")
        return x

    @task(trigger=manual_only)
    def publish(x):
        castra.context.logger.info("%s is published", x)

    with Flow("approval") as approval:
        publish(ask(expensive(figures())))

    @task
    def later():
        pause_task(duration=timedelta(seconds=0.5))

    with Flow("later") as paused_for_a_moment:
        later()

    with Flow("endless") as endless:
        forever()

    with Flow("asleep") as asleep:
        sleep()

    with Flow("asleep in threads", executor=LocalDaskExecutor(num_workers=2)) as asleep_in_threads:
        sleep()

    with Flow("asleep in processes", executor=LocalDaskExecutor("processes", num_workers=2)) as asleep_in_processes:
        sleep()

    with Flow("endless in threads", executor=LocalDaskExecutor(num_workers=2)) as endless_in_threads:
        forever.map([1, 2])

    if __name__ == "__main__":
        print(well.register(project_name="demo"))
"""

TASK_RUNS = """query($run: uuid!) {
    task_run(where: {flow_run_id: {_eq: $run}}, order_by: [{task: {slug: asc}}, {map_index: asc}]) {
        map_index state name task { slug }
    }
    log(where: {flow_run_id: {_eq: $run}}, order_by: {timestamp: asc}) { level name message }
}"""


@pytest.fixture(scope="module")
def flow_file(castra, tmp_path_factory):
    path = tmp_path_factory.mktemp("flows") / "flows.py"
    path.write_text(textwrap.dedent(FLOW).replace("RESULTS", str(path.parent / "results")))
    castra("register", path, "--project", "demo")
    return path


def create(castra, name, **given):
    data = castra.client.graphql(
        'query($name: String!) { flow(where: {name: {_eq: $name}, archived: {_eq: false}}) { id } }', {"name": name}
    )["data"]
    return castra.client.create_flow_run(flow_id=data["flow"][0]["id"], **given)


def run(castra, name, **given):
    """Runs a flow to its end: its last state, its task runs and its logs."""
    flow_run = create(castra, name, **given)
    state = castra.client.wait_for_flow_run(flow_run, poll_interval=0.05)
    told = castra.client.graphql(TASK_RUNS, {"run": flow_run})["data"]
    task_runs = [(each["task"]["slug"], each["map_index"], each["state"]) for each in told["task_run"]]
    return state, task_runs, [(line["level"], line["name"], line["message"]) for line in told["log"]]


def states(castra, flow_run, slug):
    """The states of a task's runs."""
    told = castra.client.graphql(TASK_RUNS, {"run": flow_run})["data"]["task_run"]
    return [each["state"] for each in told if each["task"]["slug"] == slug]


def test_the_server_is_told_of_every_task_run_and_of_what_is_logged(castra, flow_file):
    state, task_runs, logs = run(castra, "all well", parameters={"count": 3})
    assert isinstance(state, Success)
    assert task_runs == [
        ("count", -1, "Success"),
        ("numbers-1", -1, "Success"),
        ("second_time-1", -1, "Success"),
        ("use-1", -1, "Mapped"),
        ("use-1", 0, "Success"),
        ("use-1", 1, "Success"),
        ("use-1", 2, "Success"),
    ]
    assert ("INFO", "numbers", "counting to 3") in logs
    assert [message for level, _, message in logs if level == "WARNING"] == ["used 0", "used 1", "used 2"]


def test_task_runs_have_the_names_that_tasks_give_them(castra, flow_file):
    flow_run = create(castra, "all well")
    castra.client.wait_for_flow_run(flow_run, poll_interval=0.05)
    told = castra.client.graphql(TASK_RUNS, {"run": flow_run})["data"]["task_run"]
    assert {each["name"] for each in told} == {None, "use 0 in all well", "use 1 in all well"}


def test_a_failure_is_told_with_its_traceback(castra, flow_file):
    state, task_runs, logs = run(castra, "failing")
    assert isinstance(state, Failed)
    assert task_runs == [("fail-1", -1, "Failed")]
    ((level, name, message),) = logs
    assert (level, name) == ("ERROR", "fail")
    assert f'File "{flow_file}"' in message and message.endswith("KeyError: 'missing'")


def test_handlers_of_a_flow_hear_of_its_states_and_may_change_its_end(castra, flow_file):
    state, _, logs = run(castra, "handled")
    assert (type(state), state.message) == (Success, "made good")
    heard = [message for level, _, message in logs if level == "INFO"]
    assert heard == ["handled: Pending to Running", "handled: Running to Success"]


def paused(castra, flow_run, slug):
    """The id of the task's run, once that is paused and the process of the flow run has ended, and what the flow run waits for."""
    query = """query($run: uuid!, $slug: String!) {
        task_run(where: {flow_run_id: {_eq: $run}, state: {_eq: "Paused"}, task: {slug: {_eq: $slug}}}) { id }
        launch(where: {flow_run_id: {_eq: $run}, ended_at: {_is_null: true}}) { id }
    }"""
    deadline = time.monotonic() + 30
    while True:
        told = castra.client.graphql(query, {"run": flow_run, "slug": slug})["data"]
        if told["task_run"] and not told["launch"]:
            break
        assert time.monotonic() < deadline, told
        time.sleep(0.02)
    # Fields of one query are not read at one moment.
    why = castra.client.graphql("query($run: uuid!) { why(flow_run_id: $run) { waiting_for } }", {"run": flow_run})["data"]["why"]
    return told["task_run"][0]["id"], why["waiting_for"]


def resume(castra, task_run):
    mutation = "mutation($input: set_task_run_states_input!) { set_task_run_states(input: $input) { states { status } } }"
    states = [{"task_run_id": task_run, "state": {"type": "Resume", "message": "approved"}}]
    castra.client.graphql(mutation, {"input": {"states": states}})


def test_a_run_waits_without_a_process_and_goes_on_when_its_tasks_are_resumed(castra, flow_file):
    flow_run = create(castra, "approval")
    asked, waiting_for = paused(castra, flow_run, "ask-1")
    assert waiting_for == "somebody to resume its task `ask`"
    assert states(castra, flow_run, "publish-1") == []

    resume(castra, asked)
    publish, waiting_for = paused(castra, flow_run, "publish-1")
    assert waiting_for == "somebody to resume its task `publish`"

    resume(castra, publish)
    state = castra.client.wait_for_flow_run(flow_run, poll_interval=0.05)
    assert isinstance(state, Success)
    told = castra.client.graphql(TASK_RUNS, {"run": flow_run})["data"]
    assert {each["task"]["slug"]: each["state"] for each in told["task_run"]} == {
        "figures-1": "Success",
        "expensive-1": "Success",
        "ask-1": "Success",
        "publish-1": "Success",
    }
    messages = [line["message"] for line in told["log"]]
    assert messages.count("22 is published") == 1
    assert messages.count("Paused task runs hold it up: ask-1. The run goes on in a new process when they do.") == 1
    # Its result was kept, so neither it nor what it is made from is done again.
    assert (messages.count("figures are made"), messages.count("something expensive is made")) == (1, 1)


def test_a_short_pause_is_waited_for(castra, flow_file):
    state, task_runs, _ = run(castra, "later")
    assert isinstance(state, Success) and task_runs == [("later-1", -1, "Success")]


def test_tasks_run_in_threads(castra, flow_file):
    state, task_runs, _ = run(castra, "threads")
    assert isinstance(state, Success)
    assert len(task_runs) == 4


def test_of_tasks_in_processes_the_server_is_told_the_same(castra, flow_file):
    flow_run = create(castra, "processes")
    assert isinstance(castra.client.wait_for_flow_run(flow_run, poll_interval=0.05), Failed)
    told = castra.client.graphql(TASK_RUNS, {"run": flow_run})["data"]
    assert [(each["task"]["slug"], each["map_index"], each["state"], each["name"]) for each in told["task_run"]] == [
        ("count", -1, "Success", None),
        ("fail-1", -1, "Failed", None),
        ("numbers-1", -1, "Success", None),
        ("second_time-1", -1, "Success", None),
        ("use-1", -1, "Mapped", None),
        ("use-1", 0, "Success", "use 0 in processes"),
        ("use-1", 1, "Success", "use 1 in processes"),
    ]
    logs = {(line["name"], line["message"]) for line in told["log"]}
    assert {("numbers", "counting to 2"), ("use", "used 0"), ("use", "used 1")} <= logs
    (traceback,) = [message for name, message in logs if name == "fail"]
    assert f'File "{flow_file}"' in traceback and traceback.endswith("KeyError: 'missing'")


def test_a_flow_runs_another_one_and_waits_for_it(castra, flow_file):
    state, task_runs, _ = run(castra, "parent")
    assert isinstance(state, Success)
    assert task_runs == [("create_flow_run-1", -1, "Success"), ("wait_for_flow_run-1", -1, "Success")]


def test_a_flow_that_is_not_there_cannot_be_run(castra, flow_file):
    state, _, logs = run(castra, "parent of nobody")
    assert isinstance(state, Failed)
    assert "there is no flow 'nobody'" in logs[0][2]


@pytest.mark.parametrize("name", ["endless", "asleep", "endless in threads", "asleep in threads", "asleep in processes"])
def test_a_run_that_is_cancelled_is_interrupted(castra, flow_file, name):
    flow_run = create(castra, name)
    deadline = time.monotonic() + 30
    while "Running" not in states(castra, flow_run, "forever-1"):
        assert time.monotonic() < deadline, castra.client.flow_run_state(flow_run)
        time.sleep(0.05)
    assert castra.client.cancel_flow_run(flow_run)
    state = castra.client.wait_for_flow_run(flow_run, poll_interval=0.05)
    assert isinstance(state, Cancelled)
    assert set(states(castra, flow_run, "forever-1")) <= {"Mapped", "Cancelled"}


def test_a_file_registers_its_flow_itself_and_what_did_not_change_makes_no_new_version(castra, flow_file):
    first = castra.script(flow_file)
    assert castra.script(flow_file) == first
    assert castra("register", "-p", flow_file, "--project", "demo", "all well", python=True).split()[-1] == first.strip()


def test_a_registration_may_bring_its_own_key(castra, flow_file):
    register = """
        import sys
        from castra.runs.loading import flows_of
        flow = flows_of(sys.argv[1])["all well"]
        for key in ("one", "one", "two"):
            print(flow.register("demo", idempotency_key=key, set_schedule_active=False, no_url=True))
    """
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(register), flow_file], env=castra.environment, capture_output=True, text=True
    )
    first, again, other = finished.stdout.split()
    assert first == again != other, finished.stderr


IN_A_FOLDER = """
from castra import Flow, task
from flow_parts import WORD
with Flow("{name}") as flow:
    task(lambda: WORD, name="word")()
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with two flows, and a file beside them that has none."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(IN_A_FOLDER.format(name=f"folder-{name}"))
    (tmp_path / "flow_parts.py").write_text('WORD = "first"\n')
    return tmp_path


# The last ends with the code by which a file says that it has no flow.
@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("import nothing_of_that_name", "No module named 'nothing_of_that_name'"),
        ("import sys; sys.exit(3)", "broken.py ends the process with 3 while its flows are looked for: move that below `if __name__"),
    ],
)
def test_a_folder_registers_the_flows_of_all_its_files(castra, folder, broken, why):
    (folder / "broken.py").write_text(broken)
    command = [castra.binary, "register", "--project", "demo", "-p", folder, "--label", "night", "--no-schedule"]
    finished = subprocess.run(command, env=castra.environment, capture_output=True, text=True, timeout=60)
    assert [line.split()[1] for line in finished.stdout.splitlines()] == ["`folder-one`", "`folder-two`"]
    assert finished.returncode == 1
    assert why in finished.stderr
    assert finished.stderr.splitlines()[-1] == f"error: {folder}/broken.py did not register its flows (exit status: 1)"
    assert labels_of(castra, "folder-two") >= {"night"}


def test_a_flow_is_looked_for_by_its_name_in_several_files(castra, folder):
    named = castra("register", "--project", "demo", "-p", folder, "--name", "folder-two")
    assert named.split()[1] == "`folder-two`"
    assert named == castra("register", "--project", "demo", folder / "one.py", folder / "two.py", "--name", "folder-two")
    command = [castra.binary, "register", "--project", "demo", "-p", folder, "--name", "folder"]
    finished = subprocess.run(command, env=castra.environment, capture_output=True, text=True, timeout=60)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == f"error: there is no flow `folder` in {folder}\n"


def labels_of(castra, flow):
    query = "query($name: String!) { flow(where: {name: {_eq: $name}, archived: {_eq: false}}) { run_config } }"
    return set(castra.client.graphql(query, {"name": flow})["data"]["flow"][0]["run_config"]["labels"])


def test_a_folder_is_watched_and_what_changes_there_is_registered_again(castra, folder):
    command = [castra.binary, "register", "--project", "demo", "--path", folder, "--watch"]
    process = subprocess.Popen(
        command, env=castra.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    stop = threading.Timer(60, process.kill)
    stop.start()

    def until_it_waits():
        return list(itertools.takewhile(lambda line: not line.startswith("Waiting for changes"), process.stdout))

    try:
        assert [line.split()[1] for line in until_it_waits()] == ["`folder-one`", "`folder-two`"]
        (folder / "three.py").write_text(IN_A_FOLDER.format(name="folder-three"))
        assert "`folder-three`" in " ".join(until_it_waits())
        (folder / "three.py").write_text("what is no Python")
        assert "three.py did not register its flows" in " ".join(until_it_waits())
        (folder / "three.py").write_text(IN_A_FOLDER.format(name="folder-four"))
        assert "`folder-four`" in " ".join(until_it_waits())
    finally:
        stop.cancel()
        process.kill()
        process.wait()


def test_a_flow_without_a_file_is_pickled(castra, tmp_path):
    script = tmp_path / "made.py"
    script.write_text(
        textwrap.dedent("""
            from castra import Flow, task
            def make():
                with Flow("without a file") as flow:
                    task(lambda: 1, name="one")()
                return flow
            if __name__ == "__main__":
                make().register(project_name="demo")
        """)
    )
    castra.script(script)
    script.unlink()
    state, task_runs, _ = run(castra, "without a file")
    assert isinstance(state, Success)
    assert task_runs == [("one-1", -1, "Success")]


def test_a_flow_that_is_no_longer_there_fails_with_what_is(castra, tmp_path):
    path = tmp_path / "gone.py"
    path.write_text('from castra import Flow, task\nflow = Flow("gone", tasks=[task(lambda: 1, name="one")])\n')
    castra("register", path, "--project", "demo")
    path.write_text('from castra import Flow\nflow = Flow("renamed")\n')
    state, _, _ = run(castra, "gone")
    assert isinstance(state, Failed)
    assert f"{path} has no flow 'gone' at its top level; it has 'renamed'" in state.message


def test_a_server_that_is_not_there_is_said_in_a_line(castra, flow_file):
    with socket.create_server(("127.0.0.1", 0)) as free:
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "castra", "register", "-p", flow_file, "--project", "demo", "--api", nowhere]
    finished = subprocess.run(command, env=castra.environment, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 1
    assert finished.stderr.startswith(f"error: cannot reach the Castra server at {nowhere}/graphql"), finished.stderr


def test_a_task_that_sleeps_too_long_is_woken_also_below_an_agent_in_the_background(castra, tmp_path):
    path = tmp_path / "sleeping.py"
    path.write_text(
        textwrap.dedent("""
            import time
            from castra import Flow, task

            @task(timeout=1)
            def sleep():
                try:
                    time.sleep(3600)
                except KeyboardInterrupt:
                    open(__file__ + ".woken", "w").close()
                    raise

            with Flow("sleeping") as flow:
                sleep()
        """)
    )
    castra("register", path, "--project", "demo")
    _, task_runs, _ = run(castra, "sleeping")
    assert task_runs == [("sleep-1", -1, "TimedOut")]
    deadline = time.monotonic() + 30
    while not (tmp_path / "sleeping.py.woken").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(("level", "told"), [("DEBUG", ["fine", "plain"]), ("INFO", ["plain"])])
def test_the_level_of_the_logs_is_that_of_the_run(castra, tmp_path, level, told):
    path = tmp_path / "levels.py"
    path.write_text(
        textwrap.dedent(f"""
            from castra import Flow, context, task
            from castra.run_configs import UniversalRun

            @task
            def tell():
                context.logger.debug("fine")
                context.logger.info("plain")

            with Flow("level-{level}", run_config=UniversalRun(env={{"CASTRA_LOG_LEVEL": "{level}"}})) as flow:
                tell()
        """)
    )
    castra("register", path, "--project", "demo")
    _, _, logs = run(castra, f"level-{level}")
    assert [message for _, name, message in logs if name == "tell"] == told


def test_a_file_is_run_here_and_now(castra, flow_file):
    assert castra("list", "-p", flow_file, python=True).splitlines()[0] == "all well"
    castra("run", "-p", flow_file, "all well", "--param", "count=1", python=True)
