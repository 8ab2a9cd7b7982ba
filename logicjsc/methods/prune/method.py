"""The prune method: one-input tables and sums, trained directly and made smaller LUT by LUT."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

import numpy as np

from logicjsc.core.errors import RunError, TrainingError
from logicjsc.core.interval import Interval
from logicjsc.core.run import Run
from logicjsc.dataset import Dataset, Samples
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.metrics import Metrics
from logicjsc.dataset.provenance import KEY, Provenance
from logicjsc.dataset.samples import Array
from logicjsc.dataset.schema import TargetKind
from logicjsc.methods.distil.teacher import teacher_probabilities
from logicjsc.methods.method import Asked, Method, Step
from logicjsc.methods.prune.columns import Column, choose_columns
from logicjsc.methods.prune.config import PruneConfig
from logicjsc.methods.prune.front import Point, Progress, sweep_front
from logicjsc.methods.prune.native.library import MOST_CLASSES, padded_targets
from logicjsc.methods.prune.saved import Saved
from logicjsc.methods.prune.state import State
from logicjsc.methods.prune.to_netlist import to_netlist
from logicjsc.methods.prune.trainer import CodedSamples
from logicjsc.methods.result import Found, Result
from logicjsc.netlist import digest_of, load_netlist, save_netlist
from logicjsc.netlist.scoring import metrics_of

_STATE: Final = "state.npz"


class Prune(Method):
    """Trains a network of tables and sums, and takes away what is worth least."""

    name = "prune"
    title = "trains tables and sums, and makes them smaller LUT by LUT"
    config = PruneConfig
    seed_keys: ClassVar[Mapping[str, str]] = {
        "prune": "prune.seed",
        "teacher": "teacher.seed",
        "split": "data.split_seed",
    }
    kinds: ClassVar[tuple[TargetKind, ...]] = ("classes",)
    most_classes = MOST_CLASSES

    def find(self, asked: Asked, begin: Callable[[], Run], *, resume: bool) -> Result:
        """See `Method.find`."""
        config: PruneConfig = asked.config
        dataset = asked.dataset
        self.refuse(dataset.schema.target)
        front = _Front.prepare(asked)
        train, teacher = front.coded(dataset.train), ""
        if config.teacher.is_there:
            taught = teacher_probabilities(dataset, config.teacher, asked.jobs, asked.on_progress)
            train = replace(train, targets=padded_targets(taught))
            teacher = hashlib.sha256(taught.tobytes()).hexdigest()
        run = begin()
        saved = Saved.read(run.path / _STATE) if resume else None
        if saved is not None and saved.notes.get("teacher", teacher) != teacher:
            raise RunError(
                f"the teacher of {run.path} has changed since it was started; put the old one back "
                f"at teacher.run = {config.teacher.run!r}, or start a new run"
            )
        rounds, found = ([], []) if saved is None else _so_far(saved)
        for number, entry in enumerate(rounds, 1):
            asked.on_step(Step(number, entry[2], entry))
        interval = Interval()
        classes = len(dataset.schema.target.names)
        start = State.start(front.columns, train.codes, classes, config)

        def keep(place: Saved) -> None:
            if interval.is_due():
                with interval.timed():
                    notes = {
                        "rounds": rounds,
                        "found": [entry.to_dict() for entry in found],
                        "teacher": teacher,
                    }
                    place.write(run.path / _STATE, notes)

        def note(progress: Progress) -> None:
            rounds.append((progress.luts, progress.loss, progress.validation))
            asked.on_step(Step(len(rounds), progress.validation, progress))
            # LUTs fall by equal fractions, so that their logarithm falls evenly.
            whole = math.log(progress.first_luts / progress.last_luts)
            part = math.log(progress.first_luts / progress.luts)
            remark = f"{progress.luts} LUTs, validation {100 * progress.validation:.2f} %"
            asked.on_progress(max(0, round(100 * part / max(whole, 0.01))), 100, remark)

        validation = front.coded(dataset.validation)
        for point in sweep_front(
            start, train, validation, config.prune, note, saved=saved, keep=keep
        ):
            found.append(front.keep(point, run))
        save_netlist(load_netlist(run.path / found[0].file), run.netlist_file)
        return Result(
            self.name,
            asked.name,
            tuple(found),
            steps=len(rounds),
            details={"rounds": [list(entry) for entry in rounds]},
        )

    def files(self, config: PruneConfig, name: str) -> tuple[str, ...]:
        """See `Method.files`."""
        return (_STATE, *(_file(name, wanted) for wanted in config.prune.luts))


@dataclass(frozen=True)
class _Front:
    """The codes of a run's samples, and what its netlists are made of."""

    asked: Asked
    words: FixedPoint
    columns: list[Column]

    @classmethod
    def prepare(cls, asked: Asked) -> _Front:
        config, train = asked.config, asked.dataset.train
        words = FixedPoint.fit(train, config.data.feature_bits)
        patterns = words.patterns(words.words(train.features))
        labels = train.targets.astype(np.int64)
        columns = choose_columns(
            patterns, labels, train.feature_names, words.widths, config.network
        )
        return cls(asked, words, columns)

    def coded(self, samples: Samples) -> CodedSamples:
        patterns = self.words.patterns(self.words.words(samples.features))
        codes: Array = np.stack(
            [column.code_of[patterns[:, column.feature]] for column in self.columns], axis=1
        )
        return CodedSamples(codes, samples.targets.astype(np.uint8))

    def keep(self, point: Point, run: Run) -> Found:
        state, name = point.state, f"{self.asked.name}-{point.wanted}"
        dataset: Dataset = self.asked.dataset
        netlist = to_netlist(
            name,
            state,
            self.words,
            dataset.schema.feature_names,
            dataset.schema.target.names,
            score_step=self.asked.config.prune.score_step,
        )
        own = {KEY: Provenance.of(dataset).to_text()}
        netlist = replace(netlist, provenance={**netlist.provenance, **own})
        validation = metrics_of(netlist, dataset.validation)
        if validation.accuracy != point.accuracy:
            raise TrainingError(
                f"netlist {name} classifies {validation.accuracy:.4%} of the validation samples "
                f"correctly, the network that was trained {point.accuracy:.4%}; they should not "
                f"differ"
            )
        file = _file(self.asked.name, point.wanted)
        save_netlist(netlist, run.path / file)
        return Found(
            name=name,
            seed=self.asked.config.prune.seed,
            validation=validation,
            test=metrics_of(netlist, dataset.test),
            file=file,
            netlist_digest=digest_of(netlist),
            sizes={
                "wanted": point.wanted,
                "luts": point.luts,
                "code_luts": sum(column.luts for column in state.columns),
                "hidden": len(state.offset),
                "first_tables": int((state.first.widths > 0).sum()),
                "second_tables": int((state.second.widths > 0).sum()),
            },
            variant=str(point.wanted),
        )


def _file(name: str, wanted: int) -> str:
    return f"{name}-{wanted}.npz"


def _so_far(saved: Saved) -> tuple[list[tuple[int, float, float]], list[Found]]:
    """Rounds and networks of an interrupted run, as of its saved state."""
    notes = saved.notes
    try:
        rounds = [(int(luts), float(loss), float(value)) for luts, loss, value in notes["rounds"]]
        found = [
            Found(
                **{
                    **entry,
                    "validation": Metrics.from_dict(entry["validation"]),
                    "test": Metrics.from_dict(entry["test"]),
                }
            )
            for entry in notes["found"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"the saved state is damaged ({error!r}); start the run anew") from error
    return rounds, found


METHOD: Final = Prune()
