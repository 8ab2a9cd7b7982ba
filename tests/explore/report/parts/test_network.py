import pytest

from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.explore.report.elements import Note
from logicjsc.explore.report.parts import network
from logicjsc.explore.report.report import report_of
from logicjsc.netlist.passes import drop_dead_nodes


@pytest.fixture
def netlist(runs):
    return drop_dead_nodes(netlist_of(identify(runs())))


def test_every_neuron_tells_its_inputs_and_its_table(runs, sections, netlist):
    plot, note = sections(runs())["network"].elements
    assert "ps from register to register" in note.text
    assert len(plot.nodes) == netlist.signals
    wires, nodes = plot.data
    assert nodes["customdata"] == list(range(netlist.signals))
    assert nodes["x"] == netlist.stages.tolist()
    layer = netlist.layers[0]
    entry = plot.nodes[netlist.inputs]
    assert entry["name"] == f"{layer.name}[0]"
    inputs = ", ".join(netlist.node_name(source) for source in layer.inputs[0].tolist())
    assert f"inputs: {inputs}" in entry["lines"]
    digits = entry["digits"]
    codes = [
        int(entry["table"][at : at + digits], 16) for at in range(0, len(entry["table"]), digits)
    ]
    assert codes == layer.tables[0].tolist()
    assert entry["columns"] ** 2 in {len(codes), 2 * len(codes)}
    assert any(line.startswith("LUTs: ") for line in entry["lines"])
    slacks = [line for node in plot.nodes for line in node["lines"] if ", slack " in line]
    assert any(line.endswith(" slack 0 ps") for line in slacks)
    count = sum(len(set(row)) for layer in netlist.layers for row in layer.inputs.tolist())
    assert len(wires["x"]) == 3 * count


def test_what_is_too_much_is_left_out_and_said_to_be(runs, monkeypatch, netlist):
    monkeypatch.setattr(network, "_MOST_NODES", 3)
    monkeypatch.setattr(network, "_MOST_WIRES", 2)
    monkeypatch.setattr(network, "_MOST_ROWS", 1)
    sections = {part.name: part for part in report_of([runs()], effort="none").sections()}
    plot, *notes = sections["network"].elements
    assert len(plot.nodes) < netlist.signals
    texts = [note.text for note in notes if isinstance(note, Note)]
    assert len(texts) == len(notes) == 4
    assert "LUTs were not searched for" in texts[0]
    assert f"of {netlist.signals:,} inputs and neurons are drawn" in texts[1]
    assert texts[2].startswith("2 of ")
    assert "tables are too large" in texts[3]
    assert "table" not in plot.nodes[-1]
