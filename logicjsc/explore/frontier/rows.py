"""What stands in the table: one row per network, found in folders and measured."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from logicjsc.artefacts.netlists import netlist_of, provenance_of, samples_of
from logicjsc.artefacts.sources import POINT, Source, identify
from logicjsc.core.cache import entry, read_entry, write_entry
from logicjsc.core.errors import ConfigError, LogicjscError, RunError
from logicjsc.core.files import sha256_of
from logicjsc.core.run import Run
from logicjsc.dataset import Samples
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.task import known_tasks
from logicjsc.explore.zoo.accuracy import AnyScore, ErrorScore, Score, score
from logicjsc.explore.zoo.add import name_of, training_samples
from logicjsc.explore.zoo.figures import Figures
from logicjsc.explore.zoo.latency import Latency, cached_latency
from logicjsc.explore.zoo.mapping import Found, whole_luts
from logicjsc.explore.zoo.measure import Measuring, OnStep, find_both, measure
from logicjsc.explore.zoo.placed import read_placed
from logicjsc.explore.zoo.points import ENCODED_NETLIST, LUTS, NETLIST, Placed, Point, read_point
from logicjsc.explore.zoo.recorded import recorded_luts, recorded_whole
from logicjsc.map.abc import find_abc
from logicjsc.map.mapper import MappedNetlist
from logicjsc.map.timing.delays import load_delays
from logicjsc.netlist import Netlist, digest_of, load_netlist
from logicjsc.netlist.codec import read_words

ACCURACY: Final = "test accuracy %"

SYNTH_REPORT: Final = "synth.json"
"""What ``logicjsc synth --json`` printed, if it was kept in a run or circuit."""


@dataclass(frozen=True)
class Row:
    """One network.

    Attributes:
        name: a point's title, else the name of the run, circuit or file.
        source: where it was found.
        digest: of its netlist.
        task: name of the task that it solves, or what it decides where that has no name.
        samples_of: what it was tested on.
        score: on those samples, features as they are.
        by_words: on those samples, features rounded to the encoder's words; None without words.
        figures: its area.
        placed: its clock frequency, if a report says.
        seeds: test accuracies of all seeds, 0 to 1, or errors; empty if they are not known.
        command: the one command that trains it again; empty if it is not known.
        front_core: whether no other network alone has as few LUTs and is as accurate.
        front_whole: the same with both ends.
        latency: its estimated latency; None where that was not asked for.
    """

    name: str
    source: str
    digest: str
    task: str
    samples_of: str
    score: AnyScore
    by_words: AnyScore | None
    figures: Figures
    placed: Placed | None = None
    seeds: tuple[float, ...] = ()
    command: str = ""
    front_core: bool = False
    front_whole: bool = False
    latency: Latency | None = None

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {**asdict(self), **self.score.to_dict()}


@dataclass(frozen=True)
class Collected:
    """Rows, the most accurate first, and what was passed over.

    Attributes:
        rows: the networks.
        passed_over: one sentence for each thing that is no network, or not a finished one.
    """

    rows: tuple[Row, ...]
    passed_over: tuple[str, ...] = ()

    @property
    def task(self) -> str:
        """Name of the task of all rows, if it is a known one; else empty."""
        return self.rows[0].task if self.rows[0].task in known_tasks() else ""

    @property
    def metric(self) -> str:
        """What the rows are compared by, as the heads of tables and axes have it."""
        return metric_of(self.rows)


@dataclass(frozen=True)
class Collecting:
    """How networks are measured.

    Attributes:
        task: of several tasks, the one that is asked for; empty if there is but one.
        data: test all of them on the test part of these samples; None for each on its own.
        encoder_bits: width of words for networks without their own.
        measuring: how areas are measured.
        timing: whether latencies are estimated.
    """

    task: str = ""
    data: Path | None = None
    encoder_bits: int = 8
    measuring: Measuring = field(default_factory=Measuring)
    timing: bool = False


def collect(paths: Sequence[Path], collecting: Collecting, on_step: OnStep) -> Collected:
    """Measure every network in some folders; equal netlists stand in the table once.

    Points of the zoo keep the figures that they were committed with, which ``logicjsc zoo verify``
    checks; what they were tested on before is not tested again.

    Raises:
        ConfigError: there are networks of several tasks, and none is asked for, or of others only.
        RunError: a path is nothing that logicjsc knows, or nothing was found in any.
        ToolError: a tool is missing or failed.
    """
    rows: dict[str, Row] = {}
    passed_over: list[str] = []
    others: set[str] = set()
    for path, named in _networks(paths):
        on_step(str(path))
        try:
            row = _row(path, collecting, on_step, rows.keys())
        except _OtherTaskError as other:
            others.add(other.task)
            continue
        except LogicjscError as error:
            if named or error.exit_code != RunError.exit_code:
                raise
            passed_over.append(f"{path}: {error}")
            continue
        if row is not None:
            rows[row.digest] = row
    if others and not rows:
        raise ConfigError(
            f"there is no network for {collecting.task!r} in {', '.join(map(str, paths))}, but for "
            f"{', '.join(sorted(others))}"
        )
    if not rows:
        why = f" ({passed_over[0]})" if passed_over else ""
        raise RunError(f"there is no network in {', '.join(map(str, paths))}{why}")
    tasks = sorted({row.task for row in rows.values()})
    if len(tasks) > 1:
        raise ConfigError(
            f"there are networks for {', '.join(tasks)}, and accuracies on different tasks do not "
            f"compare; choose one with --task"
        )
    return Collected(tuple(with_fronts(list(rows.values()))), tuple(passed_over))


class _OtherTaskError(Exception):
    """A network is for another task than the one that is asked for."""

    def __init__(self, task: str) -> None:
        super().__init__(task)
        self.task = task


def metric_of(rows: Sequence[Row]) -> str:
    """What rows are compared by: test accuracy, or an error, in the words of their task."""
    if not rows[0].score.smaller_is_better:
        return ACCURACY
    task = known_tasks().get(rows[0].task)
    return task.metric if task is not None and task.metric else "test error"


def with_fronts(rows: Sequence[Row]) -> list[Row]:
    """Rows with their places on the two fronts, the most accurate first."""
    ordered = sorted(rows, key=lambda row: (-row.score.quality, row.figures.core.lut, row.name))
    core = front([(row.figures.core.lut, row.score.quality) for row in ordered])
    ended = [
        (index, row.figures.whole.lut, row.by_words.quality)
        for index, row in enumerate(ordered)
        if row.figures.whole is not None and row.by_words is not None
    ]
    whole = front([(cost, value) for _, cost, value in ended])
    chosen = {index for (index, _, _), kept in zip(ended, whole, strict=True) if kept}
    return [
        replace(row, front_core=kept, front_whole=index in chosen)
        for index, (row, kept) in enumerate(zip(ordered, core, strict=True))
    ]


def front(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Of (cost, value), which ones no other equals or beats in both; of equal ones the first."""
    kept = [False] * len(points)
    best = float("-inf")
    for index in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1], i)):
        if points[index][1] > best:
            kept[index], best = True, points[index][1]
    return kept


def _networks(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Everything that may be a network, points of the zoo first; whether it was named itself."""
    found = [(path, True) for path in paths if _is_network(path)]
    for folder in paths:
        if not folder.exists():
            raise RunError(f"there is nothing at {folder}")
        if not _is_network(folder):
            if not folder.is_dir():
                identify(folder)  # says what is wrong with it
            found += [(path, False) for path in _inside(folder)]
    yield from sorted(found, key=lambda entry: not (entry[0] / POINT).is_file())


def _inside(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise RunError(
            f"{folder} is no folder, run, circuit, netlist or point of the zoo; of a model, make a "
            f"netlist first (logicjsc simplify MODEL.onnx) and name that"
        )
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if _is_network(path):
            yield path
        elif path.is_dir():
            yield from _inside(path)


def _is_network(path: Path) -> bool:
    try:
        return identify(path).kind in {"run", "circuit", "netlist", "point"}
    except LogicjscError:
        return False


def _row(path: Path, collecting: Collecting, on_step: OnStep, seen: Collection[str]) -> Row | None:
    """The row of a path; None if its netlist was seen before."""
    source = identify(path)
    if source.kind == "point":
        return _zoo_row(source, collecting, on_step)
    if source.kind == "run" and not Run.open(path).is_finished:
        raise RunError(f"{path} is not finished")
    netlist = netlist_of(source)
    if digest_of(netlist) in seen:
        return None
    task = _task_of(source, netlist, collecting)
    test = samples_of(source, "test", collecting.data)
    words = words_of(source, netlist, collecting.encoder_bits, collecting.data)
    figures = measure(netlist, words, collecting.measuring, on_step)
    report, placed = path / SYNTH_REPORT, None
    if report.is_file():
        placed = read_placed(report, {digest_of(netlist)})
    return Row(
        name=source.name,
        source=str(path),
        digest=digest_of(netlist),
        task=task,
        samples_of=name_of(test),
        score=cached_score(netlist, test, None),
        by_words=None if words is None else cached_score(netlist, test, words),
        figures=figures,
        placed=placed,
        latency=_latency(netlist, words, collecting.measuring, on_step)
        if collecting.timing
        else None,
    )


def _zoo_row(source: Source, collecting: Collecting, on_step: OnStep) -> Row:
    path = source.path
    point = read_point(path / POINT)
    netlist = load_netlist(path / NETLIST)
    digest = digest_of(netlist)
    if digest != point.header.netlist_digest:
        raise ConfigError(
            f"{path / POINT} belongs to netlist {point.header.netlist_digest[:12]}, {NETLIST} is "
            f"{digest[:12]}; add the point again"
        )
    task = _task_of(source, netlist, collecting)
    words = None if point.words is None else point.words.format
    measuring, figures = collecting.measuring, point.figures
    if measuring.yosys and figures.confirmed_core is None:
        figures = measure(netlist, words, replace(measuring, effort=point.header.effort), on_step)
    given = None
    if collecting.data is not None:
        given = samples_of(source, "test", collecting.data)
    called, plain, rounded = _zoo_scores(point, netlist, words, given)
    return Row(
        name=point.header.title,
        source=str(path),
        digest=digest,
        task=task,
        samples_of=called,
        score=plain,
        by_words=rounded,
        figures=figures,
        placed=point.placed,
        seeds=point.seeds.test,
        command=point.header.command,
        latency=_zoo_latency(path, netlist, point) if collecting.timing else None,
    )


def _latency(
    netlist: Netlist, words: FixedPoint | None, measuring: Measuring, on_step: OnStep
) -> Latency:
    """Of the LUTs that are found for a netlist, alone and between its ends."""
    formats = None if words is None else words.to_dict()
    facts = [digest_of(netlist), formats, measuring.effort, measuring.across, find_abc().identity]

    def find() -> tuple[Found, MappedNetlist | None]:
        core, encoded, _ = find_both(netlist, words, measuring, on_step)
        if encoded is None:
            return core, None
        return core, whole_luts(encoded, effort=measuring.effort, jobs=measuring.jobs)

    return cached_latency(facts, load_delays(), find)


def _zoo_latency(folder: Path, netlist: Netlist, point: Point) -> Latency:
    """Of the LUTs that a point was committed with, alone and between its ends."""
    facts = [digest_of(netlist), sha256_of(folder / LUTS), point.figures.core.way]
    if (folder / ENCODED_NETLIST).is_file():
        facts.append(sha256_of(folder / ENCODED_NETLIST))

    def find() -> tuple[Found, MappedNetlist | None]:
        return recorded_luts(folder, netlist, point), recorded_whole(folder, netlist, point)

    return cached_latency(facts, load_delays(), find)


def _zoo_scores(
    point: Point, netlist: Netlist, words: FixedPoint | None, given: Samples | None
) -> tuple[str, AnyScore, AnyScore | None]:
    """Recorded scores, unless other samples are given."""
    tested = point.test
    if given is None or given.fingerprint() == tested.fingerprint:
        return tested.samples_of, tested.score, None if words is None else tested.by_words
    rounded = None if words is None else cached_score(netlist, given, words)
    return name_of(given), cached_score(netlist, given, None), rounded


def _task_of(source: Source, netlist: Netlist, collecting: Collecting) -> str:
    """Name of a network's task, or what it decides where that has no name.

    Raises:
        _OtherTaskError: it is not the one that is asked for.
    """
    known, decoder = provenance_of(source), netlist.decoder
    if known is not None and known.config.task:
        task = known.config.task
    elif decoder is None:
        task = "not known"
    else:
        task = f"{decoder.kind} {', '.join(decoder.class_names)}"
    if collecting.task not in {"", task}:
        raise _OtherTaskError(task)
    return task


def words_of(
    source: Source, netlist: Netlist, bits: int, data: Path | None = None
) -> FixedPoint | None:
    """Formats of the words that a network takes: its own, or fitted to its training samples."""
    encoder, known = netlist.encoder, provenance_of(source)
    if encoder is None or encoder.words is not None or known is None:
        return None if encoder is None else encoder.words
    path = entry("words", [known.fingerprint, known.schema.to_dict(), bits])
    if known.fingerprint:
        with suppress(LogicjscError):
            return read_words(read_entry(path))
    words = FixedPoint.fit(training_samples(source, data), bits)
    if known.fingerprint:
        write_entry(path, words.to_dict())
    return words


def cached_score(netlist: Netlist, samples: Samples, words: FixedPoint | None) -> AnyScore:
    """Like `score`, remembered."""
    formats = None if words is None else words.to_dict()
    facts: list[Any] = [digest_of(netlist), samples.fingerprint(), formats]
    if samples.target.core:
        facts.append(samples.target.core)
    path = entry("score", facts)
    kept = read_entry(path)
    if isinstance(kept, dict):
        for kind in (Score, ErrorScore):
            if kept.keys() == {entry.name for entry in fields(kind)}:
                return kind(**kept)
    found = score(netlist, samples, words)
    write_entry(path, asdict(found))
    return found
