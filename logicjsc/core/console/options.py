"""What several commands share: arguments, and reports as tables or JSON."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from logicjsc.core.errors import ConfigError
from logicjsc.core.executor import open_executor
from logicjsc.core.launch import launch_of_environment

_Command = TypeVar("_Command", bound=Callable[..., Any])

path_type = click.Path(path_type=Path)
"""A path; whether it exists is for the stage to say, in its own words."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")

data_option = click.option(
    "--data",
    type=path_type,
    help="Samples to use: a file in any known format, a folder, or a known task's name.",
)


def jobs_option(function: _Command) -> _Command:
    """``--jobs``, ``--on`` and ``--cluster``; the command is given one `Executor` as ``jobs``."""

    @functools.wraps(function)
    def command(
        *arguments: Any,  # noqa: ANN401 - of the command
        jobs: int | None,
        place: str | None,
        cluster: Path | None,
        **options: Any,  # noqa: ANN401 - of the command
    ) -> Any:  # noqa: ANN401 - of the command
        if jobs is not None and place is not None:
            raise click.UsageError("give --jobs or --on; --on local:4 is --jobs 4")
        where = place or (f"local:{jobs}" if jobs else "local")
        with open_executor(where, cluster) as executor:
            return function(*arguments, jobs=executor, **options)

    for option in (
        click.option(
            "--cluster",
            type=path_type,
            envvar="LOGICJSC_CLUSTER",
            metavar="FILE",
            help="TOML file with settings of clusters (default: $LOGICJSC_CLUSTER).",
        ),
        click.option(
            "--on",
            "place",
            metavar="PLACE",
            help="Where work is done: local:4, tcp://scheduler:8786 (a Dask scheduler), slurm or "
            "htcondor (default: local).",
        ),
        click.option(
            "--jobs", type=click.IntRange(min=1), help="Processes (default: one per core)."
        ),
    ):
        option(command)
    return cast("_Command", command)


def effort_option(default: str, text: str) -> Callable[[_Command], _Command]:
    """``--effort``: how hard something is searched for."""
    return click.option(
        "--effort",
        type=click.Choice(["low", "medium", "high"]),
        default=default,
        show_default=True,
        help=text,
    )


adders_option = click.option(
    "--adders",
    type=click.Choice(["lut", "carry", "best"]),
    default="lut",
    show_default=True,
    help="Sums as LUTs, on carry chains with the tables they add inside the adders' LUTs, or each "
    "neuron in the way that takes fewer LUTs.",
)

address_option = click.option(
    "--max-address-bits",
    "address_limit",
    type=click.IntRange(1, 24),
    help="Refuse neurons whose table would have more address bits (default 16).",
)


def process_number() -> int:
    """Number of this process among those that ``torchrun`` started together; 0 if it is alone."""
    try:
        return launch_of_environment().rank
    except ConfigError:  # for training to say; nothing else is done by several processes
        return 0


def print_json(report: dict[str, Any]) -> None:
    """Print a report for scripts."""
    click.echo(json.dumps(report, indent=2))
