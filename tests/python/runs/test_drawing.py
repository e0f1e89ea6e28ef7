"""`flow.visualize()`: boxes and lines in SVG."""

import xml.etree.ElementTree as xml

from castra import Flow, task

SVG = "{http://www.w3.org/2000/svg}"


def flow_of_three():
    number = task(lambda x: 1 / x, name="a < b & c")
    with Flow("drawn") as flow:
        number.map(number.map([1, 0]))
    return flow


def test_every_task_has_a_box_and_every_edge_a_line():
    drawing = xml.fromstring(flow_of_three().visualize()._repr_svg_())
    assert [text.text for text in drawing.iter(f"{SVG}text")] == ["[1, 0]", "a < b & c", "a < b & c"]
    assert [path.get("stroke-dasharray") for path in drawing.iter(f"{SVG}path")] == ["5 3", "5 3"]


def test_boxes_have_the_colours_of_the_states():
    flow = flow_of_three()
    drawing = xml.fromstring(flow.visualize(flow_state=flow.run()).svg)
    assert len({rectangle.get("fill") for rectangle in drawing.iter(f"{SVG}rect")}) == 1
    titles = [title.text for title in drawing.iter(f"{SVG}title")]
    assert titles[2] == 'a < b & c: <Mapped: "Mapped over 2 items.">'


def test_a_drawing_is_written_to_a_file(tmp_path):
    flow_of_three().visualize(filename=str(tmp_path / "flow"))
    assert (tmp_path / "flow.svg").read_text().startswith("<svg")
