"""The committed circuit under hw/examples."""

from pathlib import Path

import pytest

from logicjsc.dataset import load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.metrics import score_metrics
from logicjsc.emit.verilog import load_circuit, write_circuit
from logicjsc.netlist import evaluate, load_netlist

EXAMPLE = Path(__file__).parent.parent / "hw" / "examples" / "jsc-s"


def test_it_is_emitted_again_byte_for_byte(tmp_path):
    circuit = load_circuit(EXAMPLE)
    again = write_circuit(circuit.netlist, tmp_path / "again", circuit.manifest.options)
    expected = {file.name: file.read_bytes() for file in EXAMPLE.iterdir()}
    expected.pop("verify.json", None)
    assert {file.name: file.read_bytes() for file in again.directory.iterdir()} == expected


def test_its_netlist_decides_real_samples():
    netlist = load_netlist(EXAMPLE / "netlist.npz")
    samples = load_dataset(DataConfig()).test
    assert netlist.encoder is not None
    assert netlist.decoder is not None
    scores = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(samples.features)))
    metrics = measure_scores(scores, samples)
    assert metrics.accuracy == pytest.approx(0.6944)
