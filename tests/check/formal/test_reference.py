"""What a circuit has to compute, as gates, against references that know no gates."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from reference.blif_simulation import simulate
from reference.ends_reference import reference_class, reference_code
from reference.netlist_reference import reference_outputs
from reference.random_netlists import random_netlist
from reference.tiny_ends import tiny_netlist

from logicjsc.check.formal.reference import Shapes, reference_blif
from logicjsc.core.errors import CircuitError
from logicjsc.emit.verilog import CircuitOptions, write_circuit


def answers(circuit, shapes, vectors, widths):
    """Output bits of the reference, for words that go in."""
    bits = sum(widths)
    names = [f"x{place}" for place in range(bits)]
    logic, wires = reference_blif(circuit, names, shapes)
    outputs = [f"y{place}" for place in range(len(wires))]
    for wire, output in zip(wires, outputs, strict=True):
        logic.name(wire, output)
    text = logic.text("reference", names, outputs)
    for vector in vectors:
        row = [
            word >> bit & 1
            for word, width in zip(vector, widths, strict=True)
            for bit in range(width)
        ]
        values = simulate(text, dict(zip(names, row, strict=True)))
        yield [values[name] for name in outputs]


def bits_of(codes, widths):
    return [
        code >> bit & 1 for code, width in zip(codes, widths, strict=True) for bit in range(width)
    ]


@pytest.mark.parametrize("adders", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_tables_and_sums_are_the_netlist_s(tmp_path, seed, adders):
    netlist = random_netlist(seed)
    circuit = write_circuit(netlist, tmp_path / "c")
    rng = np.random.default_rng(seed)
    widths = netlist.input_widths.tolist()
    vectors = [[int(rng.integers(1 << width)) for width in widths] for _ in range(40)]
    output_widths = netlist.widths[netlist.outputs].tolist()
    made = answers(circuit, Shapes(adders), vectors, widths)
    for vector, found in zip(vectors, made, strict=True):
        assert found == bits_of(reference_outputs(netlist, vector), output_widths)


def test_words_become_a_class(tmp_path):
    netlist = tiny_netlist()
    options = CircuitOptions(encoder=True, argmax=True)
    circuit = write_circuit(netlist, tmp_path / "c", options)
    words = netlist.encoder.words
    vectors = list(itertools.product(range(16), repeat=3))[::7]
    made = answers(circuit, Shapes(adders=True), vectors, words.widths)
    for vector, found in zip(vectors, made, strict=True):
        codes = [
            reference_code(netlist.encoder, signal, vector[feature], words)
            for signal, feature in enumerate(netlist.encoder.features.tolist())
        ]
        decided = reference_class(reference_outputs(netlist, codes), 3, signed=True)
        assert found == bits_of([decided], [2])


def test_another_number_of_bits_is_refused(tmp_path):
    circuit = write_circuit(random_netlist(1), tmp_path / "c")
    with pytest.raises(CircuitError, match="takes 1 bits, its netlist"):
        reference_blif(circuit, ["x0"], Shapes(adders=True))
