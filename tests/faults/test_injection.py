from __future__ import annotations

import json
import re
import shutil
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


@pytest.fixture(scope="module")
def tripled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tmr") / "c"
    return write_circuit(deciding_netlist(21), folder, _options("tables", "full"))


def _options(kind, tmr="registers"):
    return replace(STYLES[kind][0], tmr=tmr)


def test_every_single_flip_is_masked_and_the_proof_holds(voted, tmp_path):
    flips = inject(voted, tmp_path)
    assert (flips.flip_flops, flips.unmasked) == (voted.manifest.ff, 0)
    assert prove_circuit(load_circuit(voted.directory)).problems == ()


def test_copies_of_logic_vote_and_are_proven(tripled, tmp_path):
    flips = inject(tripled, tmp_path, every=12)
    assert flips.flip_flops == -(-tripled.manifest.ff // 12)
    assert flips.logic_bits > 2 * flips.flip_flops
    assert flips.unmasked == 0
    assert prove_circuit(load_circuit(tripled.directory)).problems == ()


def test_without_a_vote_wrong_logic_is_seen(tripled, tmp_path):
    # The function is the same, so only faults show it.
    text, changed = re.subn(
        r"(assign out_class\[place\] =)[^;]*",
        r"\1 out_class_b[place]",
        tripled.top_file.read_text(),
    )
    assert changed == 1
    folder = shutil.copytree(tripled.directory, tmp_path / "c")
    (folder / tripled.top_file.name).write_text(text)
    changed = load_circuit(folder)
    assert inject(changed, tmp_path, only="copy_b.argmax").unmasked > 0


def test_copies_that_do_not_read_each_other_are_not_proven(tripled, tmp_path):
    folder = shutil.copytree(tripled.directory, tmp_path / "c")
    text = tripled.top_file.read_text()
    assert text.count(".held_b(held_b)") == 3
    (folder / tripled.top_file.name).write_text(
        text.replace(".held_b(held_b)", ".held_b(held_a)", 1)
    )
    problems = prove_circuit(load_circuit(folder)).problems
    assert problems == ("there are not three copies that read what all of them hold",)


def test_without_copies_flips_are_seen(voted, tmp_path):
    plain = write_circuit(deciding_netlist(21), tmp_path / "c", STYLES["tables"][0])
    flips = inject(plain, tmp_path)
    assert 3 * flips.flip_flops == 3 * plain.manifest.ff == voted.manifest.ff
    assert flips.unmasked > flips.flip_flops // 3


@pytest.mark.parametrize("tmr", ["registers", "full"])
def test_a_stream_with_packets_is_proven(tmp_path, tmr):
    options = replace(_options("packets", tmr), input_stages=1)
    circuit = write_circuit(deciding_netlist(21), tmp_path / "c", options)
    assert prove_circuit(load_circuit(circuit.directory)).problems == ()


@pytest.mark.parametrize(
    ("flow", "kind"), [("synth_xilinx -flatten", "FDRE"), ("synth_ecp5", "TRELLIS_FF")]
)
def test_synthesis_keeps_three_copies(voted, tripled, tmp_path, flow, kind):
    modules = _cells(voted, flow, tmp_path, COPIES_JOINED)
    assert modules[voted.top][kind] == voted.manifest.ff
    modules = _cells(tripled, flow, tmp_path)
    assert modules[tripled.top]["deciding_chain"] == 3
    assert 3 * modules["deciding_chain"][kind] == tripled.manifest.ff


def _cells(circuit, flow, place, more=()):
    script = [
        *(f"read_verilog {path}" for path in circuit.verilog_files),
        f"{flow} -top {circuit.top} -run begin:map_luts",
        *more,
        "tee -o cells.json stat -json",
    ]
    (place / "synth.ys").write_text("\n".join(script) + "\n")
    find_yosys().run(["synth.ys"], timeout=600.0, cwd=place)
    modules = json.loads((place / "cells.json").read_text())["modules"]
    return {name.lstrip("\\"): found["num_cells_by_type"] for name, found in modules.items()}


def test_what_cannot_be_tripled_is_refused(voted, tmp_path):
    texts = {path.name: path.read_text() for path in voted.verilog_files}
    with pytest.raises(CircuitError, match="registers in VHDL are held once; leave --tmr away"):
        vhdl_core(texts, voted.manifest.options)
    with pytest.raises(ConfigError, match="cannot have three copies that vote"):
        write_circuit(
            deciding_netlist(21),
            tmp_path / "c",
            CircuitOptions(0, register_outputs=False, tmr="registers"),
        )
    with pytest.raises(ConfigError, match="there is no tmr 'all'; use registers or full"):
        CircuitOptions(tmr="all")
