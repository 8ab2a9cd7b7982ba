"""``logicjsc``: the group of commands, loaded only when used."""

from __future__ import annotations

from typing import Final

import click

from logicjsc import __version__
from logicjsc.cli.termination import ending_together
from logicjsc.core.console.lazy import LazyGroup
from logicjsc.core.console.options import process_number
from logicjsc.core.errors import LogicjscError

_COMMANDS: Final = {
    "train": ("logicjsc.cli.train", "Find a network for samples, by any method."),
    "test": ("logicjsc.cli.test", "Accuracy, loss and AUC of a run, model, netlist or circuit."),
    "export-verilog": ("logicjsc.cli.export_verilog", "Write a circuit of truth tables or LUTs."),
    "verify": ("logicjsc.cli.verify", "Prove a circuit equal to its model, bit by bit."),
    "export-onnx": ("logicjsc.cli.export_onnx", "Write a run's model as ONNX."),
    "export-c": ("logicjsc.cli.export_c", "Write a network as fast C."),
    "simplify": ("logicjsc.cli.simplify", "Make a netlist smaller, behaviour unchanged."),
    "finetune": ("logicjsc.cli.finetune", "Improve the table contents of a finished netlist."),
    "map": ("logicjsc.cli.map", "Count the 6-input LUTs of a network."),
    "synth": ("logicjsc.cli.synth", "Area and speed of a circuit, block by block."),
    "study": ("logicjsc.cli.study", "Make many runs, over a grid or by a sampler, and compare."),
    "frontier": ("logicjsc.cli.frontier", "Accuracy against area, ours beside published points."),
    "zoo": ("logicjsc.cli.zoo", "Commit and check trained networks."),
    "info": ("logicjsc.cli.info", "What anything is that a command takes or makes."),
    "configs": ("logicjsc.cli.configs", "List configs, studies and zoo points by name."),
    "settings": ("logicjsc.cli.settings", "List all settings, with defaults and help."),
    "data": ("logicjsc.cli.data", "Make, fetch, inspect and convert samples."),
    "demo": ("logicjsc.cli.demo", "The whole road on bundled samples, in one table."),
    "completion": ("logicjsc.cli.completion", "Print the shell's completion script."),
}

_INTERRUPTED: Final = 130
"""Exit code of a program that Ctrl-C ended (128 + SIGINT)."""


class _MainGroup(LazyGroup):
    """Turns errors into sentences and exit codes."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            with ending_together():
                return super().invoke(ctx)
        except LogicjscError as error:
            number = process_number()
            which = f" in process {number}" if number else ""
            click.echo(f"error{which}: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(_INTERRUPTED)


# "\b" keeps the lines below it as they are.
_HELP: Final = """From samples to a proven circuit.

Find a sparse quantised network for samples, write it as Verilog of truth tables or LUTs, and show
the circuit bit-for-bit equal to the model:

\b
  logicjsc train --data flows.csv --target label --out runs/flows
  logicjsc export-verilog runs/flows
  logicjsc verify runs/flows

Exit codes: 0 success, 1 a verification found a difference, 2 a mistake in what was given,
3 an external tool is missing or failed, 130 interrupted.
"""


@click.group(
    cls=_MainGroup,
    lazy=_COMMANDS,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="logicjsc")
def main() -> None:
    """The ``logicjsc`` program."""
