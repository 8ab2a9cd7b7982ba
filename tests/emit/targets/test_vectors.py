"""Vectors of a whole circuit say what the netlist says, and reach every kind of end."""

import numpy as np
import pytest
from reference.tiny_ends import tiny_netlist

from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.targets.vectors import circuit_vectors
from logicjsc.emit.verilog import write_circuit
from logicjsc.netlist import evaluate


@pytest.mark.parametrize("encoder", [False, True])
@pytest.mark.parametrize("argmax", [False, True])
def test_each_line_is_the_netlists_answer(tmp_path, encoder, argmax):
    netlist = tiny_netlist()
    circuit = write_circuit(netlist, tmp_path / "c", CircuitOptions(encoder=encoder, argmax=argmax))
    samples = np.array([[0.5, 9.0, 2.0], [-3.0, 4.0, 1.0]], np.float32)
    vectors = circuit_vectors(circuit, 40, samples)
    assert vectors.samples == 2
    assert len(vectors) == (42 if encoder else 44)
    assert len(set(vectors.outputs)) > 1
    for entering, leaving in zip(vectors.inputs, vectors.outputs, strict=True):
        if encoder:
            words = [entering >> 4 * place & 15 for place in range(3)]
            words[0] -= 16 * (words[0] > 7)
            codes = netlist.encoder.encode(np.array([[words[0] / 2, *words[1:]]], np.float32))
        else:
            codes = np.array([[entering >> lsb & mask for lsb, mask in CODES]])
        scores = evaluate(netlist, codes)
        if argmax:
            assert leaving == netlist.decoder.classify(scores)[0]
        else:
            assert leaving == sum(int(score) << 3 * n for n, score in enumerate(scores[0]))
    lines = vectors.in_text().splitlines()
    assert [int(line, 16) for line in lines] == list(vectors.inputs)
    assert {len(line) for line in lines} == {-(-vectors.in_bits // 4)}


CODES = ((0, 3), (2, 1), (3, 3), (5, 3))
