"""The rungs of the C library: one wrong bit anywhere, and they see it."""

import re

import numpy as np
import pytest
from reference.map_netlists import every_code, netlist_of

from logicjsc.check.c_library import library_rungs
from logicjsc.check.ladder import verification_vectors
from logicjsc.emit.c.fast_network import FastNetwork
from logicjsc.emit.c.library import load_library, write_library
from logicjsc.map.lut_network import Lut, LutNetwork
from logicjsc.map.tables import map_tables
from logicjsc.netlist import evaluate
from logicjsc.netlist.passes import drop_dead_nodes


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


@pytest.fixture
def netlist():
    return netlist_of(np.random.default_rng(11))


@pytest.fixture
def luts(netlist):
    return map_tables(netlist, jobs=1)


def climb(netlist, library):
    network = FastNetwork.open(library.directory)
    vectors = {**verification_vectors(netlist, np.zeros((1, 0))), "every code": every_code()}
    return {rung.name: rung for rung in library_rungs(netlist, network, vectors)}


def test_the_library_of_a_netlist_holds(netlist, luts, tmp_path):
    rungs = climb(netlist, write_library(netlist, tmp_path / "library", luts))
    assert [rung.vectors for rung in rungs.values()] == [100_000, 4, 64]
    assert all(rung.ok and not rung.simulated for rung in rungs.values())
    assert "netlist = C library, random codes" in rungs


def flipped(luts, layer, number, row):
    network = luts[layer]
    lut = network.luts[number]
    changed = list(network.luts)
    changed[number] = Lut(lut.inputs, lut.table ^ 1 << row)
    return [
        LutNetwork(network.inputs, tuple(changed), network.outputs) if index == layer else other
        for index, other in enumerate(luts)
    ]


def test_one_flipped_bit_of_a_lut_fails(netlist, luts, tmp_path):
    """In the first and last LUT of each layer; bits that no code reaches are told apart."""
    live = drop_dead_nodes(netlist)
    caught = 0
    for layer, network in enumerate(luts):
        for number in () if network is None else (0, len(network.luts) - 1):
            wrong = flipped(luts, layer, number, 0)
            library = write_library(netlist, tmp_path / "library", wrong)
            rungs = climb(netlist, library)
            expected = evaluate_luts(live, wrong)
            differing = int((expected != evaluate(netlist, every_code())).any(axis=1).sum())
            assert rungs["netlist = C library, every code"].mismatches == differing
            assert rungs["netlist = C library, random codes"].ok == (differing == 0)
            caught += differing > 0
    assert caught >= 2


def evaluate_luts(netlist, luts):
    """Outputs on every code, layer by layer: LUTs where there are some, else the golden model."""
    from dataclasses import replace

    from logicjsc.map.lut_network import pack_words, unpack_words

    columns = list(every_code().T)
    for index, (layer, network) in enumerate(zip(netlist.layers, luts, strict=True)):
        if network is None:
            first = netlist.first_signals[index]
            cut = replace(
                netlist,
                input_names=tuple(f"i{signal}" for signal in range(first)),
                input_widths=netlist.widths[:first],
                input_signed=netlist.signed[:first],
                layers=(replace(layer, stage=1),),
                outputs=np.arange(first, first + layer.nodes),
            )
            columns += list(evaluate(cut, np.stack(columns, axis=1)).T)
            continue
        bits = [
            column >> bit & 1
            for column, width in zip(columns, netlist.widths.tolist(), strict=False)
            for bit in range(width)
        ]
        found = iter(unpack_words(network.evaluate(pack_words(np.array(bits))), 64).astype(int))
        columns += [sum(next(found) << bit for bit in range(int(width))) for width in layer.widths]
    return np.stack([columns[signal] for signal in netlist.outputs], axis=1)


def test_one_flipped_bit_of_the_c_text_fails(netlist, luts, tmp_path):
    library = write_library(netlist, tmp_path / "library", luts)
    text = library.source.read_text()
    function = re.search(r"static inline word gate_(\w\w)\(.*\n\{\n    return (.*);\n", text)
    table, expression = int(function[1], 16), function[2]
    # Both forms of the gate, whichever this processor takes.
    wrong = expression.replace(f"0x{table:02x}", f"0x{table ^ 1:02x}")
    wrong = re.sub(r"c, (.*)\)$", rf"c, (\1) ^ {minterm()})", wrong)
    library.source.write_text(text.replace(expression, wrong))
    assert not all(rung.ok for rung in climb(netlist, load_library(library.directory)).values())


def minterm():
    return "(~a & ~b & ~c)"


def test_swapped_planes_fail(netlist, luts, tmp_path):
    library = write_library(netlist, tmp_path / "library", luts)
    text = library.source.read_text()
    swapped = text.replace("s[2] = planes", "s[x] = planes").replace(
        "s[3] = planes", "s[2] = planes"
    )
    library.source.write_text(swapped.replace("s[x] = planes", "s[3] = planes"))
    assert library.source.read_text() != text
    assert not all(rung.ok for rung in climb(netlist, load_library(library.directory)).values())
