"""A whole study: its workers, its report, and single trials as runs."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.artefacts.sources import STUDY
from logicjsc.core.errors import (
    OutputError,
    RunError,
    SearchError,
    ToolError,
    ToolFailedError,
    ToolNotFoundError,
)
from logicjsc.core.executor import Executor, Failure, Jobs, executor_of
from logicjsc.core.files import atomic_directory, refuse_foreign_directory, write_text
from logicjsc.core.mounts import network_file_system
from logicjsc.core.notices import say_once
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.run import Run
from logicjsc.explore.study.definition import Study
from logicjsc.explore.study.ledger import Ledger, count
from logicjsc.explore.study.ownership import open_study, refuse_foreign_database
from logicjsc.explore.study.plot import plot_block, plot_front
from logicjsc.explore.study.report import StudyReport, TrialRow, make_report
from logicjsc.explore.study.storage import (
    Patience,
    database_of,
    embedded_url,
    is_embedded,
    open_storage,
    shown,
)
from logicjsc.explore.study.tables import points_csv, runs_csv, to_markdown, trials_csv
from logicjsc.explore.study.worker import (
    WorkerTask,
    fingerprint_of,
    refuse_objectives,
    run_path,
    samples_of,
    train_once,
    work,
)
from logicjsc.methods.result import Recorded

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy

_SAYS: Final = ": runs and results of logicjsc study\n"
"""What the file by which a study's folder is known says behind the study's name."""

_VERDICT: Final = "verify.json"
_MADE_AGAIN: Final = ("model.onnx", "netlist.npz")
"""Files of a run that bear its name, if its netlist is not what was learned."""


def run_study(
    study: Study,
    storage: str | None,
    folder: Path,
    jobs: Jobs,
    on_progress: OnProgress = silent,
) -> StudyReport:
    """Do trials with several workers until there are enough, then write tables and pictures.

    Runs are named by the digest of their settings and samples, so what is finished is found again
    and what was interrupted goes on, also after the file was extended.

    Args:
        study: what to do.
        storage: URL of the storage; None for the embedded one in ``folder``.
        folder: where runs and results of this machine go.
        jobs: number of processes, or an executor.
        on_progress: told of progress.

    Raises:
        ConfigError: the storage holds something else under the study's name.
        DataError: the samples cannot be read.
        OutputError: ``folder`` holds something else, or cannot be written.
        ToolError: the storage is away, or all processes ended.
        SearchError: all trials failed; the tables are written.
    """
    _refuse_other_folder(study, folder)
    samples = fingerprint_of(study)
    refuse_objectives(study)
    url = storage or embedded_url(folder)
    name = shown(url)
    write_text(folder / STUDY, f"{study.name}{_SAYS}")
    patience = Patience(name, study.settings.patience_seconds)
    with _opened(study, url, folder, patience, samples) as opened:
        if study.is_grid:
            with closing(Ledger(study, url, folder, patience)) as ledger:
                ledger.retry_failed()
        before = count(patience(opened.get_trials))
    executor = executor_of(jobs)
    alone = executor.is_alone and is_embedded(url)
    _warn_of_shared_file(url, executor)
    workers = finished = 0

    def new_task() -> WorkerTask:
        nonlocal workers
        workers += 1
        return WorkerTask(study, url, folder.resolve(), 0 if alone else secrets.randbits(32))

    def on_message(message: tuple[int, str]) -> None:
        nonlocal finished
        finished = max(finished, message[0])
        on_progress(finished, study.trials, message[1])

    failures: list[Failure] = []
    left = study.trials - before.finished
    if left > 0:
        failures = executor.serve(
            work, new_task, on_message, most=left, shared=lambda: (samples_of(study),)
        )
    if failures and len(failures) == workers:
        _give_up(failures[0])
    with _opened(study, url, folder, patience, samples) as opened:
        report = patience(lambda: make_report(study, opened, folder, name))
    report = _write(replace(report, ended=tuple(failure.sentence for failure in failures)))
    _refuse_all_failed(study, report)
    return report


def export_trial(
    study: Study,
    storage: str | None,
    folder: Path,
    *,
    number: int,
    out: Path,
    on_progress: OnProgress = silent,
) -> TrialRow:
    """Copy a trial's run; a run that lies on another machine, or was pruned, is made here.

    Raises:
        RunError: there is no such trial, or it was not begun.
        OutputError: ``out`` exists and is not a run.
    """
    refuse_foreign_directory(out, Run.MARKER)
    url = storage or embedded_url(folder)
    if is_embedded(url) and not (folder / STUDY).is_file():
        raise RunError(f"{folder} holds no study; run logicjsc study {study.source} first")
    samples = fingerprint_of(study)
    patience = Patience(shown(url), study.settings.patience_seconds)
    with _opened(study, url, folder, patience, samples) as opened:
        report = patience(lambda: make_report(study, opened, folder, patience.name))
    row = report.row(number)
    if row is None or not row.run:
        known = ", ".join(str(entry) for entry in report.front)
        raise RunError(f"there is no trial {number} to export; the front is: {known or 'empty'}")
    loaded = report.configs[number]
    path = run_path(folder, loaded)
    train_once(loaded, path, on_progress=on_progress)
    # Model and netlist are made again under the new run's name, if they can be.
    learned = bool(Recorded.of(Run.open(path)).best["file"])
    made = shutil.ignore_patterns(_VERDICT, *(() if learned else _MADE_AGAIN))
    with atomic_directory(out, Run.MARKER) as temporary:
        shutil.copytree(path, temporary, dirs_exist_ok=True, ignore=made)
    return row


def _refuse_other_folder(study: Study, folder: Path) -> None:
    """Refuse a folder that holds something else, be it another study.

    Raises:
        OutputError: it does.
    """
    refuse_foreign_directory(folder, STUDY)
    marker = folder / STUDY
    if not marker.is_file():
        return
    said = marker.read_text(encoding="utf-8", errors="replace")
    if said != f"{study.name}{_SAYS}":
        owner = repr(said.removesuffix(_SAYS)) if said.endswith(_SAYS) else "something else"
        raise OutputError(
            f"{folder} holds {owner}, not study {study.name!r}; choose another --folder"
        )


@contextmanager
def _opened(
    study: Study, url: str, folder: Path, patience: Patience, samples: str
) -> Iterator[OptunaStudy]:
    """The study in its storage, which is created if it is new."""
    from filelock import FileLock

    with ExitStack() as stack:
        if is_embedded(url):
            stack.enter_context(FileLock(folder / ".claims.lock"))
            refuse_foreign_database(database_of(url))
        storage = open_storage(url)
        opened = open_study(study, storage, patience, samples)
    try:
        yield opened
    finally:
        storage.engine.dispose()


def _warn_of_shared_file(url: str, executor: Executor) -> None:
    """Say so where several machines would write one SQLite file."""
    if not is_embedded(url):
        return
    kind = network_file_system(database_of(url).parent)
    if executor.is_local and not kind:
        return
    where = f"on a file system shared by machines ({kind})" if kind else "written by a cluster"
    say_once(
        f"the trials are kept in {database_of(url)}, a SQLite file {where}, whose locks may fail "
        f"and damage it; start a PostgreSQL server and give --storage "
        f"postgresql://user:password@host/database"
    )


def _give_up(failure: Failure) -> None:
    if failure.exit_code == ToolError.exit_code or failure.details:
        raise ToolFailedError(failure.sentence)
    raise ToolFailedError(
        f"no process of the study is left: {failure.sentence}; the same command goes on"
    )


def _refuse_all_failed(study: Study, report: StudyReport) -> None:
    failed = [row for row in report.trials if row.state == "failed"]
    if failed and len(failed) == len(report.trials):
        raise SearchError(
            f"all {len(failed)} trials of {study.source} failed, trial {failed[0].number} because "
            f"{failed[0].error}; once that is mended, run it again"
            + ("" if study.is_grid else " under another name")
        )


def _write(report: StudyReport) -> StudyReport:
    folder = report.folder
    texts = {folder / "results.md": to_markdown(report), folder / "trials.csv": trials_csv(report)}
    if report.blocks:
        texts |= {
            folder / "results.csv": points_csv(report.blocks),
            folder / "runs.csv": runs_csv(report.blocks),
        }
    for file, text in texts.items():
        write_text(file, text)
    pictures = []
    try:
        for result in report.blocks:
            pictures.append(folder / f"{result.block.name}.png")
            plot_block(result, pictures[-1])
        if not report.blocks:
            pictures.append(folder / "pareto.png")
            plot_front(report, pictures[-1])
    except ToolNotFoundError as error:
        return replace(report, files=tuple(texts), note=f"no pictures: {error}")
    return replace(report, files=(*texts, *pictures))
