"""Container: what a flow finds out about the container that it runs in."""

import os
import platform

from castra import Flow, task
from castra.run_configs import DockerRun
from castra.storage import Local


@task(log_stdout=True)
def look_around():
    print(f"{platform.system()} on {platform.machine()}, Python {platform.python_version()}, host {platform.node()}")
    print(f"GREETING is {os.environ.get('GREETING')!r}")


with Flow("container") as flow:
    look_around()

# The image holds the flow's file; see ../Dockerfile.
flow.storage = Local(path="/flows/docker/flow.py", stored_as_script=True, add_default_labels=False)
flow.run_config = DockerRun(
    image="castra-examples:1",
    env={"GREETING": "hello"},
    host_config={"mem_limit": "256m"},
)
