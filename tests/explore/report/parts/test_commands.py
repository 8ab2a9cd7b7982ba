import shlex
from dataclasses import replace

import pytest
from click.testing import CliRunner

from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.cli.main import main
from logicjsc.core.run import Run
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog import load_circuit
from logicjsc.emit.verilog.export import export_verilog
from logicjsc.explore.report.elements import Commands
from logicjsc.explore.report.parts.commands import circuit_flags
from logicjsc.explore.report.report import report_of
from logicjsc.netlist import digest_of


def run_line(line):
    program, *arguments = shlex.split(line)
    assert program == "logicjsc"
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output


def commands_of(sections):
    (commands,) = [e for e in sections["commands"].elements if isinstance(e, Commands)]
    return commands.lines


def test_the_first_command_makes_the_same_network_again(runs, sections):
    path = runs()
    lines = commands_of(sections(path))
    run_line(lines[0])
    again = path.with_name(f"{path.name}-again")
    assert Run(again).result()["found"][0]["test"] == Run(path).result()["found"][0]["test"]
    netlists = [netlist_of(identify(place)) for place in (path, again)]
    assert len({digest_of(replace(netlist, name="same")) for netlist in netlists}) == 1
    assert lines[2] == f"logicjsc export-verilog {path} --out hw/build/{path.name}"
    run_line(lines[1])


@pytest.mark.parametrize(
    "options",
    [
        CircuitOptions(),
        CircuitOptions(pipeline=2, argmax=True, register_inputs=True),
        CircuitOptions(register_outputs=False, axi_stream=True, tlast=True, tuser=2, beats=2),
        CircuitOptions(
            prefix="p_",
            clock_enable=True,
            reset="asynchronous",
            batch=2,
            input_stages=1,
            output_stages=2,
        ),
    ],
)
def test_a_circuit_is_written_again_with_the_same_options(runs, tmp_path, options):
    place = tmp_path / "circuit"
    export_verilog(netlist_of(identify(runs())), place, options)
    report = report_of([place], effort="none")
    run_line(commands_of({part.name: part for part in report.sections()})[0])
    again = load_circuit(tmp_path / "circuit-again").manifest
    assert again.options == load_circuit(place).manifest.options == options


def test_options_of_mapped_circuits_are_told(circuit):
    plain = load_circuit(circuit).manifest
    assert circuit_flags(plain) == []
    words = FixedPoint.uniform(7, (0,), (0,))
    options = CircuitOptions(
        encoder=True, words=words, lut_depth=2, primitives="xilinx", adders="best"
    )
    assert circuit_flags(replace(plain, lut=9, options=options)) == [
        "--pipeline", "depth=2", "--encoder-bits", "7", "--mapped", "medium", "--adders", "best",
        "--primitives", "xilinx",
    ]  # fmt: skip
    assert circuit_flags(replace(plain, options=CircuitOptions(encoder=True))) == ["--encoder"]
