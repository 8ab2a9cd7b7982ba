"""``logicjsc train``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.artefacts.sources import DEFAULT_RUNS
from logicjsc.cli.common import json_option, path_type, print_json, process_number
from logicjsc.methods.gradient.loading import LoadedConfig, load_config, resolve_config

if TYPE_CHECKING:
    from logicjsc.methods.gradient.report import EpochReport, TrainingReport


@click.command("train")
@click.argument("config", required=False)
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Change a setting.")
@click.option("--epochs", type=int, help="Same as --set training.epochs=N.")
@click.option("--batch-size", type=int, help="Same as --set training.batch_size=N.")
@click.option("--learning-rate", type=float, help="Same as --set training.learning_rate=X.")
@click.option("--seed", type=int, help="Same as --set training.seed=N.")
@click.option("--out", type=path_type, help="Run directory (default: runs/<config name>).")
@click.option("--overwrite", is_flag=True, help="Replace a run that is already there.")
@click.option("--resume", type=path_type, metavar="RUN", help="Continue an interrupted run.")
@json_option
def command(
    config: str | None,
    assignments: tuple[str, ...],
    out: Path | None,
    resume: Path | None,
    *,
    overwrite: bool,
    as_json: bool,
    **shortcuts: float | None,
) -> None:
    """Train the network of CONFIG, a TOML file or a shipped name such as jsc-s.

    The best checkpoint by validation accuracy is kept and tested once. An interrupted run goes on
    with --resume, to the same weights as if it had never stopped.

    Several processes train together, each on its own GPU if there are any, when torchrun starts
    them: torchrun --nproc-per-node 2 -m logicjsc train CONFIG
    """
    flags = [f"training.{key}={value!r}" for key, value in shortcuts.items() if value is not None]
    if (config is None) == (resume is None):
        raise click.UsageError("give either a CONFIG or --resume RUN")
    if resume is not None:
        if assignments or flags or out or overwrite:
            raise click.UsageError(
                "--resume continues with the run's own settings; leave others out"
            )
        run = resume
        report = _resume(resume)
    else:
        loaded = load_config(resolve_config(config or ""), (*assignments, *flags))
        run = out or DEFAULT_RUNS / loaded.name
        report = _train(loaded, run, overwrite=overwrite, quiet=as_json)
    if not process_number():
        _show(report, run, as_json=as_json)


def _train(loaded: LoadedConfig, run: Path, *, overwrite: bool, quiet: bool) -> TrainingReport:
    from logicjsc.cli.tables import print_table
    from logicjsc.methods.gradient.method import train

    if not quiet and not process_number():
        print_table(f"{loaded.name}: settings", ("key", "value", "from"), loaded.rows())
    epochs = loaded.config.training.epochs
    with _epoch_bar(epochs, run) as on_epoch:
        return train(loaded, run, on_epoch, overwrite=overwrite)


def _resume(run: Path) -> TrainingReport:
    from logicjsc.methods.gradient.method import resume
    from logicjsc.methods.gradient.rundir import RunDirectory

    epochs = RunDirectory.open(run).load_config().training.epochs
    with _epoch_bar(epochs, run) as on_epoch:
        return resume(run, on_epoch)


@contextmanager
def _epoch_bar(epochs: int, run: Path) -> Iterator[Callable[[EpochReport], None]]:
    """A progress bar over epochs; an interruption says how to go on."""
    from logicjsc.core.progress import progress_bar
    from logicjsc.methods.gradient.rundir import RunDirectory

    try:
        with progress_bar("training", epochs, shown=not process_number()) as update:
            yield lambda report: update(
                report.epoch,
                f"loss {report.training_loss:.4f}, "
                f"validation {100 * report.validation_accuracy:.2f} %",
            )
    except KeyboardInterrupt:
        if RunDirectory(run).config_file.is_file() and not process_number():
            click.echo(f"stopped; go on with: logicjsc train --resume {run}", err=True)
        raise


def _show(report: TrainingReport, run: Path, *, as_json: bool) -> None:
    from logicjsc.cli.tables import metric_facts, percent, print_facts

    result = report.to_dict()
    if as_json:
        print_json({"run": str(run), **result})
        return
    facts = [
        ("run", str(run)),
        ("trainable parameters", report.trainable_parameters),
        ("best epoch", f"{report.best_epoch} of {report.epochs}"),
        *((("started from", report.start.summary()),) if report.start else ()),
        ("validation accuracy", percent(report.validation.accuracy)),
        *((f"test {name}", value) for name, value in metric_facts(result)),
    ]
    if len(report.members) > 1:
        spread = {key: percent(value) for key, value in report.spread().items()}
        remark = (
            f"{spread['least']} to {spread['most']}, mean {spread['mean']}, deviation "
            f"{spread['deviation']}; member {report.best_member} is kept"
        )
        facts.append((f"validation accuracy of {len(report.members)} members", remark))
    print_facts(run.name, facts)
