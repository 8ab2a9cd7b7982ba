"""``logicjsc report``: tables for people, JSON for programs, and pages."""

import shutil

import pytest
from reference.report_pages import read_page

from logicjsc.core.run import Run


def test_without_a_place_for_a_page_the_short_form_is_printed(cli, road):
    text = cli("report", road.run).stdout
    accuracy = road.reports["train"]["accuracy"]
    assert "run small" in text
    assert f"{100 * accuracy:.2f} %" in text
    assert "every rung holds" in text
    assert f"{road.reports['verify']['vectors']:,} vectors simulated, 0 mismatches" in text


def test_programs_get_the_figures_of_the_result(cli, road):
    report = cli.json("report", road.run)
    result = Run(road.run).result()
    assert report["kind"] == "run"
    assert report["test"] == result["found"][0]["test"]
    assert report["sizes"] == result["sizes"]
    verified = road.reports["verify"]
    assert report["verification"] == {
        "ok": True, "rungs": len(verified["rungs"]), "vectors": verified["vectors"],
        "mismatches": 0,
    }  # fmt: skip


def test_a_page_is_written_where_it_is_asked_for(cli, road, tmp_path, simulators, listing):
    before = listing(road.run)
    out = tmp_path / "pages" / "small.html"
    assert cli.json("report", road.run, "--out", out, "--effort", "low")["page"] == str(out)
    page = read_page(out.read_text(encoding="utf-8"))
    shown = [text for texts in page.texts.values() for text in texts]
    for rung in road.reports["verify"]["rungs"]:
        assert rung["name"] in shown
        assert f"{rung['vectors']:,}" in shown
    assert listing(road.run) == before
    assert "wrote" in cli("report", road.run, "--out", out, "--effort", "none").stdout


def test_what_a_run_leads_to_reaches_what_it_reached(cli, road):
    result = Run(road.run).result()
    for thing in (road.run / "netlist.npz", road.circuit):
        report = cli.json("report", thing)
        assert report["test"]["accuracy"] == result["accuracy"]
    assert report["latency_cycles"] == road.reports["export-verilog"]["latency_cycles"]


def test_several_are_compared(cli, road):
    text = cli("report", road.run, road.circuit, "jsc-lut-3").stdout
    assert "run small" in text
    assert "circuit small" in text
    assert "point jsc-lut-3" in text
    compared = cli.json("report", road.run, road.circuit)["compared"]
    assert [entry["kind"] for entry in compared] == ["run", "circuit"]


@pytest.fixture
def copy(road, tmp_path):
    return shutil.copytree(road.run, tmp_path / "copy")


def test_damage_is_told_in_one_sentence(cli, copy, tmp_path):
    (copy / "result.json").write_text("{")
    assert "result.json is damaged" in cli("report", copy).stdout
    (copy / "run.json").write_text("{")
    assert "run.json is damaged" in cli.refused("report", copy, "--out", tmp_path / "p.html")
    assert not (tmp_path / "p.html").exists()
    assert "there is nothing at" in cli.refused("report", tmp_path / "missing")
    assert "is a config, of which there is no result" in cli.refused("report", "jsc-s")


def test_without_plotly_the_command_says_how_to_get_it(cli, road, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "plotly", None)
    message = cli.refused("report", road.run, "--out", tmp_path / "p.html", code=3)
    assert "pip install logicjsc[report]" in message
    assert "run small" in cli("report", road.run).stdout
