"""One worker of a search: takes a trial, trains it, measures it, until there are enough."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import LogicjscError, ToolError
from logicjsc.dataset import load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.explore.search.definition import Objective, Search, load_search
from logicjsc.explore.search.ledger import RUN, Ledger, TakenOverError, count
from logicjsc.explore.search.pruning import Judge
from logicjsc.explore.search.space import suggest
from logicjsc.explore.search.storage import Patience, shown
from logicjsc.explore.sweep.pool import Say
from logicjsc.explore.sweep.runs import read_metrics, run_digest, train_once
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.loading import LoadedConfig
from logicjsc.methods.gradient.rundir import RunDirectory

if TYPE_CHECKING:
    from optuna.trial import Trial

    from logicjsc.methods.gradient.report import EpochReport
    from logicjsc.netlist import Netlist

_PAUSE: Final = 1.0
"""Seconds between two looks for lost trials when all others are being done."""


@dataclass(frozen=True)
class WorkerTask:
    """A worker.

    Attributes:
        definition: the search's file.
        storage: URL of the storage.
        folder: the search's folder.
        worker: a number that no other worker has; 0 for the only one.
    """

    definition: Path
    storage: str
    folder: Path
    worker: int


class _PrunedError(Exception):
    """The training was hopeless."""


def work(task: WorkerTask, say: Say) -> None:
    """Do trials until there are enough, over all workers.

    Messages are numbers of finished trials and a remark.

    Raises:
        LogicjscError: the storage cannot be used any more.
    """
    search = load_search(task.definition)
    told = threading.Lock()
    finished = 0

    def tell(remark: str) -> None:
        with told:  # of the worker's thread and the one that beats
            say((finished, remark))

    patience = Patience(
        shown(task.storage),
        search.settings.patience_seconds,
        lambda seconds: tell(f"waiting for the storage, {seconds:.0f} s"),
    )
    ledger = Ledger(search, task.storage, task.folder, patience)
    ledger.seed_sampler(search, task.worker)
    while True:
        counts = count(ledger.trials())
        finished = counts.finished
        tell(f"{counts.occupied - finished} open")
        if finished >= search.settings.trials:
            return
        trial = ledger.claim()
        if trial is None:
            time.sleep(min(_PAUSE, search.settings.heartbeat_seconds))
            continue
        try:
            _do(trial, search, ledger, task.folder, tell)
        except TakenOverError:
            continue
        except BaseException:
            # Nobody listens any more, or nothing can be done here: another worker may.
            with suppress(Exception):
                ledger.release(trial)
            raise


def trial_path(folder: Path, config: Config) -> Path:
    """Run directory of a trial: equal settings share one, so a retried trial goes on."""
    return folder / "trials" / run_digest(config, _fingerprint(config.data))


def measure_objectives(path: Path, search: Search) -> dict[Objective, float]:
    """The objectives of a finished run.

    Raises:
        LogicjscError: it cannot be exported.
    """
    measured: dict[Objective, float] = {}
    netlist: Netlist | None = None
    for objective in search.settings.objectives:
        if objective == "accuracy":
            result = RunDirectory.open(path).load_result()
            measured[objective] = result["validation"]["accuracy"]
            continue
        if netlist is None:
            from logicjsc.artefacts.circuit import build_netlist

            netlist = build_netlist(Source("run", path))
        if objective == "luts":
            measured[objective] = _luts(netlist, search)
        else:
            measured[objective] = _latency(netlist, search)
    return measured


def _do(
    trial: Trial, search: Search, ledger: Ledger, folder: Path, tell: Callable[[str], None]
) -> None:
    from optuna.exceptions import UpdateFinishedTrialError

    try:
        chosen = ledger.patience(lambda: suggest(search.space, trial))
        loaded = search.config(chosen)
        path = trial_path(folder, loaded.config)
        ledger.patience(lambda: trial.set_user_attr(RUN, path.name))
        with ledger.beating(trial) as taken:
            judge = Judge(search, ledger.storage, ledger.patience)
            try:
                _train(loaded, path, judge, taken, lambda text: tell(f"trial {trial.number}{text}"))
            except _PrunedError:
                judge.close(pruned=True)
                ledger.prune(trial)
                return
            judge.close(pruned=False)
            measured = measure_objectives(path, search)
    except (BrokenPipeError, ConnectionResetError, TakenOverError, ToolError):
        raise  # not the trial's fault
    except UpdateFinishedTrialError as error:
        raise TakenOverError from error
    except LogicjscError as error:
        ledger.fail(trial, str(error))
        return
    except Exception as error:  # noqa: BLE001 - one lost trial must not lose the search
        reason = str(error).partition("\n")[0]
        ledger.fail(trial, f"{type(error).__name__}: {reason}")
        return
    ledger.complete(trial, [measured[objective] for objective in search.settings.objectives])


def _train(
    loaded: LoadedConfig,
    path: Path,
    judge: Judge,
    taken: threading.Event,
    tell: Callable[[str], None],
) -> None:
    def judged(epoch: int, accuracy: float) -> None:
        if judge.stops(epoch, accuracy):
            raise _PrunedError

    def on_epoch(report: EpochReport) -> None:
        if taken.is_set():
            raise TakenOverError
        tell(f", epoch {report.epoch}")
        judged(report.epoch, report.validation_accuracy)

    run = RunDirectory(path)
    # What a worker did before it died, the pruner should know as well.
    if run.state.is_file():
        for entry in read_metrics(run):
            judged(entry["epoch"], entry["validation_accuracy"])
    train_once(loaded, path, on_epoch)


def _luts(netlist: Netlist, search: Search) -> int:
    if search.settings.estimate == "map":
        from logicjsc.map.mapper import map_netlist
        from logicjsc.netlist.passes import simplify

        return map_netlist(simplify(netlist, "low")[0], effort="low", jobs=1).luts
    from logicjsc.map.estimate import estimate_luts

    return estimate_luts(netlist)


def _latency(netlist: Netlist, search: Search) -> int:
    """Clock cycles of the circuit that ``export-verilog`` would write."""
    from logicjsc.emit.verilog import CircuitOptions
    from logicjsc.emit.verilog.plan import plan_circuit

    settings = search.settings
    options = CircuitOptions(pipeline=settings.pipeline, argmax=settings.argmax)
    cycles = plan_circuit(netlist, options.network).latency_cycles
    if settings.argmax:
        levels = (len(netlist.outputs) - 1).bit_length()
        cycles += len(options.ranks_in_argmax(levels))
    return cycles


@cache
def _fingerprint(config: DataConfig) -> str:
    return load_dataset(config).fingerprint()
