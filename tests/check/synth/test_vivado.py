from __future__ import annotations

import pytest
from reference.tiny_ends import tiny_netlist
from reference.vivado_reports import timing, utilization

from logicjsc.check.synth.vivado import read_fmax, read_reports, write_scripts
from logicjsc.core.errors import CircuitError, OutputError, ToolFailedError
from logicjsc.emit.verilog import CircuitOptions, write_circuit


@pytest.fixture
def folder(table_circuit, tmp_path):
    return write_scripts(table_circuit, tmp_path / "vivado")


def put(folder, part, period, stage, *, area, slack):
    reports = folder / "reports"
    reports.mkdir(exist_ok=True)
    start = f"{part}_{period:.3f}ns_{stage}"
    (reports / f"{start}_utilization.rpt").write_text(utilization(*area))
    (reports / f"{start}_timing.rpt").write_text(timing(slack, period))


def test_the_folder_is_ready_to_run(folder, table_circuit):
    assert sorted(path.name for path in folder.iterdir()) == [
        *("clk_1.000ns.xdc", "clk_2.000ns.xdc", "rtl", "settings.tcl", "synth.json", "vivado.tcl")
    ]
    for path in table_circuit.verilog_files:
        assert (folder / "rtl" / path.name).read_bytes() == path.read_bytes()
    assert (folder / "settings.tcl").read_text() == (
        "set device xcvu9p-flgb2104-2-i\n"
        "set periods {2.000 1.000}\n"
        "set parts {\n"
        "    encoder tiny_encoder clk\n"
        "    network tiny_network clk\n"
        "    argmax tiny_argmax clk\n"
        "    whole tiny clk\n"
        "}\n"
    )
    constraints = (folder / "clk_1.000ns.xdc").read_text()
    assert "create_clock -name clock -period 1.000 [get_ports clk]\n" in constraints
    assert "NAME != clk}" in constraints
    assert "@" not in constraints
    script = (folder / "vivado.tcl").read_text()
    for option in ("out_of_context", "-flatten_hierarchy rebuilt", "-max_bram 0", "route_design"):
        assert option in script
    # Braces of Tcl must match even in comments.
    assert script.count("{") == script.count("}")


@pytest.mark.parametrize(
    ("options", "clock", "create"),
    [
        (CircuitOptions(axi_stream=True), "aclk", "-period 2.000 [get_ports aclk]\n"),
        (CircuitOptions(0, register_outputs=False), "virtual", "-period 2.000\n"),
    ],
)
def test_clocks_of_streams_and_of_circuits_without_registers(tmp_path, options, clock, create):
    circuit = write_circuit(tiny_netlist(), tmp_path / "circuit", options)
    folder = write_scripts(circuit, tmp_path / "vivado")
    assert create in (folder / f"{clock}_2.000ns.xdc").read_text()
    assert f" {clock}\n}}" in (folder / "settings.tcl").read_text()


def test_reports_become_figures(folder, table_circuit):
    put(folder, "encoder", 2, "synthesis", area=(40, 9), slack="1.000")
    put(folder, "whole", 2, "synthesis", area=(120, 41), slack="0.750")
    put(folder, "whole", 1, "routing", area=(118, 41), slack="-0.250")
    report = read_reports(folder)
    assert (report.name, report.style) == ("tiny", "table")
    assert report.netlist_digest == table_circuit.manifest.netlist_digest
    first, second = report.back_ends
    assert (first.name, first.tool) == ("vivado, synthesis, 2 ns", "Vivado 2022.2")
    assert [(row.part, row.lut, row.ff, row.fmax_mhz) for row in first.parts] == [
        ("encoder", 40, 9, 1000.0),
        ("whole", 120, 41, 800.0),
    ]
    assert second.name == "vivado, routing, 1 ns"
    (whole,) = second.parts
    assert (whole.lut, whole.fmax_mhz, whole.latency_cycles) == (118, 800.0, 4)
    assert whole.cells == {}
    assert report.problems == ()


def test_stars_memory_and_other_families(folder):
    put(folder, "whole", 2, "synthesis", area=(1, 1), slack="NA")
    path = folder / "reports" / "whole_2.000ns_synthesis_utilization.rpt"
    path.write_text(utilization(77, 5, memory=3, block_ram=2, star="*"))
    (whole,) = read_reports(folder).back_ends[0].parts
    assert (whole.lut, whole.ff, whole.fmax_mhz) == (77, 5, None)
    assert whole.cells == {"Block RAM Tile": 2, "LUT as Memory": 3}
    path.write_text(utilization(77, 5).replace("CLB ", "Slice "))
    (whole,) = read_reports(folder).back_ends[0].parts
    assert (whole.lut, whole.ff) == (77, 5)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("utilization", "hello", r"_utilization\.rpt is no utilization report .*'CLB LUTs'"),
        ("utilization", "| CLB LUTs | 3 |\n", "no 'CLB Registers'"),
        ("utilization", None, r"_utilization\.rpt cannot be read"),
        ("timing", "hello", r"_timing\.rpt is no timing summary .*no WNS"),
        ("timing", timing("0.1", 2.0).split("| Clock Summary")[0], "no clock period"),
        ("timing", timing("fast", 2.0), "WNS of 'fast', which is no number"),
        ("timing", timing("2.500", 2.0), r"slack of 2\.500 ns in 2\.000 ns"),
        ("timing", timing("nan", 2.0), "slack of nan"),
        ("timing", None, r"_timing\.rpt cannot be read"),
    ],
)
def test_nonsense_is_no_figure(folder, name, text, message):
    put(folder, "whole", 2, "routing", area=(9, 9), slack="0.5")
    path = folder / "reports" / f"whole_2.000ns_routing_{name}.rpt"
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    with pytest.raises(ToolFailedError, match=message):
        read_reports(folder)


def test_the_slack_is_that_of_the_whole_design(tmp_path):
    # The table of single clocks further down says 9.999.
    assert read_fmax(timing("-1.000", 1.0), tmp_path) == 500.0


def test_folders_without_reports_or_of_others(folder, tmp_path, table_circuit):
    with pytest.raises(ToolFailedError, match=r"no reports in .*run vivado -mode batch"):
        read_reports(folder)
    with pytest.raises(CircuitError, match=r"has no synth\.json; write it with"):
        read_reports(tmp_path)
    (folder / "synth.json").write_text("{}")
    with pytest.raises(CircuitError, match=r"synth\.json is damaged"):
        read_reports(folder)
    with pytest.raises(OutputError, match="not written by logicjsc"):
        write_scripts(table_circuit, table_circuit.directory)
