"""The prune method: one-input tables and sums, trained directly and made smaller LUT by LUT."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

import numpy as np

from logicjsc.core.errors import ConfigError, RunError, TrainingError
from logicjsc.core.interval import Interval
from logicjsc.core.run import Run
from logicjsc.dataset import Dataset, Samples
from logicjsc.dataset.images import image_copies
from logicjsc.dataset.metrics import Metrics
from logicjsc.dataset.provenance import KEY, Provenance
from logicjsc.dataset.samples import Array
from logicjsc.dataset.schema import Target
from logicjsc.methods.curves import Curve, rows
from logicjsc.methods.distil.teacher import teacher_probabilities, teacher_scores
from logicjsc.methods.method import Asked, Method, Step
from logicjsc.methods.prune.config import PruneConfig
from logicjsc.methods.prune.front import Judging, Point, Progress, sweep_front
from logicjsc.methods.prune.goal import Goal
from logicjsc.methods.prune.inputs import Inputs
from logicjsc.methods.prune.native.library import MOST_OUTPUTS, CodedSamples
from logicjsc.methods.prune.saved import Saved
from logicjsc.methods.prune.start import start_state
from logicjsc.methods.prune.to_netlist import to_netlist
from logicjsc.methods.result import Found, Recorded, Result
from logicjsc.netlist import Netlist, digest_of, load_netlist, save_netlist
from logicjsc.netlist.scoring import metrics_of, scores_of

_STATE: Final = "state.npz"

_EQUAL: Final = 0.01
"""Part of a step by which scores differ that are rounded to float32 in two ways."""

_FURTHEST: Final = 60.0
"""Scores in nats beyond which a probability is certain in float32."""


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
    most_classes = MOST_OUTPUTS

    def refuse(self, target: Target) -> None:
        """See `Method.refuse`."""
        super().refuse(target)
        if target.outputs > MOST_OUTPUTS:
            raise ConfigError(
                f"method = {self.name!r} gives at most {MOST_OUTPUTS} scores, and the target has "
                f"{target.outputs}; use method = 'gradient', or name fewer columns in data.target"
            )

    def find(self, asked: Asked, begin: Callable[[], Run], *, resume: bool) -> Result:
        """See `Method.find`."""
        config: PruneConfig = asked.config
        dataset = asked.dataset
        self.refuse(dataset.schema.target)
        goal = Goal.of(dataset.train, config.prune)
        front = _Front(asked, goal, Inputs.of(dataset.train, goal, config))
        asked.on_progress(0, 100, front.inputs.size)
        train, teacher = front.coded(dataset.train), ""
        if config.teacher.is_there:
            taught = _taught(asked)
            train.targets = goal.targets(taught)
            teacher = hashlib.sha256(taught.tobytes()).hexdigest()
        train = front.with_copies(train)
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
        outputs = dataset.schema.target.outputs
        start = start_state(front.inputs.columns, train.codes, outputs, config, end=goal.end)

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

        codes = front.inputs.codes(dataset.validation)
        judging = Judging(goal, dataset.validation, codes, front.inputs.columns)
        for point in sweep_front(start, train, judging, config.prune, note, saved=saved, keep=keep):
            found.append(front.keep(point, run))
        save_netlist(load_netlist(run.path / found[0].file), run.netlist_file)
        return Result(
            self.name,
            asked.name,
            tuple(found),
            steps=len(rounds),
            details={"rounds": [list(entry) for entry in rounds]},
        )

    def curves(self, run: Run, config: PruneConfig) -> tuple[Curve, ...]:  # noqa: ARG002
        """See `Method.curves`; over the sizes of the rounds of taking away."""
        place = run.result_file if run.is_finished else run.path / _STATE
        if run.is_finished:
            made = Recorded.of(run).values.get("details", {}).get("rounds", [])
        else:
            saved = Saved.read(place)
            made = [] if saved is None else saved.notes.get("rounds", [])
        found = rows(made, 3, place)
        if not found:
            return ()
        sizes, losses, values = zip(*found, strict=True)
        of_values = Provenance.from_dict(run.header().dataset).schema.target.kind == "value"
        name = "fraction of the variance explained" if of_values else "accuracy"
        return (
            Curve("loss", "LUTs", sizes, "loss", {"training": losses}, falling=True),
            Curve(name, "LUTs", sizes, name, {"validation": values}, falling=True),
        )

    def files(self, config: PruneConfig, name: str) -> tuple[str, ...]:
        """See `Method.files`."""
        return (_STATE, *(_file(name, wanted) for wanted in config.prune.luts))


@dataclass(frozen=True)
class _Front:
    """What the netlists of a run are made of."""

    asked: Asked
    goal: Goal
    inputs: Inputs

    def coded(self, samples: Samples) -> CodedSamples:
        """Training samples with their codes and weights."""
        coded = self.goal.coded(self.inputs.codes(samples), samples)
        coded.weights = self.goal.weights(samples)
        return coded

    def with_copies(self, train: CodedSamples) -> CodedSamples:
        """Training samples and copies of their images, which are taught the same."""
        copies, seed = self.asked.config.prune.image_copies, self.asked.config.prune.seed
        moved = image_copies(self.asked.dataset.train, copies, seed)
        parts = [train.codes, *(self.inputs.codes(samples) for samples in moved)]

        def repeated(array: Array | None) -> Array | None:
            return None if array is None else np.concatenate([array] * len(parts))

        if len(parts) == 1:
            return train
        return CodedSamples(
            np.concatenate(parts),
            np.concatenate([train.wanted] * len(parts)),
            repeated(train.targets),
            repeated(train.weights),
        )

    def keep(self, point: Point, run: Run) -> Found:
        state, name = point.state, f"{self.asked.name}-{point.wanted}"
        dataset: Dataset = self.asked.dataset
        rate = self.asked.config.prune.false_positive_rate
        goal = self.goal.scaled(state.scale)
        netlist = to_netlist(
            name,
            state,
            self.inputs.words,
            dataset.schema.feature_names,
            goal,
            thresholds=goal.thresholds(point.scores, dataset.validation, rate),
        )
        own = {KEY: Provenance.of(dataset).to_text()}
        netlist = replace(netlist, provenance={**netlist.provenance, **own})
        self._refuse_others(netlist, point)
        file = _file(self.asked.name, point.wanted)
        save_netlist(netlist, run.path / file)
        width = state.score_width()
        return Found(
            name=name,
            seed=self.asked.config.prune.seed,
            validation=metrics_of(netlist, dataset.validation),
            test=metrics_of(netlist, dataset.test),
            file=file,
            netlist_digest=digest_of(netlist),
            sizes={
                "wanted": point.wanted,
                "luts": point.luts,
                "code_luts": state.code_luts(),
                "decision_luts": state.end_luts(width),
                "score_bits": width,
                "hidden": len(state.offset),
                "first_tables": int((state.first.widths > 0).sum()),
                "second_tables": int((state.second.widths > 0).sum()),
                "direct_tables": int((state.direct.widths > 0).sum()),
            },
            variant=str(point.wanted),
        )

    def _refuse_others(self, netlist: Netlist, point: Point) -> None:
        """Refuse a netlist that scores validation samples otherwise than what was trained."""
        found = scores_of(netlist, self.asked.dataset.validation)
        goal = self.goal.scaled(point.state.scale)
        expected = goal.scores(point.scores)
        other = np.abs(found - expected).max(axis=1) > _EQUAL * goal.step * goal.deviation.max()
        if other.any():
            raise TrainingError(
                f"netlist {netlist.name} scores {int(other.sum())} of {len(other)} validation "
                f"samples otherwise than the network that was trained; they should not differ"
            )


def _taught(asked: Asked) -> Array:
    """What a teacher says of the training samples: probabilities or values, by output."""
    dataset, teacher = asked.dataset, asked.config.teacher
    if dataset.schema.target.kind == "classes":
        return teacher_probabilities(dataset, teacher, asked.jobs, asked.on_progress)
    scores = teacher_scores(dataset, teacher, asked.jobs, asked.on_progress)
    if dataset.schema.target.kind == "value":
        return scores
    return np.asarray(
        1 / (1 + np.exp(-np.clip(scores.astype(np.float64), -_FURTHEST, _FURTHEST))), np.float32
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
