"""Circuits of others do nothing but compute."""

from __future__ import annotations

import json

import pytest
from reference.random_netlists import random_netlist

from logicjsc.check.foreign import checked_texts, first_foreign
from logicjsc.check.parts import sources_of
from logicjsc.check.synth.parts import parts_of
from logicjsc.core.errors import CircuitError
from logicjsc.emit.verilog import write_circuit
from logicjsc.emit.verilog.circuit import load_circuit


@pytest.fixture
def circuit(tmp_path):
    netlist = random_netlist(3, inputs=3, stages=1, nodes=2, outputs=2)
    return write_circuit(netlist, tmp_path / "circuit")


def change_manifest(circuit, change):
    file = circuit.directory / "manifest.json"
    entries = json.loads(file.read_text())
    change(entries)
    file.write_text(json.dumps(entries))


def refused(circuit, message):
    for read in (
        checked_texts,
        lambda changed: sources_of(changed, "whole"),
        lambda changed: sources_of(changed, "network"),
        parts_of,
    ):
        with pytest.raises(CircuitError, match=message):
            read(load_circuit(circuit.directory))


def test_what_logicjsc_writes_is_taken(circuit):
    assert set(checked_texts(circuit)) == {path.name for path in circuit.verilog_files}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('initial $system("touch marker");', r"\$system"),
        ('initial $c("system(\\"touch marker\\");");', r"\$c"),
        ('initial $fopen("/etc/passwd");', r"\$fopen"),
        ('initial $readmemh("/etc/passwd", x);', r"\$readmemh"),
        ('`include "/etc/passwd"', "`include"),
        ("`systemc_header\n#include <x>\n`verilog", "`systemc_header"),
        ('wire [7:0] a = "/*"; initial $finish; // */', r"\$finish"),
    ],
)
def test_text_that_does_more_than_compute(circuit, code, found):
    file = circuit.top_file
    text = file.read_text()
    assert text.rstrip().endswith("endmodule")
    file.write_text(text.rstrip().removesuffix("endmodule") + f"{code}\nendmodule\n")
    refused(circuit, f"uses {found}, which no circuit of logicjsc needs; it is not run")


@pytest.mark.parametrize(
    "text",
    [
        b"// costs $5, see `x`\n",
        b"/* $system\n */ wire a;",
        b'parameter A = "$system";',
        b"wire \\$system ;",
        b"assign a = $signed(b);",
        b"",
    ],
)
def test_what_only_looks_like_it_is_taken(text):
    assert first_foreign(text) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: entries.update(top='x; system("touch marker")'),
        lambda entries: entries["blocks"][0].update(reads='in_codes; system("touch marker")'),
        lambda entries: entries["ports"][0].update(name="a b"),
        lambda entries: entries["blocks"][0].update(module=7),
    ],
)
def test_names_that_would_become_commands(circuit, change):
    change_manifest(circuit, change)
    with pytest.raises(CircuitError):
        sources_of(load_circuit(circuit.directory), "whole")


@pytest.mark.parametrize(
    "name", ["x; !touch marker.v", "-f.v", "../x.v", "..", "$(touch marker).v"]
)
def test_files_whose_names_would_become_commands(circuit, name):
    if name != "..":
        (circuit.directory / name.replace("/", "_")).write_text(circuit.top_file.read_text())

    def add(entries):
        entries["files"].append({"name": name, "bytes": 1})

    change_manifest(circuit, add)
    with pytest.raises(CircuitError):
        checked_texts(load_circuit(circuit.directory))
