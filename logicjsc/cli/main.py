"""``logicjsc``: the group of commands, loaded only when used."""

from __future__ import annotations

from typing import Final

import click

from logicjsc import __version__
from logicjsc.cli.common import process_number
from logicjsc.cli.lazy import LazyGroup
from logicjsc.cli.termination import ending_together
from logicjsc.core.errors import LogicjscError

_COMMANDS: Final = {
    "train": ("logicjsc.cli.train", "Train a network from a config."),
    "anneal": ("logicjsc.cli.anneal", "Find a network of LUTs without gradients."),
    "compact": ("logicjsc.cli.compact", "Train networks of tables from large to small."),
    "sweep": ("logicjsc.cli.sweep", "Train every point of a grid, several seeds each."),
    "search": ("logicjsc.cli.search", "Search for accurate, small and fast networks."),
    "test": ("logicjsc.cli.test", "Accuracy, loss and AUC of a run, ONNX model or netlist."),
    "export-onnx": ("logicjsc.cli.export_onnx", "Write a run's model as ONNX."),
    "simplify": ("logicjsc.cli.simplify", "Make a netlist smaller, behaviour unchanged."),
    "refine": ("logicjsc.cli.refine", "Improve the table contents of a finished netlist."),
    "export-verilog": ("logicjsc.cli.export_verilog", "Write a circuit of truth tables."),
    "export-c": ("logicjsc.cli.export_c", "Write a network as fast C."),
    "map": ("logicjsc.cli.map", "Count the 6-input LUTs of a network."),
    "synth": ("logicjsc.cli.synth", "Area and speed of a circuit, block by block."),
    "frontier": ("logicjsc.cli.frontier", "Accuracy against area, ours beside published points."),
    "zoo": ("logicjsc.cli.zoo", "Commit and check trained networks."),
    "verify": ("logicjsc.cli.verify", "Prove a circuit equal to its model, bit by bit."),
    "info": ("logicjsc.cli.info", "What a config, run, model, netlist or circuit is."),
    "demo": ("logicjsc.cli.demo", "The whole road on the bundled jets, in one table."),
    "data": ("logicjsc.cli.data", "Make, fetch, inspect and convert jets."),
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
_HELP: Final = """From jets to a proven circuit.

Train a sparse quantised network, export it through ONNX to truth-table Verilog, and show the
circuit bit-for-bit equal to the model:

\b
  logicjsc train jsc-s
  logicjsc export-verilog runs/jsc-s
  logicjsc verify runs/jsc-s

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
