"""Flows as drawings: a box for each task, lines for what waits for what. Where the boxes stand is decided in Rust."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from castra import _castra
from castra.engine import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from castra.core.flow import Flow
    from castra.core.task import Task

#: The width and height of a box, and of the room that it has.
_BOX = (170, 34)
_ROOM = (220, 54)
_MARGIN = 10
#: Letters that fit into a box.
_LETTERS = 22
#: Fill colours by state; the first that fits counts.
_COLORS = (
    (state.Skipped, "#f6e7b4"),
    (state.Success, "#bfe5c7"),
    (state.Failed, "#f4b9b3"),
    (state.Cancelled, "#d5d5dc"),
    (state.State, "#cfe0f5"),
)


class Drawing:
    """A drawing in SVG; a notebook shows it."""

    def __init__(self, svg: str):
        self.svg = svg

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str) -> None:
        """Writes it to a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.svg)


def draw(flow: Flow, flow_state: state.State | None, filename: str | None) -> Drawing:
    """As :meth:`castra.Flow.visualize` says."""
    tasks = flow.sorted_tasks()
    places = {task: place for place, task in enumerate(tasks)}
    edges = sorted(flow.edges, key=lambda edge: (places[edge.upstream_task], places[edge.downstream_task], edge.key or ""))
    ends = [(places[edge.upstream_task], places[edge.downstream_task]) for edge in edges]
    nodes, lines, (columns, rows) = _castra.layout(len(tasks), ends)
    states = flow_state.result if flow_state is not None and isinstance(flow_state.result, dict) else {}
    width, height = columns * _ROOM[0] + 2 * _MARGIN, rows * _ROOM[1] + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" font-family="sans-serif">',
        f"<title>{escape(flow.name)}</title>",
        *(_line(line, edge.mapped) for line, edge in zip(lines, edges)),
        *(_box(task, place, states.get(task), any(edge.mapped for edge in flow.edges_to(task))) for task, place in zip(tasks, nodes)),
        "</svg>",
    ]
    drawing = Drawing("\n".join(parts))
    if filename:
        drawing.save(filename if filename.endswith(".svg") else f"{filename}.svg")
    return drawing


def _line(points: Sequence[tuple[float, float]], is_mapped: bool) -> str:
    placed = [(_MARGIN + x * _ROOM[0], _MARGIN + y * _ROOM[1] + _ROOM[1] / 2) for x, y in points]
    (start_x, start_y), *others = placed
    path = f"M{start_x + _BOX[0]:.1f} {start_y:.1f}"
    x, y = start_x + _BOX[0], start_y
    for next_x, next_y in others:
        path += f" C{x + 25:.1f} {y:.1f} {next_x - 25:.1f} {next_y:.1f} {next_x:.1f} {next_y:.1f}"
        x, y = next_x, next_y
    dashes = ' stroke-dasharray="5 3"' if is_mapped else ""
    return f'<path d="{path}" fill="none" stroke="#8a8f98"{dashes}/>'


def _box(task: Task, place: tuple[float, float], of: state.State | None, is_mapped: bool) -> str:
    x, y = _MARGIN + place[0] * _ROOM[0], _MARGIN + place[1] * _ROOM[1] + (_ROOM[1] - _BOX[1]) / 2
    fill = "#ffffff" if of is None else next(color for kind, color in _COLORS if isinstance(of, kind))
    name = task.name if len(task.name) <= _LETTERS else f"{task.name[: _LETTERS - 1]}…"
    told = task.name if of is None else f"{task.name}: {of!r}"
    behind = _rectangle(x + 4, y + 4, fill) if is_mapped else ""
    return (
        f"<g><title>{escape(told)}</title>{behind}{_rectangle(x, y, fill)}"
        f'<text x="{x + _BOX[0] / 2:.1f}" y="{y + _BOX[1] / 2 + 4:.1f}" text-anchor="middle" font-size="12">{escape(name)}</text></g>'
    )


def _rectangle(x: float, y: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{_BOX[0]}" height="{_BOX[1]}" rx="5" fill="{fill}" stroke="#5b616b"/>'
