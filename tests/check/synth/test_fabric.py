"""The generic fabric: its cells from Yosys', its delays by hand, and what nextpnr makes of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from reference.random_netlists import random_netlist

from logicjsc.check.synth.fabric.back_end import NAME, PART, find_program, frequency
from logicjsc.check.synth.fabric.cells import CHAIN, CLOCK, LUT, REGISTER, fabric_cells
from logicjsc.check.synth.fabric.description import describe, net_delays
from logicjsc.check.synth.programs import Limits
from logicjsc.check.synth.report import synthesise
from logicjsc.check.synth.yosys import workplace
from logicjsc.core.errors import ToolFailedError, ToolNotFoundError
from logicjsc.map.timing.delays import load_delays

DELAYS = load_delays(PART)
NEAR, SITE = net_delays(DELAYS)
CLK = 2


def lut(output, *inputs):
    pins = {f"I{number}": [net] for number, net in enumerate(inputs)}
    return {"type": f"LUT{len(inputs)}", "connections": pins | {"O": [output]}}


def register(output, data, clock=CLK):
    pins = {"C": [clock], "CE": ["1"], "D": [data], "Q": [output], "R": ["0"]}
    return {"type": "FDRE", "connections": pins}


def carry(below, selects, data, sums, carries):
    pins = {"CI": [below], "CYINIT": ["0"], "S": selects, "DI": data, "O": sums, "CO": carries}
    return {"type": "CARRY4", "connections": pins}


def cells_of(cells, places=8):
    module = {"ports": {"clk": {"direction": "input", "bits": [CLK]}}, "cells": cells}
    return fabric_cells({"modules": {"top": module}}, "top", places)


def adder(places, through=()):
    """Registers a and b, whose sum is stored; selects of some places come without a LUT."""
    cells, net = {}, iter(range(1000, 9000))
    a, b = [[next(net) for _ in range(places)] for _ in "ab"]
    for place in range(places):
        cells[f"a{place}"] = register(a[place], "x")
        cells[f"b{place}"] = register(b[place], "x")
    selects = [next(net) for _ in range(places)]
    for place in range(places):
        if place in through:
            selects[place] = a[place]
        else:
            cells[f"lut{place}"] = lut(selects[place], a[place], b[place])
    below = "0"
    for low in range(0, places, 4):
        sums, carries = [[next(net) for _ in range(4)] for _ in range(2)]
        padded = [(*values[low : low + 4], *"0000")[:4] for values in (selects, a)]
        cells[f"carry{low}"] = carry(below, *padded, sums, carries)
        below = carries[3]
        for place in range(low, min(low + 4, places)):
            cells[f"s{place}"] = register(next(net), sums[place - low])
    return cells


def test_a_lut_and_the_register_that_alone_reads_it_are_one_cell():
    cells = cells_of(
        {
            "in": register(3, "x"),
            "lut": lut(4, 3, "1"),
            "out": register(5, 4),
            "shared": lut(6, 5),
            "one": register(7, 6),
            "two": register(8, 6),
        }
    )
    kinds = {name: (cell.kind, cell.registered) for name, cell in cells.items()}
    assert kinds == {
        "in": (REGISTER, True),
        "lut": (LUT, True),
        "shared": (LUT, False),
        "one": (REGISTER, True),
        "two": (REGISTER, True),
        "clock": (CLOCK, False),
    }
    assert cells["lut"].inputs == {"I0": 3, "CLK": CLK}
    assert cells["lut"].outputs == {"Q": 5}
    assert cells["in"].inputs == {"CLK": CLK}  # what comes from outside is left away


def test_two_functions_of_one_cell_are_two_luts():
    pins = {f"I{number}": [10 + number] for number in range(5)} | {"I5": ["1"]}
    cell = {"type": "LUT6_2", "connections": pins | {"O5": [20], "O6": [21]}}
    inputs = {f"r{number}": register(10 + number, "x") for number in range(5)}
    cells = cells_of({**inputs, "pair": cell})
    assert [cells[name].kind for name in ("pair", "pair.O5")] == [LUT, LUT]
    assert set(cells["pair.O5"].inputs.values()) == set(range(10, 15))


def test_places_of_a_chain_share_blocks_and_select_by_the_lut_beside_them():
    cells = cells_of(adder(10, through=[9]))
    blocks = {name: cell for name, cell in cells.items() if cell.kind == CHAIN}
    assert list(blocks) == ["carry0.0", "carry0.1"]
    assert [block.below for block in blocks.values()] == [None, "carry0.0"]
    assert "CI" not in blocks["carry0.0"].inputs
    assert blocks["carry0.1"].inputs["CI"] == blocks["carry0.0"].outputs["CO7"]
    assert cells["lut8"].beside == ("carry0.1", 0)
    assert cells["carry0.1.through1"].beside == ("carry0.1", 1)
    fabric, design = describe(cells, DELAYS)
    placed = {
        name: cell["attributes"]["BEL"].split("_")[2:]
        for name, cell in design["modules"]["top"]["cells"].items()
        if cell["attributes"]
    }
    (x, low, _), (same, high, _) = placed["carry0.0"], placed["carry0.1"]
    assert (same, int(high)) == (x, int(low) + 1)
    assert placed["lut3"] == [x, low, "3"]
    assert placed["carry0.1.through1"] == [x, high, "1"]
    assert fabric["fabric"]["places"] == 8


def test_delays_of_a_block_by_hand():
    fabric, _ = describe(cells_of(adder(10)), DELAYS)
    chain = DELAYS.carry
    low = {(start, end): ps for start, end, ps in fabric["cells"]["carry0.0"]["arcs"]}
    high = {(start, end): ps for start, end, ps in fabric["cells"]["carry0.1"]["arcs"]}
    assert low["S3", "O3"] == chain.select_to_sum_ps
    assert low["S3", "CO3"] == chain.select_to_carry_ps
    assert low["DI2", "CO7"] == chain.data_to_carry_ps + 5 * chain.carry_to_carry_ps
    assert low["S0", "O1"] == chain.select_to_carry_ps + chain.carry_to_sum_ps
    assert ("DI2", "O2") not in low
    assert ("S3", "O2") not in low
    assert high["CI", "O0"] == chain.carry_to_sum_ps
    assert high["CI", "O1"] == chain.carry_to_carry_ps + chain.carry_to_sum_ps
    fabric, _ = describe(cells_of(adder(20)), DELAYS)
    middle = {(start, end): ps for start, end, ps in fabric["cells"]["carry0.1"]["arcs"]}
    assert middle["CI", "CO6"] == 7 * chain.carry_to_carry_ps
    assert middle["CI", "CO7"] == chain.through_ps


def test_late_inputs_take_fast_pins():
    cells = cells_of(
        {
            **{f"r{n}": register(10 + n, "x") for n in range(6)},
            "early": lut(20, 10, 11),
            "late": lut(21, 20, 12, 13, 14, 15, 11),
            "out": register(30, 21),
        }
    )
    fabric, design = describe(cells, DELAYS)
    assert design["modules"]["top"]["cells"]["late"]["connections"]["I5"] == [20]
    own = DELAYS.net.into_register_ps + DELAYS.register.setup_ps
    assert dict(fabric["cells"]["late"]["setup"])["I5"] == 35 + own


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"a": lut(3, 4), "b": lut(4, 3), "r": register(5, 3)}, "form a loop without a register"),
        ({"ram": {"type": "RAMB36E2", "connections": {}}}, "RAMB36E2, which the generic fabric"),
        ({"a": register(3, "x"), "b": register(4, 3, clock=9)}, "2 clocks; the fabric has one"),
    ],
)
def test_what_the_fabric_has_not_is_refused(cells, sentence):
    with pytest.raises(ToolFailedError, match=sentence):
        cells_of(cells)


def test_without_a_register_there_is_nothing_to_time():
    with pytest.raises(ToolFailedError, match="no register"):
        describe(cells_of({"lut": lut(3, 4)}), DELAYS)


def routed(cells, delays=DELAYS):
    """Clock period in ps, and the steps of the critical path."""
    with workplace("0" * 64, "fabric", Limits(60.0, 2 << 30)) as place:
        found = frequency(find_program(), delays, cells, "some", place)
        report = json.loads((place.folder / "some-report.json").read_text())
    return 1e6 / found, report["critical_paths"][0]["path"]


def test_nextpnr_adds_up_our_delays():
    cells = cells_of(
        {"a": register(3, "x"), "lut": lut(4, 3), "b": register(5, 4), "c": register(6, 5)}
    )
    period, path = routed(cells)
    # Clock to Q, a net of some sites, the fastest pin, and the register beside the LUT.
    logic = 79 + 35 + DELAYS.net.into_register_ps + 10
    nets = period - logic
    assert nets >= NEAR - 0.5
    sites = (nets - NEAR) / SITE
    assert sites == pytest.approx(round(sites), abs=0.02)
    assert sum(step["delay"] for step in path) == pytest.approx(period / 1000, abs=1e-3)


def test_nextpnr_uses_the_wires_of_a_chain():
    period, path = routed(cells_of(adder(10, through=[9])))
    steps = [(step["type"], step["from"]["port"], step["to"]["port"]) for step in path]
    delays = {step: found["delay"] * 1000 for step, found in zip(steps, path, strict=True)}
    hops = [ps for (kind, start, _), ps in delays.items() if (kind, start) == ("routing", "CO7")]
    assert hops == [pytest.approx(DELAYS.carry.hop_ps, abs=0.5)]
    slower = replace(DELAYS, carry=replace(DELAYS.carry, hop_ps=500.0))
    assert routed(cells_of(adder(10)), slower)[0] >= period + 400


def test_a_mapped_netlist_is_placed_and_routed():
    """By the command's own function."""
    netlist = random_netlist(4, stages=2)
    ours, report = synthesise(
        netlist,
        ["mapper", NAME],
        effort="low",
        limits=Limits(120.0, 4 << 30),
        layers=False,
        out=None,
        on_step=lambda *_: None,
    ).back_ends
    network, whole = report.parts
    assert network.problem is None
    assert network.lut == ours.parts[0].lut
    assert network.fmax_mhz == whole.fmax_mhz
    assert 500 < network.fmax_mhz < 1e6 / (79 + NEAR + 35 + 10)
    assert "ultrascale-plus" in report.target


def test_a_missing_program_is_told_with_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolNotFoundError, match="install Debian's nextpnr-generic"):
        find_program()
