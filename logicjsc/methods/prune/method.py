"""Config to netlists of falling size."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.artefacts.measure import netlist_scores
from logicjsc.core.errors import TrainingError
from logicjsc.core.files import write_text
from logicjsc.core.outputs import refuse_finished
from logicjsc.core.settings import to_toml
from logicjsc.dataset import Samples, Dataset, load_dataset
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.metrics import Metrics, score_metrics
from logicjsc.dataset.samples import Array
from logicjsc.methods.distil.cross_fit import held_out_probabilities
from logicjsc.methods.prune.columns import Column, choose_columns
from logicjsc.methods.prune.definition import LoadedCompacting
from logicjsc.methods.prune.front import Point, Progress, sweep_front
from logicjsc.methods.prune.native.library import padded_targets
from logicjsc.methods.prune.state import State
from logicjsc.methods.prune.to_netlist import to_netlist
from logicjsc.methods.prune.trainer import Jets
from logicjsc.netlist import digest_of, save_netlist

MARKER: Final = "compacting.toml"
"""The effective settings, by which a directory of a compacting run is known."""

RESULT: Final = "result.json"
"""What the networks that were kept reached."""


@dataclass(frozen=True)
class Kept:
    """A network that was kept.

    Attributes:
        wanted: size that it was to come below.
        netlist: its file.
        netlist_digest: its digest.
        luts: LUTs, estimated from the tables' widths, those of the codes included.
        code_luts: LUTs that make codes from words, of these.
        hidden: hidden neurons.
        edges: tables of both layers.
        validation_accuracy: 0 to 1.
        validation_loss: in nats.
        test: metrics on the test jets.
    """

    wanted: int
    netlist: Path
    netlist_digest: str
    luts: int
    code_luts: int
    hidden: int
    edges: tuple[int, int]
    validation_accuracy: float
    validation_loss: float
    test: Metrics

    def to_dict(self) -> dict[str, Any]:
        """For ``--json`` and ``result.json``."""
        return asdict(self) | {"netlist": str(self.netlist), "test": self.test.to_dict()}


@dataclass(frozen=True)
class CompactReport:
    """What a run kept.

    Attributes:
        name: of the run.
        kept: networks, from the largest.
        rounds: LUTs, mean training loss and validation accuracy after every round.
        data: source, rule and fingerprint of the jets.
    """

    name: str
    kept: tuple[Kept, ...]
    rounds: tuple[tuple[int, float, float], ...]
    data: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """For ``--json`` and ``result.json``."""
        return {
            "name": self.name,
            "kept": [kept.to_dict() for kept in self.kept],
            "rounds": [list(entry) for entry in self.rounds],
            "data": self.data,
        }


def compact_network(
    loaded: LoadedCompacting,
    path: Path,
    on_progress: Callable[[Progress], None],
    on_teacher: Callable[[int, int], None],
    *,
    jobs: int,
    overwrite: bool = False,
) -> CompactReport:
    """Train a network, make it smaller, and write the netlist of every size asked for.

    Netlists are written as soon as they are finished.

    Args:
        loaded: settings.
        path: directory of the run.
        on_progress: called after every round.
        on_teacher: told the teacher's networks that are trained, and how many there are.
        jobs: networks of the teacher that are trained at once.
        overwrite: replace a run that is already there.

    Raises:
        OutputError: ``path`` exists and is no directory of a compacting run.
        RunError: it is one, and ``overwrite`` is false.
        DataError: the jets cannot be read or divided.
        TrainingError: the loss diverged, or a netlist differs from the network that was trained.
        ToolError: there is no C++ compiler, or it fails.
    """
    refuse_finished(path, MARKER, overwrite=overwrite)
    config = loaded.config
    splits = load_dataset(config.data)
    front = _Front.prepare(loaded, splits)
    train = front.jets(splits.train)
    if config.teacher.members:
        taught = held_out_probabilities(splits.train, config.teacher, jobs, on_teacher)
        train = replace(train, targets=padded_targets(taught))
    if path.exists():
        shutil.rmtree(path)
    write_text(path / MARKER, to_toml(config))
    rounds: list[tuple[int, float, float]] = []

    def note(progress: Progress) -> None:
        rounds.append((progress.luts, progress.loss, progress.validation))
        on_progress(progress)

    points = sweep_front(
        State.start(
            front.columns,
            train.codes,
            len(splits.train.class_names),
            config,
        ),
        train,
        front.jets(splits.validation),
        config.compacting,
        note,
    )
    kept = tuple(front.keep(point, path) for point in points)
    report = CompactReport(loaded.name, kept, tuple(rounds), splits.provenance())
    write_text(path / RESULT, json.dumps(report.to_dict(), indent=2) + "\n")
    return report


@dataclass(frozen=True)
class _Front:
    """The codes of a run's jets, and what its netlists are made of."""

    loaded: LoadedCompacting
    splits: Dataset
    words: FixedPoint
    columns: list[Column]

    @classmethod
    def prepare(cls, loaded: LoadedCompacting, splits: Dataset) -> _Front:
        bits = loaded.config.data.feature_bits
        words = FixedPoint.fit(splits.train, bits)
        train = splits.train
        patterns = words.patterns(words.words(train.features))
        labels = train.labels.astype(np.int64)
        columns = choose_columns(patterns, labels, train.feature_names, bits, loaded.config.network)
        return cls(loaded, splits, words, columns)

    def codes(self, jets: Samples) -> Array:
        patterns = self.words.patterns(self.words.words(jets.features))
        return np.stack(
            [column.code_of[patterns[:, column.feature]] for column in self.columns], axis=1
        )

    def jets(self, jets: Samples) -> Jets:
        return Jets(self.codes(jets), jets.labels.astype(np.uint8))

    def keep(self, point: Point, path: Path) -> Kept:
        state, name = point.state, f"{self.loaded.name}-{point.wanted}"
        train = self.splits.train
        netlist = to_netlist(
            name,
            state,
            self.words,
            train.feature_names,
            train.class_names,
            score_step=self.loaded.config.compacting.score_step,
        )
        validation, test = self.splits.validation, self.splits.test
        right = (netlist_scores(netlist, validation).argmax(axis=1) == validation.labels).mean()
        if right != point.accuracy:
            raise TrainingError(
                f"netlist {name} classifies {right:.4%} of the validation jets rightly, the "
                f"network that was trained {point.accuracy:.4%}; they should not differ"
            )
        file = path / f"{name}.npz"
        save_netlist(netlist, file)
        return Kept(
            wanted=point.wanted,
            netlist=file,
            netlist_digest=digest_of(netlist),
            luts=point.luts,
            code_luts=sum(column.luts for column in state.columns),
            hidden=len(state.offset),
            edges=(int((state.first.widths > 0).sum()), int((state.second.widths > 0).sum())),
            validation_accuracy=point.accuracy,
            validation_loss=point.loss,
            test=score_metrics(netlist_scores(netlist, test), test.labels, test.class_names),
        )
