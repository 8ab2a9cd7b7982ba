"""AIGER graphs become netlists that compute the same; what is none is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.aiger_simulation import read, simulate
from reference.damaged_files import HTML_PAGE
from reference.gate_networks import random_aiger
from reference.map_netlists import every_code, netlist_of

import logicjsc as lj
from logicjsc.core.errors import ImportedModelError
from logicjsc.map.aiger import mapped_aiger
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import evaluate


def imported(tmp_path, content, **settings):
    file = tmp_path / ("graph.aig" if content[:4] == b"aig " else "graph.aag")
    file.write_bytes(content)
    return lj.import_model(file, **settings).tables


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize(("seed", "chain"), [(1, False), (2, True), (3, False)])
def test_graphs_compute_what_their_gates_say(tmp_path, binary, seed, chain):
    content, compute = random_aiger(seed, binary=binary, ands=400, inputs=12, chain=chain)
    netlist = imported(tmp_path, content)
    rows = np.random.default_rng(seed).integers(0, 2, (10_000, netlist.inputs))
    assert (evaluate(netlist, rows) == compute(rows)).all()
    assert netlist.input_names[:2] == ("in put0", "in put1")


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 8), st.integers(1, 60), st.booleans())
def test_any_graph(tmp_path_factory, seed, inputs, ands, binary):
    content, compute = random_aiger(
        seed, binary=binary, inputs=inputs, ands=ands, outputs=3, names=False
    )
    netlist = imported(tmp_path_factory.mktemp("aiger"), content)
    rows = np.random.default_rng(seed).integers(0, 2, (50, inputs))
    assert (evaluate(netlist, rows) == compute(rows)).all()
    assert netlist.input_names == tuple(f"i{index}" for index in range(inputs))


@pytest.mark.parametrize("binary", [True, False])
def test_our_own_circuits_come_back(tmp_path, binary):
    netlist = netlist_of(np.random.default_rng(7))
    mapped = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    content = mapped_aiger(
        mapped.netlist, [layer.network for layer in mapped.layers], binary=binary
    )
    back = imported(tmp_path, content)
    bits = np.stack([every_code()[:, i] >> b & 1 for i in range(3) for b in range(2)], axis=1)
    graph = read(content)
    for row, outputs in zip(bits.tolist(), evaluate(back, bits).tolist(), strict=True):
        values = dict(zip(back.input_names, row, strict=True))
        assert list(simulate(graph, values).values()) == outputs


def test_bits_are_joined_to_words_if_asked(tmp_path):
    text = b"aag 3 2 0 2 1\n2\n4\n6\n3\n6 2 4\ni0 x[1]\ni1 x[0]\no0 y[0]\no1 y[1]\nc\n"
    netlist = imported(tmp_path, text, words=True)
    assert netlist.input_names == ("x",)
    codes = np.arange(4)[:, None]
    assert evaluate(netlist, codes)[:, 0].tolist() == [2, 2, 0, 1]


def test_the_whole_road(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    content, _ = random_aiger(5, binary=True)
    file = tmp_path / "road.aig"
    file.write_bytes(content)
    net = lj.import_model(file)
    assert net.emit(tmp_path / "tables").verify().ok
    assert net.map("low").emit(tmp_path / "luts").verify().ok


BAD = {
    "empty": (b"", "is empty"),
    "page": (HTML_PAGE, "is no AIGER file"),
    "blif": (b".model a\n.inputs x\n.outputs x\n", "is no AIGER file"),
    "header only": (b"aag 1 1 0 1 0", "it ends before the end of its first line"),
    "few numbers": (b"aag 1 1 0\n", "must hold the five numbers"),
    "no numbers": (b"aag 1 1 0 one 0\n", "must hold the five numbers"),
    "latch": (b"aag 1 0 1 0 0\n2 3\n", "it holds 1 latches"),
    "properties": (b"aag 1 1 0 1 0 1\n2\n2\n2\n", "it holds properties of model checking"),
    "a million million": (b"aag 9000000000 1 0 1 8000000000\n", "at most 2,000,000 of each"),
    "huge claim": (b"aig 1900000 0 0 1 1900000\n0\n", "too few for the 1,900,001 inputs"),
    "many inputs": (b"aig 9000001 9000001 0 1 0\n0\n", "at most 2,000,000 of each"),
    "few variables": (b"aag 1 1 0 1 1\n2\n4\n4 2 2\n", "tells 1 variables for 1 inputs and 1"),
    "truncated": (b"aag 3 2 0 1 1\n2\n4\n6\n6 2", "ends before gate 0"),
    "truncated binary": (b"aig 3 2 0 1 1\n6\n\x02", "too few|ends before gate 0"),
    "binary order": (b"aig 3 2 0 1 1\n6\n\x00\x01", "gate 0 reads a literal that is not made"),
    "endless delta": (b"aig 3 2 0 1 1\n6\n" + b"\xff" * 40, "is no difference of two literals"),
    "cycle": (b"aag 3 1 0 1 2\n2\n4\n4 6 2\n6 4 2\n", "literal 4 depends on itself"),
    "undefined": (b"aag 4 1 0 1 1\n2\n4\n4 6 2\n", "literal 6 is read, and nothing makes it"),
    "undefined output": (b"aag 4 1 0 1 0\n2\n8\n", "output 0 is literal 8, which nothing makes"),
    "odd gate": (b"aag 3 1 0 1 1\n2\n4\n5 2 2\n", "gate 0 is literal 5; it must be even"),
    "twice": (b"aag 3 1 0 1 1\n2\n2\n2 2 2\n", "makes literal 2, which is made before"),
    "text": (b"aag 3 1 0 1 1\n2\nx\n2 2 2\n", "the line of output 0 must hold 1 literals"),
    "long line": (b"aag 1 1 0 1 0\n" + b"2 " * 10_000 + b"\n", "has 20,000 characters, too"),
    "long symbol": (b"aag 1 1 0 1 0\n2\n2\ni" + b"0" * 20_000, "is no line of its symbol table"),
    "symbol": (b"aag 1 1 0 1 0\n2\n2\ni7 a\n", "'i7' is no line of its symbol table"),
    "latin": (b"aag 1 1 0 1 0\n2\n2\ni0 caf\xe9\n", "is no UTF-8"),
    "named twice": (b"aag 1 1 0 1 0\n2\n2\ni0 a\ni0 b\n", "names i0 twice"),
    "same names": (b"aag 2 2 0 1 0\n2\n4\n2\ni0 a\ni1 a\n", "two inputs named 'a'"),
    "no outputs": (b"aag 1 1 0 0 0\n2\n", "has no outputs"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_graph_is_refused_in_a_sentence(tmp_path, case):
    content, sentence = BAD[case]
    with pytest.raises(ImportedModelError, match=sentence) as caught:
        imported(tmp_path, content)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
