"""One worker of a study: takes a trial, makes its run, measures it, until there are enough."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from logicjsc import __version__
from logicjsc.core.errors import ConfigError, LogicjscError, RunError, ToolError
from logicjsc.core.executor import Say
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.run import Run
from logicjsc.dataset import Dataset, load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.load import absolute
from logicjsc.explore.study.definition import Study
from logicjsc.explore.study.ledger import MEASURED, RUN, Ledger, TakenOverError, count
from logicjsc.explore.study.ownership import mark_of, refuse_others
from logicjsc.explore.study.pruning import Judge
from logicjsc.explore.study.results import measures_of, objectives_of
from logicjsc.explore.study.space import suggest
from logicjsc.explore.study.storage import Patience, database_of, is_embedded, shown
from logicjsc.methods.loading import LoadedConfig, load_config
from logicjsc.methods.method import OnStep, Step, unwatched
from logicjsc.methods.train import resume, train

if TYPE_CHECKING:
    from optuna.trial import Trial

CONFIG: Final = "config.toml"
"""What is written first of a run."""

_PAUSE: Final = 1.0
"""Seconds between two looks for lost trials when all others are being done."""


@dataclass(frozen=True)
class WorkerTask:
    """A worker.

    Attributes:
        study: what to do; a file may change while it is worked on.
        storage: URL of the storage.
        folder: the study's folder.
        worker: a number that no other worker has; 0 for the only one.
    """

    study: Study
    storage: str
    folder: Path
    worker: int


SharedSamples: TypeAlias = Mapping[DataConfig, tuple[Dataset, DataConfig]]
"""Samples by the settings that name them, and these with paths that are not relative."""


class _PrunedError(Exception):
    """The training was hopeless."""


def work(task: WorkerTask, say: Say, samples: SharedSamples | None = None) -> None:
    """Do trials until there are enough, over all workers.

    Messages are numbers of finished trials and a remark.

    Args:
        task: what to do.
        say: takes messages.
        samples: of the study, for a machine where its files may lie elsewhere, or nowhere.

    Raises:
        LogicjscError: the storage cannot be used any more.
    """
    study = task.study
    _sent.clear()
    _sent.update(samples or {})
    _refuse_unseen(task)
    told = threading.Lock()
    finished = 0

    def tell(remark: str) -> None:
        with told:  # of the worker's thread and the one that beats
            say((finished, remark))

    patience = Patience(
        shown(task.storage),
        study.settings.patience_seconds,
        lambda seconds: tell(f"waiting for the storage, {seconds:.0f} s"),
    )
    with closing(Ledger(study, task.storage, task.folder, patience)) as ledger:
        # Samples and storage may have changed since the study was opened.
        mark = mark_of(study, fingerprint_of(study))
        refuse_others(study, ledger.study, mark, patience)
        ledger.seed_sampler(study, task.worker)
        while True:
            counts = count(ledger.trials())
            finished = counts.finished
            tell(f"{counts.occupied - finished} open")
            if finished >= study.trials:
                return
            trial = ledger.claim()
            if trial is None:
                time.sleep(min(_PAUSE, study.settings.heartbeat_seconds))
                continue
            try:
                _do(trial, study, ledger, task.folder, mark=mark, tell=tell)
            except TakenOverError:
                continue
            except BaseException:
                # Interrupted, or the machine cannot go on: another worker takes the trial over.
                with suppress(Exception):
                    ledger.release(trial)
                raise


def samples_of(study: Study) -> SharedSamples:
    """The samples of all trials, for other machines.

    Raises:
        DataError: they cannot be read.
    """
    return {config: (_dataset(config), absolute(config)) for config in _data_configs(study)}


def fingerprint_of(study: Study) -> str:
    """Fingerprint of the samples of all entries of a grid, or of those that a search shares.

    Raises:
        DataError: they cannot be read.
    """
    _loaded.cache_clear()  # files may have changed since this process read them
    found = dict.fromkeys(_dataset(config).fingerprint() for config in _data_configs(study))
    return hashlib.sha256(" ".join(found).encode()).hexdigest()[:16]


def refuse_objectives(study: Study) -> None:
    """Refuse, before anything is trained, objectives that networks for values do not have.

    Raises:
        ConfigError: there is no accuracy.
        DataError: the samples cannot be read.
    """
    if "accuracy" not in study.settings.objectives:
        return
    for config in _data_configs(study):
        dataset = _dataset(config)
        if dataset.schema.target.kind == "value":
            raise ConfigError(
                f"{study.source}: networks for {dataset.source} predict values, which have no "
                f'accuracy; use objectives = ["loss", ...]'
            )


def run_path(folder: Path, loaded: LoadedConfig) -> Path:
    """Where a trial's run lies: equal settings and samples share one, so that trials go on.

    Raises:
        DataError: the samples cannot be read.
    """
    text = f"{loaded.to_toml()}\n{_dataset(loaded.config.data).fingerprint()}"
    return folder / "runs" / hashlib.sha256(text.encode()).hexdigest()[:16]


def train_once(
    loaded: LoadedConfig,
    path: Path,
    on_step: OnStep = unwatched,
    on_progress: OnProgress = silent,
) -> None:
    """Bring the run in ``path`` to its end: begin it, continue it, or leave it if it is finished.

    Another process that is at it is waited for.

    Raises:
        LogicjscError: the training failed.
    """
    from filelock import FileLock

    path.parent.mkdir(parents=True, exist_ok=True)
    dataset = _dataset(loaded.config.data)
    watching: dict[str, Any] = {"on_step": on_step, "on_progress": on_progress}
    # A process that was killed holds no lock any more.
    with FileLock(path.with_name(f"{path.name}.lock")):
        if Run.exists(path):
            _refuse_other_run(Run(path), loaded, dataset)
            if not Run(path).is_finished:
                resume(path, dataset, **watching)
            return
        sent = _sent.get(loaded.config.data)
        if sent is not None:
            loaded = replace(loaded, config=replace(loaded.config, data=sent[1]))
        # One that was killed as it began may have left a folder that is no run yet. Whatever else
        # lies there is refused by `train`.
        if path.is_dir():
            for file in (path / CONFIG, *path.glob(f".{CONFIG}.*"), *path.glob(f".{Run.MARKER}.*")):
                file.unlink(missing_ok=True)
        train(loaded, path, dataset, **watching)


def _refuse_other_run(run: Run, loaded: LoadedConfig, dataset: Dataset) -> None:
    """Refuse a run that lies where a trial's belongs, but was made otherwise.

    Raises:
        RunError: settings, samples or version of logicjsc are others.
    """
    header, saved = run.header(), load_config(run.config_file)
    what = ""
    if header.versions.get("logicjsc") != __version__:
        what = f"was made by logicjsc {header.versions.get('logicjsc', 'of an unknown version')}"
    elif header.dataset.get("fingerprint") != dataset.fingerprint():
        what = "was made from other samples"
    elif (saved.method, _placeless(saved)) != (loaded.method, _placeless(loaded)):
        what = "has other settings"
    if what:
        raise RunError(
            f"{run.path} {what} than the trial that belongs there; move it away, and the same "
            f"command makes it anew"
        )


def _placeless(loaded: LoadedConfig) -> Any:  # noqa: ANN401 - a method's own settings
    """Settings without where the samples lie, which may have moved; they have a fingerprint."""
    data = replace(loaded.config.data, path="", test_path="", task="")
    return replace(loaded.config, data=data)


def _do(
    trial: Trial,
    study: Study,
    ledger: Ledger,
    folder: Path,
    *,
    mark: Sequence[str],
    tell: Callable[[str], None],
) -> None:
    from optuna.exceptions import UpdateFinishedTrialError

    try:
        loaded = _settings(trial, study, ledger)
        path = run_path(folder, loaded)
        ledger.patience(lambda: trial.set_user_attr(RUN, path.name))
        known = ledger.known(path.name) if study.is_grid else None
        if known is not None:
            measured = known.user_attrs.get(MEASURED, {})
            ledger.patience(lambda: trial.set_user_attr(MEASURED, measured))
            ledger.complete(trial, known.values)
            return
        with ledger.beating(trial) as taken:
            judge = Judge(study, ledger.storage, ledger.patience, mark)
            try:
                _train(loaded, path, judge, taken, lambda text: tell(f"trial {trial.number}{text}"))
            except _PrunedError:
                judge.close(pruned=True)
                ledger.prune(trial)
                return
            judge.close(pruned=False)
            values, reached = objectives_of(path, study.settings), measures_of(path)
            ledger.patience(lambda: trial.set_user_attr(MEASURED, dict(reached)))
    except (BrokenPipeError, ConnectionResetError, TakenOverError, ToolError):
        raise  # not the trial's fault
    except UpdateFinishedTrialError as error:
        raise TakenOverError from error
    except LogicjscError as error:
        ledger.fail(trial, str(error))
        return
    except Exception as error:  # noqa: BLE001 - one lost trial must not lose the study
        reason = str(error).partition("\n")[0]
        ledger.fail(trial, f"{type(error).__name__}: {reason}")
        return
    ledger.complete(trial, values)


def _settings(trial: Trial, study: Study, ledger: Ledger) -> LoadedConfig:
    if study.is_grid:
        return study.entries[ledger.entry(trial)]
    return study.config(ledger.patience(lambda: suggest(study.space, trial)))


def _train(
    loaded: LoadedConfig,
    path: Path,
    judge: Judge,
    taken: threading.Event,
    tell: Callable[[str], None],
) -> None:
    def on_step(step: Step) -> None:
        if taken.is_set():
            raise TakenOverError
        if step.score is not None and judge.stops(step.number, step.score):
            raise _PrunedError

    def on_progress(done: int, total: int, remark: str) -> None:
        del remark
        if taken.is_set():
            raise TakenOverError
        tell(f", step {done} of {total}")

    train_once(loaded, path, on_step, on_progress)


def _data_configs(study: Study) -> tuple[DataConfig, ...]:
    loaded = study.entries or (study.first,)
    return tuple(dict.fromkeys(entry.config.data for entry in loaded))


def _refuse_unseen(task: WorkerTask) -> None:
    """Refuse to begin another database where the study's own cannot be seen.

    Raises:
        ConfigError: it cannot.
    """
    if is_embedded(task.storage) and not database_of(task.storage).is_file():
        raise ConfigError(
            f"{socket.gethostname()} does not see {database_of(task.storage)}; use a folder that "
            f"all machines see, or --storage postgresql://user@host/database"
        )


_sent: Final[dict[DataConfig, tuple[Dataset, DataConfig]]] = {}
"""Samples that came with this process's work."""


def _dataset(config: DataConfig) -> Dataset:
    sent = _sent.get(config)
    return _loaded(config) if sent is None else sent[0]


@lru_cache(maxsize=2)
def _loaded(config: DataConfig) -> Dataset:
    return load_dataset(config)
