"""What stands in the table: one row per network, found in folders and measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from logicjsc.artefacts.circuit import build_netlist
from logicjsc.artefacts.measure import check_features
from logicjsc.artefacts.sources import identify
from logicjsc.core.errors import ConfigError, LogicjscError, RunError
from logicjsc.core.files import cache_directory, write_text
from logicjsc.dataset import Samples, load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.readers import data_files
from logicjsc.dataset.load import load_test
from logicjsc.explore.frontier.accuracy import Score, score
from logicjsc.explore.frontier.figures import Figures
from logicjsc.explore.frontier.measure import Measuring, OnStep, measure
from logicjsc.explore.frontier.placed import read_placed
from logicjsc.explore.frontier.points import NETLIST, POINT, Placed, Point, read_point
from logicjsc.methods.gradient.rundir import RunDirectory
from logicjsc.netlist import Netlist, digest_of, load_netlist
from logicjsc.netlist.codec import read_words

SYNTH_REPORT: Final = "synth.json"
"""What ``logicjsc synth --json`` printed, if it was kept in a run or circuit."""


@dataclass(frozen=True)
class Row:
    """One network.

    Attributes:
        name: a point's title, else the name of the run, circuit or file.
        source: where it was found.
        digest: of its netlist.
        jets_of: what it was tested on.
        score: on those jets, features as they are.
        by_words: on those jets, features rounded to the encoder's words; None without words.
        figures: its area.
        placed: its clock frequency, if a report says.
        seeds: test accuracies of all seeds, 0 to 1; empty if they are not known.
        command: the one command that trains it again; empty if it is not known.
        front_core: whether no other network alone has as few LUTs and as many jets right.
        front_whole: the same with encoder and argmax.
    """

    name: str
    source: str
    digest: str
    jets_of: str
    score: Score
    by_words: Score | None
    figures: Figures
    placed: Placed | None = None
    seeds: tuple[float, ...] = ()
    command: str = ""
    front_core: bool = False
    front_whole: bool = False

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        low, high = self.score.interval
        return {
            **asdict(self),
            "accuracy": self.score.accuracy,
            "accuracy_95_percent": [low, high],
        }


@dataclass(frozen=True)
class Collected:
    """Rows, the most accurate first, and what was passed over.

    Attributes:
        rows: the networks.
        passed_over: one sentence for each thing that is no network, or not a finished one.
    """

    rows: tuple[Row, ...]
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collecting:
    """How networks are measured.

    Attributes:
        data: test all of them on the test part of these jets; None for each on its own.
        encoder_bits: width of words for networks without their own.
        measuring: how areas are measured.
    """

    data: Path | None = None
    encoder_bits: int = 8
    measuring: Measuring = field(default_factory=Measuring)


def collect(paths: Sequence[Path], collecting: Collecting, on_step: OnStep) -> Collected:
    """Measure every network in some folders; equal netlists stand in the table once.

    Points of the zoo keep the figures that they were committed with, which ``logicjsc zoo verify``
    checks; what they were tested on before is not tested again.

    Raises:
        RunError: a path is nothing that logicjsc knows, or nothing was found in any.
        ToolError: a tool is missing or failed.
    """
    jets = _Jets(collecting.data)
    rows: dict[str, Row] = {}
    passed_over: list[str] = []
    for path, named in _networks(paths):
        on_step(str(path))
        try:
            row = _row(path, jets, collecting, on_step, rows.keys())
        except LogicjscError as error:
            if named or error.exit_code != RunError.exit_code:
                raise
            passed_over.append(f"{path}: {error}")
            continue
        if row is not None:
            rows[row.digest] = row
    if not rows:
        why = f" ({passed_over[0]})" if passed_over else ""
        raise RunError(f"there is no network in {', '.join(map(str, paths))}{why}")
    return Collected(tuple(with_fronts(list(rows.values()))), tuple(passed_over))


def with_fronts(rows: Sequence[Row]) -> list[Row]:
    """Rows with their places on the two fronts, the most accurate first."""
    ordered = sorted(rows, key=lambda row: (-row.score.accuracy, row.figures.core.lut, row.name))
    core = front([(row.figures.core.lut, row.score.accuracy) for row in ordered])
    ended = [
        (index, row.figures.whole.lut, row.by_words.accuracy)
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
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if _is_network(path):
            yield path
        elif path.is_dir():
            yield from _inside(path)


def _is_network(path: Path) -> bool:
    if (path / POINT).is_file():
        return True
    try:
        return identify(path).kind in {"run", "circuit", "netlist"}
    except RunError:
        return False


def _row(
    path: Path, jets: _Jets, collecting: Collecting, on_step: OnStep, seen: Collection[str]
) -> Row | None:
    """The row of a path; None if its netlist was seen before."""
    if (path / POINT).is_file():
        return _zoo_row(path, jets, collecting, on_step)
    source = identify(path)
    config = DataConfig(path=str(collecting.data or ""))
    result: dict[str, Any] = {}
    if source.kind == "run":
        run = RunDirectory.open(path)
        result = run.load_result()
        if not result:
            raise RunError(f"training of {path} is not complete")
        config = run.load_config().data
    netlist = build_netlist(source)
    if digest_of(netlist) in seen:
        return None
    test = jets.given or jets.test_of(config)
    words = words_of(netlist, config, collecting.encoder_bits)
    figures = measure(netlist, words, collecting.measuring, on_step)
    report, placed = path / SYNTH_REPORT, None
    if report.is_file():
        placed = read_placed(report, {digest_of(netlist)})
    return Row(
        name=source.name,
        source=str(path),
        digest=digest_of(netlist),
        jets_of=_name_of(test),
        score=cached_score(netlist, test, None),
        by_words=None if words is None else cached_score(netlist, test, words),
        figures=figures,
        placed=placed,
    )


def _zoo_row(path: Path, jets: _Jets, collecting: Collecting, on_step: OnStep) -> Row:
    point = read_point(path / POINT)
    netlist = load_netlist(path / NETLIST)
    digest = digest_of(netlist)
    if digest != point.header.netlist_digest:
        raise ConfigError(
            f"{path / POINT} belongs to netlist {point.header.netlist_digest[:12]}, {NETLIST} is "
            f"{digest[:12]}; add the point again"
        )
    words = None if point.words is None else point.words.format
    measuring, figures = collecting.measuring, point.figures
    if measuring.yosys and figures.confirmed_core is None:
        figures = measure(netlist, words, replace(measuring, effort=point.header.effort), on_step)
    jets_of, plain, rounded = _zoo_scores(point, netlist, words, jets.given)
    return Row(
        name=point.header.title,
        source=str(path),
        digest=digest,
        jets_of=jets_of,
        score=plain,
        by_words=rounded,
        figures=figures,
        placed=point.placed,
        seeds=point.seeds.test,
        command=point.header.command,
    )


def _zoo_scores(
    point: Point, netlist: Netlist, words: FixedPoint | None, given: Samples | None
) -> tuple[str, Score, Score | None]:
    """Recorded scores, unless other jets are given."""
    tested = point.test
    if given is None or given.fingerprint() == tested.fingerprint:
        rounded = None if words is None else Score(tested.jets, tested.right_by_words)
        return tested.jets_of, tested.score, rounded
    rounded = None if words is None else cached_score(netlist, given, words)
    return _name_of(given), cached_score(netlist, given, None), rounded


class _Jets:
    """Test parts, each read once."""

    def __init__(self, data: Path | None) -> None:
        self.given = None if data is None else load_test(DataConfig(path=str(data)))
        self._read: dict[DataConfig, Samples] = {}

    def test_of(self, config: DataConfig) -> Samples:
        if config not in self._read:
            self._read[config] = load_test(config)
        return self._read[config]


def _name_of(jets: Samples) -> str:
    """What jets are called in tables, which say nothing about where they lie on a machine."""
    path = Path(jets.source)
    return path.name if path.exists() else jets.source


def words_of(netlist: Netlist, data: DataConfig, bits: int) -> FixedPoint | None:
    """Formats of the words that a network takes: its own, or fitted to its training jets."""
    encoder = netlist.encoder
    if encoder is None or encoder.words is not None:
        return None if encoder is None else encoder.words
    files = data_files(Path(data.path)) if data.path else []
    stats = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    path = _cached("words", [asdict(data), bits, stats])
    try:
        return read_words(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, LogicjscError):
        pass
    train = load_dataset(data).train
    check_features(netlist, train)
    words = FixedPoint.fit(train, bits)
    write_text(path, json.dumps(asdict(words)))
    return words


def cached_score(netlist: Netlist, jets: Samples, words: FixedPoint | None) -> Score:
    """Like `score`, remembered."""
    facts = [digest_of(netlist), jets.fingerprint(), None if words is None else asdict(words)]
    path = _cached("score", facts)
    try:
        return Score(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        pass
    found = score(netlist, jets, words)
    write_text(path, json.dumps(asdict(found)))
    return found


def _cached(kind: str, facts: list[Any]) -> Path:
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return cache_directory() / "frontier" / f"{kind}-{key}.json"
