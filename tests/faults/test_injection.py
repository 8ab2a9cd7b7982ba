from __future__ import annotations

import json
from dataclasses import replace

import pytest
from faults.injection import inject
from mutations.circuits import STYLES, deciding_netlist

from logicjsc.check.formal.proof import prove_circuit
from logicjsc.check.synth.programs import find_yosys
from logicjsc.check.synth.yosys import COPIES_JOINED
from logicjsc.core.errors import CircuitError, ConfigError
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog import load_circuit, write_circuit
from logicjsc.emit.vhdl.core import vhdl_core


@pytest.fixture(scope="module")
def voted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tmr") / "c"
    return write_circuit(deciding_netlist(21), folder, _options("tables"))


def _options(kind):
    return replace(STYLES[kind][0], tmr="registers")


def test_every_single_flip_is_masked_and_the_proof_holds(voted, tmp_path):
    flips = inject(voted, tmp_path)
    assert (flips.flip_flops, flips.unmasked) == (voted.manifest.ff, 0)
    assert prove_circuit(load_circuit(voted.directory)).problems == ()


def test_without_copies_flips_are_seen(voted, tmp_path):
    plain = write_circuit(deciding_netlist(21), tmp_path / "c", STYLES["tables"][0])
    flips = inject(plain, tmp_path)
    assert 3 * flips.flip_flops == 3 * plain.manifest.ff == voted.manifest.ff
    assert flips.unmasked > flips.flip_flops // 3


def test_a_stream_with_packets_is_proven(tmp_path):
    circuit = write_circuit(deciding_netlist(21), tmp_path / "c", _options("packets"))
    assert prove_circuit(load_circuit(circuit.directory)).problems == ()


@pytest.mark.parametrize(
    ("flow", "kind"), [("synth_xilinx -flatten", "FDRE"), ("synth_ecp5", "TRELLIS_FF")]
)
def test_synthesis_keeps_three_copies(voted, tmp_path, flow, kind):
    script = [
        *(f"read_verilog {path}" for path in voted.verilog_files),
        f"{flow} -top {voted.top} -run begin:map_luts",
        *COPIES_JOINED,
        "tee -o cells.json stat -json",
    ]
    (tmp_path / "synth.ys").write_text("\n".join(script) + "\n")
    find_yosys().run(["synth.ys"], timeout=120.0, cwd=tmp_path)
    modules = json.loads((tmp_path / "cells.json").read_text())["modules"]
    cells = modules[f"\\{voted.top}"]["num_cells_by_type"]
    assert cells[kind] == voted.manifest.ff


def test_what_cannot_be_tripled_is_refused(voted, tmp_path):
    texts = {path.name: path.read_text() for path in voted.verilog_files}
    with pytest.raises(CircuitError, match="registers in VHDL are held once; leave --tmr away"):
        vhdl_core(texts, voted.manifest.options)
    with pytest.raises(ConfigError, match="cannot have registers that are held three times"):
        write_circuit(
            deciding_netlist(21),
            tmp_path / "c",
            CircuitOptions(0, register_outputs=False, tmr="registers"),
        )
    with pytest.raises(ConfigError, match="there is no tmr 'all'; use registers"):
        CircuitOptions(tmr="all")
