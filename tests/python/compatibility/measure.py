"""Runs the tests of Prefect 1.4.1 that concern flows, tasks, mapping, signals, states, schedules and run configs through
`castra.prefect`, and writes how many pass, file by file, with each gap named, into docs/python-compatibility.md.

    git clone --depth 1 --branch 1.4.1 https://github.com/PrefectHQ/prefect PLACE
    python tests/python/compatibility/measure.py PLACE

The Python has to have the package castra beside what the tests import (pytest, pendulum, cloudpickle, toml, distributed): that of
`target/prefect1` does, with `crates/castra-python/python` on its PYTHONPATH. The real package is not used, installed or not.
"""

import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from collections import Counter, defaultdict
from pathlib import Path

from absent import rewritten
from gaps import gap_of, meaning_of

HERE = Path(__file__).parent
REPORT = HERE.parents[2] / "docs/python-compatibility.md"

FILES = (
    "core/test_edge.py",
    "core/test_flow.py",
    "core/test_parameter.py",
    "core/test_task.py",
    "core/test_task_map.py",
    "core/test_task_operators.py",
    "engine/test_signals.py",
    "engine/test_state.py",
    "run_configs/test_docker.py",
    "run_configs/test_ecs.py",
    "run_configs/test_kubernetes.py",
    "run_configs/test_local.py",
    "run_configs/test_universal.py",
    "schedules/test_adjustments.py",
    "schedules/test_clocks.py",
    "schedules/test_filters.py",
    "schedules/test_schedules.py",
    "tasks/core/test_core.py",
    "tasks/core/test_resource_manager.py",
    "tasks/test_control_flow.py",
    "test_context.py",
    "test_hello_world.py",
    "test_triggers.py",
    "utilities/test_edges.py",
    "utilities/test_tasks.py",
)


#: Prefect's examples; those of its tutorial ask a service on the internet, and are left out.
EXAMPLES = ("conditional.py", "mapping.py", "parameters.py")


def main(place: str) -> None:
    rows = []
    gaps = defaultdict(list)
    for file in FILES:
        passed, failed = run(Path(place) / "tests", file)
        rows.append((file, passed, passed + len(failed)))
        for failure in failed:
            gaps[gap_of(failure)].append(f"{file}::{failure.partition(': ')[0]}")
        print(f"{file}: {passed} of {passed + len(failed)}", file=sys.stderr)
    ended = {name: example(Path(place) / "examples" / name) for name in EXAMPLES}
    REPORT.write_text(page(rows, gaps, ended))


def example(path: Path) -> str:
    """Runs an example as a script; how its flow run ended, as its log says."""
    script = f"import castra.prefect, runpy; runpy.run_path({str(path)!r}, run_name='__main__')"
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100)
    ends = re.findall(r"Flow run (\w+):", finished.stderr)
    return ends[-1].capitalize() if ends else f"exit code {finished.returncode}"


def run(tests: Path, file: str) -> tuple[int, list[str]]:
    """Runs a test file by itself; how many tests passed, and what the others said."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_file.py").write_text(rewritten((tests / file).read_text()))
        (Path(folder) / "conftest.py").write_text((HERE / "suite_conftest.py").read_text())
        (Path(folder) / "flaky.py").write_text("def flaky(*given, **_):\n    return given[0] if given else flaky\n")
        places = [HERE, *map(Path.absolute, map(Path, filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))))]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}
        arguments = ["-q", "-p", "no:cacheprovider", "--junitxml", "results.xml", "test_file.py"]
        finished = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
        results = Path(folder) / "results.xml"
        if not results.exists():
            sys.exit(f"{file} was not run:\n{finished.stdout}{finished.stderr}")
        return read(results)


def read(results: Path) -> tuple[int, list[str]]:
    """Counts what pytest reported; skipped tests do not count."""
    passed, failed = 0, []
    for test in xml.parse(results).iter("testcase"):
        outcomes = [child for child in test if child.tag in ("failure", "error", "skipped")]
        if not outcomes:
            passed += 1
        elif outcomes[0].tag != "skipped":
            failed.append(f"{test.get('name')}: {outcomes[0].get('message') or ''}")
            if os.environ.get("SHOW"):
                print("  ", failed[-1][:300], file=sys.stderr)
    return passed, failed


def page(
    rows: list[tuple[str, int, int]], gaps: dict[str | None, list[str]], examples: dict[str, str]
) -> str:
    """The page of the docs."""
    passed, all_ = sum(row[1] for row in rows), sum(row[2] for row in rows)
    lines = [
        "# Compatibility of the Python package with Prefect 1.4.1",
        "",
        f"Of {all_} tests of Prefect 1.4.1 about flows, tasks, mapping, signals, states, schedules and run configs, {passed} pass when",
        "`prefect` means Castra (`import castra.prefect`). This page is written by `tests/python/compatibility/measure.py`, which",
        "says how to repeat it; the tests themselves are Prefect's and not part of this repository.",
        "",
        "| tests of Prefect 1.4.1 | pass | of |",
        "|---|---:|---:|",
        *(f"| `{file}` | {good} | {of} |" for file, good, of in rows),
        f"| all | {passed} | {all_} |",
        "",
        "Prefect's examples, run as they are: " + ", ".join(f"`{name}` ends as {end}" for name, end in examples.items()) + ".",
        "",
        "## What the others need",
        "",
    ]
    for gap, tests in sorted(gaps.items(), key=lambda gap: (gap[0] is None, -len(gap[1]))):
        lines += [f"### {gap or 'not looked into'}: {len(tests)} {'test' if len(tests) == 1 else 'tests'}", "", *([meaning_of(gap), ""] if gap else [])]
        counted = Counter(re.sub(r"\[.*", "", test) for test in tests)
        lines += [f"- `{test}`" + (f" ({count} times)" if count > 1 else "") for test, count in counted.items()] + [""]
    return "\n".join(lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
