"""A flow to try things with: ``castra run --path`` this file, or ``from castra.hello_world import hello_flow``."""

from castra import Flow, Parameter, task


@task
def capitalize(name: str) -> str:
    return name.title()


@task(log_stdout=True)
def say_hello(name: str) -> None:
    print(f"Hello {name}")


with Flow("hello-world") as hello_flow:
    say_hello(capitalize(Parameter("name", default="world")))
