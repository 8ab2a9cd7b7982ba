"""A manifest that says something else than its netlist or its options is refused."""

from __future__ import annotations

import json

import pytest
from reference.ends_reference import netlist_with_ends
from reference.naive_luts import naive_luts

from logicjsc.core.errors import CircuitError
from logicjsc.emit.verilog import CircuitOptions, load_circuit, write_circuit

ENDS = {"argmax": True, "encoder": True}


def changed(folder, options, luts, **entries):
    """What is said of a circuit whose manifest has other entries."""
    netlist = netlist_with_ends(3)
    write_circuit(netlist, folder / "c", options, naive_luts(netlist) if luts else None)
    load_circuit(folder / "c")
    path = folder / "c" / "manifest.json"
    manifest = json.loads(path.read_text())
    for name, value in entries.items():
        holder, *rest = name.split("__")
        place = manifest
        for key in (holder, *rest)[:-1]:
            place = place[int(key) if key.isdigit() else key]
        place[rest[-1] if rest else holder] = value
    path.write_text(json.dumps(manifest))
    try:
        load_circuit(folder / "c")
    except CircuitError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        # The whole latency, the flip-flops and the ends stay as they are.
        ({"options__pipeline": 2}, "options"),
        ({"options__register_inputs": True}, "options"),
        ({"options__register_outputs": False}, "options"),
        ({"blocks__0__latency_cycles": 2, "blocks__1__latency_cycles": 1}, "options"),
        ({"options__lut_depth": 3}, "lut"),
        ({"options__primitives": "generic"}, "lut"),
        ({"lut_packed": 3}, "lut_packed"),
        ({"lut4": 3}, "lut4"),
        ({"latency_cycles": 9}, "latency_cycles"),
        ({"ff": 9}, "ff"),
        ({"blocks__1__in_width": 9}, "blocks"),
        ({"dead_nodes": 9}, "dead_nodes"),
    ],
)
def test_entries_that_do_not_fit(tmp_path, entries, wrong):
    said = changed(tmp_path, CircuitOptions(**ENDS), luts=False, **entries)
    assert f"something else than its netlist about {wrong};" in said


@pytest.mark.parametrize(
    ("style", "entries", "wrong"),
    [
        ("xilinx", {"lut_packed": None}, "lut_packed"),
        ("xilinx", {"lut4": 9}, "lut4"),
        ("lattice", {"lut4": None}, "lut4"),
        ("generic", {"lut": None}, "lut"),
        ("generic", {"options__pipeline": 0}, "options"),
    ],
)
def test_entries_of_mapped_circuits_that_do_not_fit(tmp_path, style, entries, wrong):
    said = changed(tmp_path, CircuitOptions(**ENDS, primitives=style), luts=True, **entries)
    assert f"something else than its netlist about {wrong};" in said


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ({"blocks__0__ff": "12"}, "ff is '12', which is no int"),
        ({"ff": 12.0}, "ff is 12.0, which is no int or NoneType"),
        ({"lut": True}, "lut is True, which is no int or NoneType"),
        ({"options__register_inputs": "no"}, "register_inputs is 'no', which is no bool"),
        ({"options__encoder": 1}, "encoder is 1, which is no bool"),
        ({"top": 7}, "top is 7, which is no str"),
        ({"files__0__name": None}, "name is None, which is no str"),
        ({"ports__0__width": "1"}, "width is '1', which is no int"),
    ],
)
def test_values_of_another_type(tmp_path, entries, wrong):
    said = changed(tmp_path, CircuitOptions(**ENDS), luts=False, **entries)
    assert f"the manifest is damaged: {wrong}" in said


def test_records_may_say_anything(tmp_path):
    options = CircuitOptions(**ENDS, primitives="generic")
    assert not changed(tmp_path, options, luts=True, lut=7, files__0__bytes=7)
