"""A flow to try things with: ``castra run --path`` this file, or ``from castra.hello_world import hello_flow``."""

from castra import Flow, Parameter, task


@task(log_stdout=True)
def greet(whom: str) -> None:
    """Greets in the run's logs."""
    print("Hello", whom.title())


with Flow("hello-world") as hello_flow:
    greet(Parameter("name", default="world"))
