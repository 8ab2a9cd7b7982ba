"""How studies and mapping grow with the number of workers; writes ``results/cluster.json``.

Measured on this machine: a study on PostgreSQL with 1 and 2 workers of a Dask cluster, the
statements of a trial, what a claim takes in studies of several sizes, statements that the server
answers in a second, and calls that a Dask scheduler gives out in a second. Simulated with these
figures: a study of 10,000 trials with 1 to 1,000 workers.

The efficiency is the time in which trials were trained, over workers times the time from the first
claim to the end of the last trial.

Usage: ``python benchmarks/cluster.py`` (minutes; needs PostgreSQL and the extras cluster and study)
"""

from __future__ import annotations

import heapq
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from machine import processor

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from reference.dask_cluster import Cluster
from reference.pieces import refuse
from reference.postgresql import Server

from logicjsc.core.executor import open_executor, run_tasks
from logicjsc.explore.study.definition import load_study
from logicjsc.explore.study.ledger import BEAT, Ledger
from logicjsc.explore.study.ownership import open_study
from logicjsc.explore.study.storage import Patience, open_storage, shown
from logicjsc.explore.study.study import run_study
from logicjsc.explore.study.worker import WorkerTask, fingerprint_of, work

_RESULTS: Final = Path(__file__).parent / "results" / "cluster.json"

_TRIALS: Final = 10_000
_SECONDS: Final = (10.0, 60.0, 600.0)
"""Mean time of a trial in the simulation; they are lognormal with a standard deviation of 30 %."""

_WORKERS: Final = (1, 2, 100, 1000)
_NETWORK: Final = 0.5e-3
"""Seconds from a worker to the database and back, of a cluster's network."""

_HEARTBEAT: Final = 15.0

SEARCH = """
base = "luts.toml"
trials = {trials}
sampler = "random"
objectives = ["accuracy", "luts"]
[space]
"anneal.sweeps" = {{ low = {sweeps}, high = {more} }}
"anneal.seed" = {{ low = 0, high = 1000 }}
"""
LUTS = """
method = "anneal"
[data]
task = "jets"
feature_bits = 6
[network]
layers = [20]
"""


def search(folder: Path, name: str, trials: int, sweeps: int) -> Any:  # noqa: ANN401 - a Study
    """A search of so many short trials."""
    (folder / "luts.toml").write_text(LUTS)
    file = folder / f"{name}.toml"
    file.write_text(SEARCH.format(trials=trials, sweeps=sweeps, more=2 * sweeps))
    return load_study(file)


def efficiency(folder: Path, url: str, workers: int) -> dict[str, float]:
    """A study with so many workers of a Dask cluster, from the first claim to the last result."""
    study = search(folder, f"measured-{workers}", 12 * workers, 60)
    place = folder / f"dask-{workers}"
    place.mkdir()
    cluster = Cluster(place)
    try:
        cluster.start_scheduler()
        cluster.start_workers(workers)
        with open_executor(cluster.address) as executor:
            # Nobody's import of libraries is measured.
            warm = search(folder, f"warm-{workers}", 4 * workers, 2)
            run_study(warm, url, folder / f"warm-{workers}", executor)
            run_study(study, url, folder / f"measured-{workers}", executor)
    finally:
        cluster.close()
    with opened(study, url, folder) as ledger:
        trials = [trial for trial in ledger.trials() if trial.state.name == "COMPLETE"]
    begun = min(trial.datetime_start.timestamp() for trial in trials)
    ended = max(trial.datetime_complete.timestamp() for trial in trials)
    results = (folder / f"measured-{workers}").glob("runs/*/result.json")
    busy = sum(json.loads(file.read_text())["seconds"] for file in results)
    return {
        "workers": workers,
        "trials": len(trials),
        "seconds_per_trial": busy / len(trials),
        "efficiency": busy / workers / (ended - begun),
        "overhead_seconds_per_trial": (workers * (ended - begun) - busy) / len(trials),
    }


@contextmanager
def opened(study: Any, url: str, folder: Path) -> Iterator[Ledger]:  # noqa: ANN401 - a Study
    """The trials of a study, which is begun if it is new."""
    patience = Patience(shown(url), 10.0)
    storage = open_storage(url)
    open_study(study, storage, patience, fingerprint_of(study))
    storage.engine.dispose()
    with closing(Ledger(study, url, folder, patience)) as ledger:
        yield ledger


@contextmanager
def counted() -> Iterator[list[float]]:
    """Statements sent to any database while the block runs: when each began."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    sent: list[float] = []

    def note(*_: object) -> None:
        sent.append(time.perf_counter())

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def statements(folder: Path, url: str) -> dict[str, float]:
    """Statements of a trial: all of one worker's, over two numbers of trials."""
    found = {}
    for trials in (4, 24):
        study = search(folder, f"counted-{trials}", trials, 2)
        with opened(study, url, folder), counted() as sent:
            work(WorkerTask(study, url, folder / f"counted-{trials}", 1), lambda _: None)
            found[trials] = len(sent)
    with opened(study, url, folder) as ledger:
        ledger.study.enqueue_trial({"anneal.sweeps": 2, "anneal.seed": 0})
        trial = ledger.study.ask()
        with counted() as sent:
            for _ in range(20):
                trial.set_user_attr(BEAT, "x")
    return {"per_trial": (found[24] - found[4]) / 20, "per_heartbeat": len(sent) / 20}


def claims(folder: Path, url: str) -> list[dict[str, float]]:
    """What a claim and its end take besides the training, in studies with more and more trials."""
    import optuna

    study = search(folder, "claims", _TRIALS, 2)
    found = []
    with opened(study, url, folder) as ledger:
        ledger.seed_sampler(study, 1)
        for size in (100, 400, 1200):
            missing = size - len(ledger.trials())
            space = {name: entry.distribution() for name, entry in study.space.items()}
            made = optuna.trial.create_trial(
                params={name: space[name].low for name in space},
                distributions=space,
                values=[0.5, 10.0],
            )
            ledger.study.add_trials([made] * missing)
            with closing(Ledger(study, url, folder, ledger.patience)) as other:
                other.seed_sampler(study, 1)
                _claim(other)
                wall, cpu = time.perf_counter(), time.process_time()
                for _ in range(5):
                    _claim(other)
                found.append(
                    {
                        "trials": size,
                        "seconds": (time.perf_counter() - wall) / 5,
                        "cpu_seconds": (time.process_time() - cpu) / 5,
                    }
                )
    return found


def _claim(ledger: Ledger) -> None:
    trial = ledger.claim()
    if trial is not None:
        ledger.complete(trial, [0.5, 10.0])


def answered(url: str) -> float:
    """Server seconds of one of our statements: a row changed by its key, and committed."""
    from sqlalchemy import create_engine, text

    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE speed (number int PRIMARY KEY, what text)"))
        connection.execute(text("INSERT INTO speed SELECT n, '' FROM generate_series(1, 1000) n"))
        connection.commit()
        begin, times = time.perf_counter(), 2000
        for number in range(times):
            connection.execute(
                text("UPDATE speed SET what = :what WHERE number = :number"),
                {"what": str(number), "number": number % 1000 + 1},
            )
            connection.commit()
        seconds = (time.perf_counter() - begin) / times / 2  # a change and a commit
    engine.dispose()
    return seconds


def given_out(folder: Path, workers: int, calls: int = 2000) -> float:
    """Calls of no length that go through the scheduler and come back in a second."""
    place = folder / f"calls-{workers}"
    place.mkdir()
    cluster = Cluster(place)
    try:
        cluster.start_scheduler()
        cluster.start_workers(workers)
        with open_executor(cluster.address) as executor:
            list(run_tasks(refuse, {number: (number + 3,) for number in range(50)}, executor))
            begin = time.perf_counter()
            tasks = {number: (number + 3,) for number in range(calls)}
            found = len(list(run_tasks(refuse, tasks, executor)))
            return found / (time.perf_counter() - begin)
    finally:
        cluster.close()


def simulated(
    workers: int,
    seconds: float,
    claim: tuple[float, float],
    counts: dict[str, float],
    service: float,
) -> dict[str, float]:
    """A study of 10,000 trials: workers with a database that answers one statement at a time.

    Args:
        workers: how many.
        seconds: mean time of a trial.
        claim: CPU seconds of a worker for a claim and its end: those without other trials, and
            those for each trial of the study.
        counts: statements, as `statements` gives them.
        service: seconds of the server for a statement.
    """
    rng = np.random.default_rng(0)
    spread = np.sqrt(np.log1p(0.3**2))
    lengths = rng.lognormal(np.log(seconds) - spread**2 / 2, spread, _TRIALS)
    # Signs of life of all workers take their part of the server's time.
    beats = workers * counts["per_heartbeat"] / _HEARTBEAT * service
    share = max(1e-6, 1 - beats)
    each = counts["per_trial"]
    free = 0.0  # when the server has answered all that was asked so far
    ready = [(rng.uniform(0, 1), worker) for worker in range(workers)]
    heapq.heapify(ready)
    busy = end = 0.0
    for trial, length in enumerate(lengths):
        now, worker = heapq.heappop(ready)
        own = claim[0] + claim[1] * trial + each * _NETWORK
        free = max(free, now) + each * service / share
        begun = max(free, now + own)
        busy += length
        end = max(end, begun + length)
        heapq.heappush(ready, (begun + length, worker))
    return {
        "workers": workers,
        "seconds_per_trial": seconds,
        "hours": end / 3600,
        "efficiency": busy / workers / end,
        "server_load": (each * _TRIALS * service + beats * end) / end,
    }


def measured_table(report: dict[str, Any]) -> str:
    """What was measured, for the page."""
    lines = ["| workers | trials | seconds per trial | efficiency |", "|---|---|---|---|"]
    lines += [
        f"| {entry['workers']} | {entry['trials']} | {entry['seconds_per_trial']:.1f} | "
        f"{100 * entry['efficiency']:.0f} % |"
        for entry in report["measured"]
    ]
    return "\n".join(lines)


def simulated_table(report: dict[str, Any]) -> str:
    """What was simulated, for the page."""
    lines = [
        "| workers | seconds per trial | hours | efficiency | server busy |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {entry['workers']:,} | {entry['seconds_per_trial']:.0f} | {entry['hours']:,.2f} | "
        f"{100 * entry['efficiency']:.0f} % | {100 * entry['server_load']:.1f} % |"
        for entry in report["simulated"]
    ]
    return "\n".join(lines)


def _said(found: Any) -> Any:  # noqa: ANN401 - any figure
    print(found, file=sys.stderr, flush=True)
    return found


def main() -> None:
    """Measure, simulate, write and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Server()
        try:
            server.start()
            report: dict[str, Any] = {"processor": processor()}
            report["statement_seconds"] = answered(server.url)
            report["statements"] = _said(statements(folder, server.url))
            report["claims"] = _said(claims(folder, server.url))
            report["calls_per_second"] = {c: _said(given_out(folder, c)) for c in (1, 2)}
            report["measured"] = [_said(efficiency(folder, server.url, c)) for c in (1, 2)]
        finally:
            server.remove()
    sizes = [entry["trials"] for entry in report["claims"]]
    slope, start = np.polyfit(sizes, [entry["cpu_seconds"] for entry in report["claims"]], 1)
    claim = (max(float(start), 0.0), max(float(slope), 0.0))
    report["claim_seconds"] = {"without_trials": claim[0], "for_each_trial": claim[1]}
    report["simulated"] = [
        simulated(workers, seconds, claim, report["statements"], report["statement_seconds"])
        for seconds in _SECONDS
        for workers in _WORKERS
    ]
    _RESULTS.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
