"""The server dies in the middle of a run and comes back: nothing is lost, and nothing runs twice.

With Castra's agent alone. Processes that Prefect's agent starts have no credential of their own, so when the answer to
a task's beginning is lost with the server, the client's second attempt cannot be told from a second process: it is
refused, and the run waits for its heartbeat to be missed.
"""

import prefect
from prefect.engine.state import State
from support.agents import CastraAgent
from support.client import client_environment, client_talking_to
from support.flows import load
from support.runs import Runs, messages, result_of, state_names, task_states
from support.server import Server


def test_a_run_survives_the_death_of_the_server(tmp_path):
    with Server(tmp_path) as server, client_talking_to(server.address, tmp_path):
        environment = client_environment(server.address, tmp_path)
        agent = CastraAgent("agent", ("--label", CastraAgent.kind, "--no-hostname-label"), environment, tmp_path)
        try:
            prefect.Client().create_project("restart")
            load("etl.py").register("restart")
            runs = Runs(agent, "restart")

            flow_run_id = runs.create("etl", parameters={"count": 60})
            runs.wait_for_task_state(flow_run_id, "double-1", State.is_mapped)
            server.kill_and_start_again()

            run = runs.finished(flow_run_id)
        finally:
            agent.stop()

        assert state_names(run) == ["Scheduled", "Submitted", "Running", "Success"]
        assert result_of(run, "load-1") == sum(2 * number for number in range(60))
        assert set(task_states(run).values()) == {"Success", "Mapped"}
        assert sum(message.startswith("Beginning Flow run") for message in messages(run)) == 1
