"""``logicjsc train``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logicjsc.cli.arguments import config_argument, samples_option, set_option
from logicjsc.core.console.options import (
    jobs_option,
    json_option,
    path_type,
    print_json,
    process_number,
)
from logicjsc.core.executor import Executor
from logicjsc.core.places import DEFAULT_RUNS

if TYPE_CHECKING:
    from logicjsc.core.progress import OnProgress
    from logicjsc.dataset import Dataset
    from logicjsc.methods.loading import LoadedConfig
    from logicjsc.methods.result import Result


@click.command("train")
@config_argument(required=False)
@samples_option
@click.option("--target", metavar="NAME", help="Column or columns to predict (data.target).")
@click.option("--ignore", metavar="NAME,...", help="Columns to leave out (data.ignore).")
@set_option
@click.option("--epochs", type=int, help="Same as --set training.epochs=N.")
@click.option("--batch-size", type=int, help="Same as --set training.batch_size=N.")
@click.option("--learning-rate", type=float, help="Same as --set training.learning_rate=X.")
@click.option("--seed", type=int, help="Seed of starts and draws, whatever the method.")
@click.option("--out", type=path_type, help="Run directory (default: runs/<config name>).")
@click.option("--overwrite", is_flag=True, help="Replace a run that is already there.")
@click.option("--resume", type=path_type, metavar="RUN", help="Continue an interrupted run.")
@jobs_option
@json_option
def command(
    config: str | None,
    data: Path | None,
    target: str | None,
    ignore: str | None,
    assignments: tuple[str, ...],
    *,
    seed: int | None,
    out: Path | None,
    resume: Path | None,
    jobs: Executor,
    overwrite: bool,
    as_json: bool,
    **shortcuts: float | None,
) -> None:
    """Find a network by CONFIG, a TOML file or a shipped name such as jsc-s.

    Whatever method CONFIG names makes the run. Without CONFIG, a small network is chosen that suits
    the samples of --data, and its settings are printed. Networks are chosen by validation samples;
    the test samples are looked at once. An interrupted run goes on with --resume, to the same bits
    as if it had never stopped.

    Several processes train together, each on its own GPU if there are any, when torchrun starts
    them: torchrun --nproc-per-node 2 -m logicjsc train CONFIG
    """
    if resume is not None:
        others = (config, target, ignore, assignments, out, overwrite, seed is not None)
        if any(others) or any(value is not None for value in shortcuts.values()):
            raise click.UsageError(
                "--resume continues with the run's own settings; leave others out, except --data "
                "where its samples lie at another place now"
            )
        result, dataset = _resume(resume, jobs, data)
        if not process_number():
            _show(result, resume, dataset, as_json=as_json)
        return
    flags = [f"training.{key}={value!r}" for key, value in shortcuts.items() if value is not None]
    named = {"path": data and str(data), "target": target, "ignore": ignore}
    flags += [
        f"data.{key}={json.dumps(value, ensure_ascii=False)}"
        for key, value in named.items()
        if value
    ]
    if config is None and data is None:
        raise click.UsageError("give a CONFIG, or samples with --data, or --resume RUN")
    loaded, dataset = _loaded(config, (*assignments, *flags), seed)
    run = out or DEFAULT_RUNS / loaded.name
    quiet = as_json or bool(process_number())
    result = _train(loaded, run, dataset, jobs, overwrite=overwrite, quiet=quiet)
    if not process_number():
        _show(result, run, dataset, as_json=as_json)


def _loaded(
    config: str | None, assignments: tuple[str, ...], seed: int | None
) -> tuple[LoadedConfig, Dataset]:
    """Settings and samples; without a config, settings that suit the samples."""
    from logicjsc.dataset import load_dataset
    from logicjsc.methods.loading import load_config, parse_config, resolve_config

    if config is not None:
        loaded = load_config(resolve_config(config), assignments)
        dataset = load_dataset(loaded.config.data)
    else:
        from logicjsc.methods.gradient.suggest import suggested_config

        only_data = [entry for entry in assignments if entry.startswith("data.")]
        plain = parse_config("", source="--data", name="data", assignments=only_data)
        dataset = load_dataset(plain.config.data)
        loaded = suggested_config(dataset, assignments)
    return loaded if seed is None else _seeded(loaded, seed), dataset


def _seeded(loaded: LoadedConfig, seed: int) -> LoadedConfig:
    """The same settings with another seed, wherever the method keeps it."""
    from dataclasses import replace

    config = loaded.finder.with_seed(loaded.config, seed)
    before = {key: value for key, value, _ in loaded.rows()}
    other = replace(loaded, config=config)
    changed = {key: "--seed" for key, value, _ in other.rows() if value != before[key]}
    return replace(other, origins={**loaded.origins, **changed})


def _train(
    loaded: LoadedConfig,
    run: Path,
    dataset: Dataset,
    jobs: Executor,
    *,
    overwrite: bool,
    quiet: bool,
) -> Result:
    from logicjsc.core.console.tables import print_table
    from logicjsc.methods.train import train

    if not quiet:
        print_table(f"{loaded.name}: settings", ("key", "value", "from"), loaded.rows())
        for remark in dataset.remarks:
            click.echo(f"{dataset.source}: {remark}", err=True)
    with _progress(run) as update:
        return train(loaded, run, dataset, overwrite=overwrite, jobs=jobs, on_progress=update)


def _resume(run: Path, jobs: Executor, data: Path | None) -> tuple[Result, Dataset]:
    from logicjsc.core.errors import OtherSamplesError
    from logicjsc.core.run import Run
    from logicjsc.dataset.provenance import Provenance
    from logicjsc.methods.train import resume

    known = Provenance.from_dict(Run.open(run).header().dataset)
    dataset = known.dataset() if data is None else known.moved(data)
    if dataset is None:
        raise OtherSamplesError(
            f"the samples in {data} are not those that {run} was begun with (fingerprint "
            f"{known.fingerprint}); name those with --data, or start a new run"
        )
    with _progress(run) as update:
        return resume(run, dataset, jobs=jobs, on_progress=update), dataset


@contextmanager
def _progress(run: Path) -> Iterator[OnProgress]:
    """Progress, and what to do after an interruption."""
    from logicjsc.core.progress import shown_progress
    from logicjsc.core.run import Run

    try:
        with shown_progress("training", shown=not process_number()) as update:
            yield update
    except KeyboardInterrupt:
        if Run.exists(run) and not process_number():
            click.echo(f"stopped; go on with: logicjsc train --resume {run}", err=True)
        raise


def _show(result: Result, run: Path, dataset: Dataset, *, as_json: bool) -> None:
    from logicjsc.core.console.tables import (
        metric_facts,
        print_facts,
        print_table,
        result_text,
    )
    from logicjsc.core.progress import shown_progress
    from logicjsc.dataset.baseline import quick_baselines

    with shown_progress("baselines") as update:
        update(0, 0, "a linear model and boosted trees, to compare with")
        baselines = quick_baselines(dataset.train, dataset.test)
    if as_json:
        print_json({"run": str(run), **result.to_dict(), "baselines": baselines})
        return
    best = result.best
    if len(result.found) > 1:
        sizes = list(dict.fromkeys(key for found in result.found for key in found.sizes))
        print_table(
            f"{run.name}: networks found",
            ("network", "validation", "test", *(name.replace("_", " ") for name in sizes)),
            (
                (
                    found.name,
                    result_text(found.validation.to_dict()),
                    result_text(found.test.to_dict()),
                    *(found.sizes.get(name, "-") for name in sizes),
                )
                for found in result.found
            ),
        )
    facts: list[tuple[str, Any]] = [
        ("run", str(run)),
        ("kept", f"{best.name}, step {best.step} of {result.steps}" if best.step else best.name),
        *((name.replace("_", " "), value) for name, value in best.sizes.items()),
        *_details(result),
        ("validation", result_text(best.validation.to_dict())),
        *((f"test {name}", value) for name, value in metric_facts(best.test.to_dict())),
        *((f"test {name}, to compare", result_text(found)) for name, found in baselines.items()),
    ]
    print_facts(run.name, facts)
    click.echo(f"next: logicjsc export-verilog {run}; logicjsc verify {run}")


def _details(result: Result) -> list[tuple[str, Any]]:
    """Rows of what the method has to say about a start and a population."""
    facts = []
    if "start" in result.details:
        start = result.details["start"]
        fresh = f"; fresh: {', '.join(start['fresh'])}" if start["fresh"] else ""
        facts.append(("started from", f"{len(start['taken'])} tensors of {start['run']}{fresh}"))
    population = result.details.get("population")
    if population:
        spread = {key: f"{value:.4f}" for key, value in population["validation_rank"].items()}
        remark = (
            f"{spread['least']} to {spread['most']}, mean {spread['mean']}, standard deviation "
            f"{spread['deviation']}; member {population['best_member']} is kept"
        )
        facts.append((f"validation of {len(population['members'])} members", remark))
    return facts
