"""A whole search: its workers on this machine, its report, and single trials as runs."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from logicjsc.core.errors import (
    RunError,
    SearchError,
    ToolError,
    ToolFailedError,
    ToolNotFoundError,
)
from logicjsc.core.files import atomic_directory, refuse_foreign_directory, write_text
from logicjsc.dataset import load_dataset
from logicjsc.explore.search.definition import Search
from logicjsc.explore.search.ledger import count, open_study
from logicjsc.explore.search.plot import plot_search
from logicjsc.explore.search.report import SearchReport, TrialRow, make_report, to_csv, to_markdown
from logicjsc.explore.search.storage import Patience, embedded_url, is_embedded, open_storage, shown
from logicjsc.explore.search.worker import WorkerTask, trial_path, work
from logicjsc.explore.sweep.pool import Failure, run_tasks
from logicjsc.explore.sweep.runs import train_once
from logicjsc.methods.gradient.rundir import RunDirectory

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from logicjsc.methods.gradient.report import EpochReport

MARKER: Final = "search.txt"
"""The file by which a search's folder is known."""

OnProgress: TypeAlias = Callable[[int, str, int], None]
"""Told of finished trials, a remark, and trials in all."""


def run_search(
    search: Search, storage: str | None, folder: Path, jobs: int, on_progress: OnProgress
) -> SearchReport:
    """Do trials in several processes until there are enough, then write tables and a picture.

    Args:
        search: what to do.
        storage: URL of the storage; None for the embedded one in ``folder``.
        folder: where runs and results of this machine go.
        jobs: number of processes.
        on_progress: told of progress.

    Raises:
        ConfigError: the storage holds something else under the search's name.
        DataError: the jets cannot be read.
        ToolError: the storage is away, or all processes ended.
        SearchError: all trials failed; the tables are written.
    """
    refuse_foreign_directory(folder, MARKER)
    jets = load_dataset(search.config({}).config.data).fingerprint()
    url = storage or embedded_url(folder)
    name = shown(url)
    write_text(folder / MARKER, f"{search.name}: runs and results of logicjsc search\n")
    patience = Patience(name, search.settings.patience_seconds)
    trials = _begin(search, url, folder, patience, jets)
    alone = jobs == 1 and is_embedded(url)
    tasks = [
        WorkerTask(search.source.resolve(), url, folder, 0 if alone else secrets.randbits(32))
        for _ in range(jobs)
    ]
    failures: list[Failure] = []
    total, finished = search.settings.trials, 0

    def on_message(_: Any, message: tuple[int, str]) -> None:  # noqa: ANN401 - the task
        nonlocal finished
        finished = max(finished, message[0])
        on_progress(finished, message[1], total)

    def on_end(_: Any, failure: Failure | None) -> None:  # noqa: ANN401 - the task
        if failure is not None:
            failures.append(failure)

    if count(trials).finished < total:
        run_tasks(tasks, work, jobs, on_message, on_end)
    if len(failures) == len(tasks):
        _give_up(failures[0])
    trials = _begin(search, url, folder, patience, jets)
    report = make_report(search, trials, folder, name)
    report = _write(replace(report, ended=tuple(failure.sentence for failure in failures)))
    _refuse_all_failed(search, report)
    return report


def export_trial(
    search: Search,
    storage: str | None,
    folder: Path,
    *,
    number: int,
    out: Path,
    on_epoch: Callable[[EpochReport], None],
) -> TrialRow:
    """Copy a trial's run; a run that lies on another machine, or was pruned, is trained here.

    Raises:
        RunError: there is no such trial, or it was not begun.
        OutputError: ``out`` exists and is not a run.
    """
    refuse_foreign_directory(out, RunDirectory.MARKER)
    url = storage or embedded_url(folder)
    if is_embedded(url) and not (folder / MARKER).is_file():
        raise RunError(f"{folder} holds no search; run logicjsc search {search.source} first")
    jets = load_dataset(search.config({}).config.data).fingerprint()
    patience = Patience(shown(url), search.settings.patience_seconds)
    report = make_report(search, _begin(search, url, folder, patience, jets), folder, patience.name)
    row = report.row(number)
    if row is None or not row.run:
        known = ", ".join(str(entry) for entry in report.front)
        raise RunError(f"there is no trial {number} to export; the front is: {known or 'empty'}")
    loaded = search.config(row.settings)
    path = trial_path(folder, loaded.config)
    train_once(loaded, path, on_epoch)
    with atomic_directory(out, RunDirectory.MARKER) as temporary:
        # Model and netlist are made again under the new run's name.
        made = shutil.ignore_patterns(RunDirectory(path).onnx.name, RunDirectory(path).netlist.name)
        shutil.copytree(path, temporary, dirs_exist_ok=True, ignore=made)
    return row


def _begin(
    search: Search, url: str, folder: Path, patience: Patience, jets: str
) -> list[FrozenTrial]:
    """All trials of the study, which is created if it is new."""
    from filelock import FileLock

    with ExitStack() as stack:
        if is_embedded(url):
            stack.enter_context(FileLock(folder / ".claims.lock"))
        storage = open_storage(url)
        study = open_study(search, storage, patience, jets)
        trials = patience(study.get_trials)
        storage.engine.dispose()
    return trials


def _give_up(failure: Failure) -> None:
    if failure.exit_code == ToolError.exit_code or failure.details:
        raise ToolFailedError(failure.sentence)
    raise ToolFailedError(
        f"no process of the search is left: {failure.sentence}; the same command goes on"
    )


def _refuse_all_failed(search: Search, report: SearchReport) -> None:
    failed = [row for row in report.trials if row.state == "failed"]
    if failed and len(failed) == len(report.trials):
        raise SearchError(
            f"all {len(failed)} trials of {search.source} failed, trial {failed[0].number} because "
            f"{failed[0].error}; once that is mended, search under another name"
        )


def _write(report: SearchReport) -> SearchReport:
    texts = {
        report.folder / "results.md": to_markdown(report),
        report.folder / "trials.csv": to_csv(report),
    }
    for file, text in texts.items():
        write_text(file, text)
    picture = report.folder / "pareto.png"
    try:
        plot_search(report, picture)
    except ToolNotFoundError as error:
        return replace(report, files=tuple(texts), note=f"no picture: {error}")
    return replace(report, files=(*texts, picture))
