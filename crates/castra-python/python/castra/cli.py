"""The command line of flows in Python files: the command ``castra`` comes here for files that end in ``.py``, and agents for
the runs of flows that Castra's Python registered."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from castra.core.flow import Flow

#: How a command ends that was let find no flow; the native command, which looks through several files, knows it.
NO_SUCH_FLOW = 3


class NoSuchFlow(ValueError):
    """A file does not have the flow that was asked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what the arguments say, and gives the exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if arguments == ["execute", "flow-run"]:
        # Every run of a flow begins here: it does without the parser, which takes longer to import than to parse.
        return _execute()
    from castra.exceptions import CastraError

    given = _parser().parse_args(arguments)
    if given.prefect:
        import castra.prefect  # noqa: F401
    if given.api:
        os.environ["CASTRA_API"] = given.api
    try:
        return int(given.do(given))
    except NoSuchFlow as error:
        if given.may_have_none:
            return NO_SUCH_FLOW
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (OSError, ValueError, ImportError, CastraError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser("castra", description=__doc__)
    parser.add_argument("--prefect", action="store_true", help="let `import prefect` mean Castra in the files")
    parser.set_defaults(api=None, may_have_none=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, do: Any, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(do=do)
        return added

    def on_flows(name: str, do: Any, help: str) -> argparse.ArgumentParser:
        added = command(name, do, help)
        added.add_argument("-p", "--path", required=True, help="the Python file")
        added.add_argument("flow", nargs="?", help="only the flow of this name")
        return added

    run = on_flows("run", _run, "run a flow here and now, without a server")
    run.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter, as JSON or text")
    register = on_flows("register", _register, "register the flows with the server, so that runs of them can be created")
    register.add_argument("--project", required=True, help="the project")
    register.add_argument("--api", help="the address of the server [default: CASTRA_API]")
    register.add_argument("-l", "--label", action="append", default=[], help="a further label of the flows")
    register.add_argument("--no-schedule", action="store_true", help="do not activate the flows' schedules")
    register.add_argument("--may-have-none", action="store_true", help=f"end with code {NO_SUCH_FLOW} if the file has no such flow")
    build = command("build", _build, "put the flows into their storages, and write a file that `castra register --json` registers")
    build.add_argument("-p", "--path", action="append", required=True, help="a Python file; may be repeated")
    build.add_argument("flow", nargs="?", help="only the flow of this name")
    build.add_argument("--json", required=True, metavar="FILE", help="the file that is written")
    build.add_argument("-u", "--update", action="store_true", help="keep the flows of other names in the file")
    build.add_argument("-l", "--label", action="append", default=[], help="a further label of the flows")
    on_flows("list", _list, "list the flows, a name per line")
    on_flows("serialize", _serialize, "print what would be registered, as JSON")
    execute = command("execute", _execute, "what an agent starts")
    execute.add_argument("what", choices=["flow-run"])
    return parser


def _chosen(given: argparse.Namespace) -> list[Flow]:
    return _found(given.path, given.flow)


def _found(path: str, named: str | None) -> list[Flow]:
    from castra.runs.loading import flows_of

    flows = flows_of(path)
    chosen = [flow for name, flow in flows.items() if named in (None, name)]
    if not chosen:
        wanted = "no flow at its top level" if named is None else f"no flow {named!r}"
        raise NoSuchFlow(f"{path} has {wanted}; it has {', '.join(map(repr, flows)) or 'none'}")
    return chosen


def _run(given: argparse.Namespace) -> int:
    flows = _chosen(given)
    if len(flows) > 1:
        raise ValueError(f"name the flow to run: there is {', '.join(repr(flow.name) for flow in flows)}")
    state = flows[0].run(parameters=dict(map(_parameter, given.param)), run_on_schedule=False)
    return 0 if state.is_successful() else 1


def _parameter(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"a parameter is NAME=VALUE, not {text!r}")
    import json

    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _register(given: argparse.Namespace) -> int:
    from castra.runs.registration import put_together

    flows = _chosen(given)
    put_together(flows)
    for flow in flows:
        flow_id = flow.register(given.project, labels=given.label, set_schedule_active=not given.no_schedule, build=False)
        print(f"registered `{flow.name}` as {flow_id}")
    return 0


def _build(given: argparse.Namespace) -> int:
    import contextlib

    from castra.runs import flows_file
    from castra.runs.registration import put_together, registered_form

    built: list[dict[str, Any]] = []
    for path in given.path:
        # What lies beside flows need not have one.
        with contextlib.suppress(NoSuchFlow):
            flows = _found(path, given.flow)
            put_together(flows)
            built += [registered_form(flow, given.label, build=False) for flow in flows]
    if not built:
        raise NoSuchFlow(f"there is no flow{f' {given.flow!r}' if given.flow else ''} in {', '.join(given.path)}")
    flows_file.write(given.json, built, given.update)
    print(f"built {', '.join(repr(flow['name']) for flow in built)}: `castra register --json {given.json}` registers them")
    return 0


def _list(given: argparse.Namespace) -> int:
    for flow in _chosen(given):
        print(flow.name)
    return 0


def _serialize(given: argparse.Namespace) -> int:
    import json

    print(json.dumps([flow.serialize() for flow in _chosen(given)], indent=2))
    return 0


def _execute(_: argparse.Namespace | None = None) -> int:
    from castra.runs.tracked import execute

    try:
        execute()
    except RuntimeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    # Threads that tasks have blocked are not waited for.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
