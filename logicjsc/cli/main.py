"""``logicjsc``: the group of commands, loaded only when used."""

from __future__ import annotations

import importlib
from typing import Final

import click

from logicjsc import __version__
from logicjsc.errors import LogicjscError

_COMMANDS: Final = {
    "train": ("logicjsc.cli.train", "Train a network from a config."),
    "test": ("logicjsc.cli.test", "Accuracy, loss and AUC of a run, ONNX model or netlist."),
    "export-onnx": ("logicjsc.cli.export_onnx", "Write a run's model as ONNX."),
    "simplify": ("logicjsc.cli.simplify", "Make a netlist smaller, behaviour unchanged."),
    "export-verilog": ("logicjsc.cli.export_verilog", "Write a circuit of truth tables."),
    "verify": ("logicjsc.cli.verify", "Prove a circuit equal to its model, bit by bit."),
    "info": ("logicjsc.cli.info", "What a config, run, model, netlist or circuit is."),
    "demo": ("logicjsc.cli.demo", "The whole road on the bundled jets, in one table."),
    "completion": ("logicjsc.cli.completion", "Print the shell's completion script."),
}

_INTERRUPTED: Final = 130
"""Exit code of a program that Ctrl-C ended (128 + SIGINT)."""


class _LazyGroup(click.Group):
    """A group that imports a command's module when the command is used.

    ``logicjsc --help`` stays instant: it needs no more than the names and lines above.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except LogicjscError as error:
            click.echo(f"error: {error}", err=True)
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


@click.group(cls=_LazyGroup, help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="logicjsc")
def main() -> None:
    """The ``logicjsc`` program."""
