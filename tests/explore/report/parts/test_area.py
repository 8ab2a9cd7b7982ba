import shutil

from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.emit.verilog import load_circuit
from logicjsc.explore.report.elements import Facts, Note, Table
from logicjsc.explore.report.report import report_of
from logicjsc.map.mapper import map_netlist
from logicjsc.map.report import areas_of


def test_layers_have_the_luts_that_the_mapper_finds(runs, sections):
    mapped = map_netlist(netlist_of(identify(runs())), effort="low", jobs=1)
    facts, table, plot, note = sections(runs())["area"].elements
    assert facts.rows[0] == ("LUTs of the network", mapped.luts)
    assert facts.rows[1] == ("LUTs on its longest path", mapped.depth)
    areas = areas_of(mapped)
    assert [row[3] for row in table.rows] == [area.lut for area in areas] == plot.data[0]["x"]
    assert "low effort" in note.text


def test_a_circuit_shows_its_blocks(circuit):
    sections = {part.name: part for part in report_of([circuit]).sections()}
    blocks, facts = sections["area"].elements[:2]
    manifest = load_circuit(circuit).manifest
    assert isinstance(blocks, Table)
    assert blocks.rows[0][0] == manifest.blocks[0].role == "network"
    assert isinstance(facts, Facts)
    assert facts.rows[0][1] == manifest.latency_cycles


def test_without_the_mapper_the_page_says_why(runs, tmp_path, monkeypatch):
    path = shutil.copytree(runs(), tmp_path / "copy")
    monkeypatch.setenv("LOGICJSC_ABC", str(tmp_path / "no-abc"))
    sections = {part.name: part for part in report_of([path]).sections()}
    *_, note = sections["importance"].elements
    assert isinstance(note, Note)
    assert note.missing
    assert "no-abc" in note.text
    (again,) = sections["area"].elements
    assert again.text == "Missing for the reason given at 'Which features matter'."
