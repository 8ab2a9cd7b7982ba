"""``logicjsc``: the group of commands, loaded only when used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from logicjsc import __version__
from logicjsc.cli.failures import MISTAKE, report
from logicjsc.cli.termination import ending_together
from logicjsc.core.console.lazy import LazyGroup
from logicjsc.core.console.streams import OutputStreamError, guarded_streams
from logicjsc.core.surroundings import settle

_COMMANDS: Final = {
    "train": ("logicjsc.cli.train", "Find a network for samples, by any method."),
    "import": ("logicjsc.cli.import_model", "Make a netlist of a model made elsewhere."),
    "test": ("logicjsc.cli.test", "Accuracy, loss and AUC of a run, model, netlist or circuit."),
    "export-verilog": ("logicjsc.cli.export_verilog", "Write a circuit of truth tables or LUTs."),
    "verify": ("logicjsc.cli.verify", "Prove a circuit equal to its model, bit by bit."),
    "export-onnx": ("logicjsc.cli.export_onnx", "Write a run's model as ONNX."),
    "tables": ("logicjsc.cli.tables", "Write tables as an image for a circuit that loads them."),
    "export-c": ("logicjsc.cli.export_c", "Write a network as fast C."),
    "simplify": ("logicjsc.cli.simplify", "Make a netlist smaller, behaviour unchanged."),
    "finetune": ("logicjsc.cli.finetune", "Improve the table contents of a finished netlist."),
    "map": ("logicjsc.cli.map", "Count the 6-input LUTs of a network."),
    "board": ("logicjsc.cli.board", "Stream samples to a circuit on a board, and compare."),
    "synth": ("logicjsc.cli.synth", "Area and speed of a circuit, block by block."),
    "timing": ("logicjsc.cli.timing", "Estimate Fmax and latency of a mapped network."),
    "study": ("logicjsc.cli.study", "Make many runs, over a grid or by a sampler, and compare."),
    "frontier": ("logicjsc.cli.frontier", "Accuracy against area, ours beside published points."),
    "zoo": ("logicjsc.cli.zoo", "Commit and check trained networks."),
    "report": ("logicjsc.cli.report", "One page about a result, or several compared."),
    "info": ("logicjsc.cli.info", "What anything is that a command takes or makes."),
    "configs": ("logicjsc.cli.configs", "List configs, studies and zoo points by name."),
    "settings": ("logicjsc.cli.settings", "List all settings, with defaults and help."),
    "data": ("logicjsc.cli.data", "Make, fetch, inspect and convert samples."),
    "demo": ("logicjsc.cli.demo", "The whole road on bundled samples, in one table."),
    "doctor": ("logicjsc.cli.doctor", "What is there, what is missing, and what it is for."),
    "completion": ("logicjsc.cli.completion", "Install or print the shell's completion script."),
}


class _MainGroup(LazyGroup):
    """Turns whatever goes wrong into a sentence and an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 - click's signature
        **extra: Any,  # noqa: ANN401 - as above
    ) -> Any:  # noqa: ANN401 - as above
        """Run the program and exit; without ``standalone_mode``, return and raise as click does."""

        def run() -> object:
            return click.Group.main(
                self, args, prog_name, complete_var, standalone_mode=False, **extra
            )

        return sys.exit(_code_of(run)) if standalone_mode else run()

    def invoke(self, ctx: click.Context) -> object:
        try:
            with ending_together():
                return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the outermost place
            ctx.exit(report(error))


def _code_of(run: Callable[[], object]) -> int:
    """Exit code of the program, after what went wrong was said."""
    code = 0
    try:
        with guarded_streams():
            settle()
            code = _said(run)
    except (OutputStreamError, OSError) as error:  # at the very end
        return code or report(error)
    return code


def _said(run: Callable[[], object]) -> int:
    try:
        ended = run()
    except click.ClickException as error:
        error.show()
        return max(error.exit_code, MISTAKE)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - as above
        return report(error)
    # Commands return nothing; what ends early, such as --help, returns its exit code.
    return ended if isinstance(ended, int) else 0


# "\b" keeps the lines below it as they are.
_HELP: Final = """From samples to a proven circuit.

Find a sparse quantised network for samples, write it as Verilog of truth tables or LUTs, and show
the circuit bit-for-bit equal to the model:

\b
  logicjsc train --data flows.csv --target label --out runs/flows
  logicjsc export-verilog runs/flows
  logicjsc verify runs/flows

Exit codes: 0 success, 1 a verification found a difference, 2 a mistake in what was given or a place
that cannot be read or written, 3 an external tool is missing or failed, 70 something unforeseen,
which is a mistake in logicjsc, 130 interrupted, 141 nobody reads the output any more.
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
