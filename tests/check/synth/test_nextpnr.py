from __future__ import annotations

import json
import re

import pytest

from logicjsc.check.synth.harness import harness
from logicjsc.check.synth.nextpnr import FAMILIES, place_and_route
from logicjsc.check.synth.parts import parts_of
from logicjsc.check.synth.programs import Limits, find_nextpnr, find_yosys
from logicjsc.check.synth.yosys import counted, workplace

SMALL = {"LUT4": 10, "CCU2C": 2, "PFUMX": 3, "TRELLIS_FF": 5}


@pytest.fixture
def fakes(fake_yosys, fake_statistics, fake_nextpnr):
    """Makes a Yosys that always counts the same cells, and a nextpnr."""

    def make(cells, script):
        fake_yosys(fake_statistics({"*": cells}))
        fake_nextpnr(script)

    return make


def measure(circuit, name, family="ecp5", seconds=120.0):
    part = next(part for part in parts_of(circuit) if part.name == name)
    chosen = FAMILIES[family]
    nextpnr = find_nextpnr(family, chosen.programs)
    with workplace("0" * 64, "test", Limits(seconds, 4 << 30)) as place:
        figures = place_and_route(find_yosys(), nextpnr, chosen, part, place)
        framed = place.folder / f"{name}-framed.json"
        return figures, counted(place, f"{name}-framed", name) if framed.exists() else None


# Of the network alone, this version of nextpnr finds no path to time on a Gowin device.
@pytest.mark.parametrize(("family", "name"), [("ecp5", "network"), ("gowin", "whole")])
def test_a_real_part_is_placed_and_routed(table_circuit, family, name):
    figures, framed = measure(table_circuit, name, family)
    assert figures.problem is None
    assert 20 < figures.fmax_mhz < 2000
    assert figures.lut > 0
    part = next(part for part in parts_of(table_circuit) if part.name == name)
    inputs = sum(port.width for port in part.ports[2:] if port.direction == "input")
    outputs = sum(port.width for port in part.ports if port.direction == "output")
    registers = sum(framed.cells.get(kind, 0) for kind in FAMILIES[family].flip_flops)
    # The frame adds two registers per output, and one per input but for dead ones at its end.
    added = registers - figures.ff - 2 * outputs
    assert inputs // 4 < added <= inputs


def test_the_frame(table_circuit):
    name, text = harness(parts_of(table_circuit)[2])
    assert name == "tiny_argmax_harness"
    assert (
        text
        == """module tiny_argmax_harness (
    input  wire clk,
    input  wire rst,
    input  wire load,
    input  wire serial_in,
    output wire serial_out
);

  reg [9:0] given;
  wire [2:0] taken;
  reg [2:0] caught;
  reg [2:0] leaving;

  tiny_argmax circuit (
      .clk(clk),
      .rst(rst),
      .in_valid(given[0:0]),
      .in_codes(given[9:1]),
      .out_valid(taken[0:0]),
      .out_class(taken[2:1])
  );

  always @(posedge clk) begin
    given <= {given, serial_in};  // the highest bit is cut off
    caught <= taken;
    leaving <= load ? caught : {leaving, 1'b0};  // the highest bit is cut off
  end

  assign serial_out = leaving[2];

endmodule
"""
    )


def report(value):
    return f"echo '{json.dumps(value)}' > network-framed-report.json"


def test_carry_cells_count_as_luts_and_the_smaller_way_is_taken(
    table_circuit, fake_yosys, fake_statistics, fake_nextpnr
):
    without = {"LUT4": 13, "TRELLIS_FF": 5}
    fake_yosys(fake_statistics({"*-no-carry.json": without, "*": SMALL}))
    fake_nextpnr(report({"fmax": {"clk": {"achieved": 123.5, "constraint": 500}}}))
    figures, _ = measure(table_circuit, "network")
    assert (figures.lut, figures.ff, figures.fmax_mhz) == (13, 5, 123.5)
    assert figures.flow == "LFE5U-25F-8, no carry cells"
    fake_yosys(fake_statistics({"*-no-carry.json": {"LUT4": 15}, "*": SMALL}))
    figures, _ = measure(table_circuit, "network")
    assert (figures.lut, figures.cells, figures.flow) == (14, SMALL, "LFE5U-25F-8")


@pytest.mark.parametrize(
    ("luts", "device"),
    [(21_859, "LFE5U-25F-8"), (21_860, "LFE5U-45F-8"), (60_000, "LFE5U-85F-8")],
)
def test_the_smallest_device_is_taken(table_circuit, fakes, luts, device):
    fakes({"LUT4": luts}, report({"fmax": {"clk": {"achieved": 1}}}))
    assert measure(table_circuit, "network")[0].flow == device


def test_what_is_too_large_keeps_its_area(table_circuit, fakes):
    fakes({"LUT4": 100_000}, "exit 1")
    figures, _ = measure(table_circuit, "network")
    assert (figures.lut, figures.fmax_mhz) == (100_000, None)
    assert re.match(
        r"network: 100,000 LUTs or flip-flops do not fit into LFE5U-85F-8, the largest device, "
        r"which has 83,640",
        figures.problem,
    )


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "echo \"ERROR: Unable to place cell 'x', no Bels remaining of type 'Y'\"; exit 1",
            "found no place for every cell in LFE5U-25F-8",
        ),
        ("echo 'ERROR: strange'; exit 1", "failed with exit code 1: ERROR: strange"),
        ("kill -SEGV $$", "killed by SIGSEGV"),
        ("kill -KILL $$", "ran out of memory"),
        ("sleep 60", "did not finish within 2 s"),
        ("echo done", "reported no clock frequency"),
        (report({"fmax": {}}), "it found no path to time"),
        (report({"fmax": {"a": {"achieved": 1}, "b": {"achieved": 2}}}), "no clock frequency"),
        (report({"fmax": {"clk": {"achieved": "fast"}}}), "no clock frequency"),
        (report({"fmax": {"clk": {"achieved": -3}}}), "-3.0 MHz is no frequency"),
        (report([]), "no clock frequency"),
    ],
)
def test_a_nextpnr_that_fails_leaves_the_area(table_circuit, fakes, script, message):
    fakes(SMALL, script)
    figures, _ = measure(table_circuit, "network", seconds=2.0)
    assert (figures.lut, figures.ff, figures.fmax_mhz) == (14, 5, None)
    assert message in figures.problem
    assert re.search(r"see .*/network-framed-nextpnr\.log\)$", figures.problem)
