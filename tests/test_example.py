"""The committed circuit under hw/examples."""

from pathlib import Path

import pytest

from logicjsc.dataset import load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.emit.verilog import load_circuit, write_circuit
from logicjsc.netlist import digest_of, load_netlist
from logicjsc.netlist.scoring import metrics_of

EXAMPLE = Path(__file__).parent.parent / "hw" / "examples" / "jsc-s"


def test_it_is_emitted_again_byte_for_byte(tmp_path):
    circuit = load_circuit(EXAMPLE)
    again = write_circuit(circuit.netlist, tmp_path / "again", circuit.manifest.options)
    expected = {file.name: file.read_bytes() for file in EXAMPLE.iterdir()}
    expected.pop("verify.json", None)
    assert {file.name: file.read_bytes() for file in again.directory.iterdir()} == expected


def test_its_netlist_decides_real_samples():
    netlist = load_netlist(EXAMPLE / "netlist.npz")
    metrics = metrics_of(netlist, load_dataset(DataConfig(task="jets")).test)
    assert metrics.accuracy == pytest.approx(0.6944)


def test_its_netlist_is_still_the_same():
    digest = "20a282347fb6f123adedcbd6e445da461bc49df436f13583c33c6852eeef2e8a"
    assert digest_of(load_netlist(EXAMPLE / "netlist.npz")) == digest
