from dataclasses import replace

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.explore.frontier.published import load_published
from logicjsc.explore.frontier.rows import Row
from logicjsc.explore.frontier.tables import (
    cells,
    header,
    notes,
    published_cells,
    published_header,
    refresh_page,
    to_markdown,
)
from logicjsc.explore.zoo.accuracy import ErrorScore, Score
from logicjsc.explore.zoo.figures import Area, Confirmed, Figures
from logicjsc.explore.zoo.latency import Latency, WholeLatency
from logicjsc.explore.zoo.points import Placed

FIGURES = Figures(
    Area(1200, 90, 7, 3, 2, "by node"),
    Area(1300, 95, 9, 3, 3, "by node"),
    Area(1342, 99, 9, 3, 6, "by node"),
    42,
    "Yosys 0.70",
    Confirmed(1190, 90, 3, "if -a"),
    Confirmed(1350, 99, 3, "default"),
)
ROW = Row(
    "one", "zoo/one", "d", "jets", "samples", Score(10_000, 7000), Score(10_000, 6990), FIGURES,
    Placed("ecp5", 250.0, 24.0), (0.70, 0.68), "logicjsc train x", True, False,
)  # fmt: skip


def test_a_row_says_everything_with_and_without_ends():
    assert cells(ROW) == [
        "one",
        "70.00 / 69.90",
        "69.09 to 70.89",
        "69.00 (68.00 to 70.00, 2)",
        "1,200",
        "1,300",
        "1,242",
        "1,342",
        "1,190 / 1,350",
        "90 / 99",
        "7 / 9",
        "2 / 6",
        "24.0",
        "yes / no",
    ]


def test_what_is_missing_is_a_dash_and_a_sentence():
    bare = replace(
        ROW, by_words=None, placed=None, seeds=(),
        figures=Figures(Area(5, 1, 2, 1, 1), notes=("what decides is not measured: no Yosys",)),
    )  # fmt: skip
    assert cells(bare)[1:9] == ["70.00", "69.09 to 70.89", "-", "5", "-", "-", "-", "-"]
    assert "what decides is not measured: no Yosys" in notes([bare])
    assert "tested on 10,000 samples: samples" in notes([bare])


def test_errors_are_shown_in_the_words_and_units_of_their_task():
    values = Figures(Area(1200, 90, 7, 3, 2), Area(1300, 95, 9, 3, 3), Area(1300, 95, 9, 3, 3), 0)
    error, rounded = ErrorScore(10_000, 9990, 2.1, 0.02), ErrorScore(10_000, 9980, 2.2, 0.02)
    row = replace(ROW, task="muon", score=error, by_words=rounded, seeds=(2.1, 2.3), figures=values)
    assert header("core RMSE, mrad")[1:4] == ("core RMSE, mrad", "95 %", "over seeds")
    assert cells(row)[1:8] == [
        "2.10 / 2.20 (99.90 % in the core)",
        "2.06 to 2.14",
        "2.20 (2.10 to 2.30, 2)",
        "1,200",
        "1,300",
        "1,200",
        "1,300",
    ]
    assert "values need no decision" in notes([row])
    assert any(note.startswith("front: no other row equals or beats it in LUT and error") for note
               in notes([row]))  # fmt: skip
    text = to_markdown([row], load_published("muon"), "x.png")
    assert "| network | core RMSE, mrad | 95 % | over seeds |" in text
    assert "| design (theirs) | core RMSE, mrad |" in text
    assert "| HGQ hybrid | 1.9 | 30,612 |" in text
    assert "![core RMSE, mrad against LUTs](x.png)" in text
    assert "core RMSE, mrad `a / b`: features as they are" in text
    nameless = replace(row, task="value y")
    assert "| network | test error |" in to_markdown([nameless], ())


def test_published_points_stand_in_tables_of_their_own():
    text = to_markdown([ROW], load_published("jets", "openml"), "x.png")
    ours, published, flow = text.split("\n### ")
    assert "HGQ-LUT" not in ours
    assert "`logicjsc train x`" in ours
    assert "![accuracy against LUTs](x.png)" in ours
    assert published.startswith("Published: theirs, on OpenML 42468, by Vivado")
    assert "theirs, on re-created jets, by Yosys (flow TC)" in flow
    assert "CERNBox" not in text
    (line,) = (line for line in ours.splitlines() if line.startswith("| one | 70"))
    assert line.count(" | ") == len(header()) - 1


def test_a_page_is_refreshed_between_its_markers(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- frontier: begin -->\nold\n<!-- frontier: end -->\nafter\n")
    for _ in range(2):
        refresh_page(page, "new\n")
        expected = "before\n<!-- frontier: begin -->\n\nnew\n\n<!-- frontier: end -->\nafter\n"
        assert page.read_text() == expected


@pytest.mark.parametrize("text", ["none", "<!-- frontier: end --><!-- frontier: begin -->"])
def test_a_page_without_markers_is_left_alone(tmp_path, text):
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(ConfigError, match="has no lines"):
        refresh_page(page, "new")
    assert page.read_text() == text
    with pytest.raises(ConfigError, match="cannot read"):
        refresh_page(tmp_path / "missing.md", "new")


def test_estimated_latencies_have_columns_of_their_own_beside_published_products():
    timed = replace(ROW, latency=Latency("some part", 4.4, 2.171, 5280.0, 2605.2, "an estimate"))
    shown = dict(zip(header(timed=True), cells(timed, timed=True), strict=True))
    assert shown["ns"] == "24.0"
    assert shown["estimated ns"] == "4.40 / 2.17"
    assert shown["estimated LUT ns"] == "5,280 / 2,605"
    assert shown["whole ns"] == shown["whole LUT ns"] == "-"
    whole = WholeLatency(1500, 2, 5.0, 3.0, 7500.0, 4500.0)
    both = replace(timed, latency=replace(timed.latency, whole=whole))
    shown = dict(zip(header(timed=True), cells(both, timed=True), strict=True))
    assert shown["estimated ns"] == "4.40 / 2.17"
    assert (shown["whole ns"], shown["whole LUT ns"]) == ("5.00 / 3.00", "7,500 / 4,500")
    without = dict(zip(header(timed=True), cells(ROW, timed=True), strict=True))
    assert without["estimated ns"] == without["estimated LUT ns"] == "-"
    (table, *_) = load_published("jets")
    theirs = [
        dict(zip(published_header(timed=True), row, strict=True))
        for row in published_cells(table, timed=True)
    ]
    assert theirs[0]["LUT ns"] == "52,136"  # 5,667 LUTs for 9.2 ns
    page = to_markdown([timed, ROW], (table,))
    assert "an estimate." in page
    assert "LUT ns" in page
    assert "LUT ns" not in to_markdown([ROW], (table,))
