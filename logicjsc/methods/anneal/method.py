"""The anneal method: a network of LUTs found without gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.core.executor import executor_of, run_tasks
from logicjsc.core.run import Run
from logicjsc.dataset import Dataset
from logicjsc.dataset.provenance import KEY, Provenance
from logicjsc.dataset.schema import TargetKind
from logicjsc.methods.anneal.annealer import anneal, sweeps_of
from logicjsc.methods.anneal.config import AnnealConfig
from logicjsc.methods.anneal.lesson import Lesson
from logicjsc.methods.anneal.levels import Levels
from logicjsc.methods.anneal.network import LogicNetwork
from logicjsc.methods.anneal.scores import ScoreWires
from logicjsc.methods.curves import Curve, column, rows
from logicjsc.methods.method import Asked, Method, Step
from logicjsc.methods.result import Found, Recorded, Result
from logicjsc.netlist import Netlist, TableLayer, digest_of, load_netlist, save_netlist
from logicjsc.netlist.scoring import metrics_of, scores_of


@dataclass(frozen=True)
class Start:
    """One of several networks, each from its own seed.

    Attributes:
        found: the network, as the result has it.
        netlist: the same.
        training_accuracy: 0 to 1.
    """

    found: Found
    netlist: Netlist
    training_accuracy: float


class Anneal(Method):
    """Finds a network of LUTs by annealing wires, contents and thresholds."""

    name = "anneal"
    title = "finds a network of a few LUTs without gradients"
    config = AnnealConfig
    seed_keys: ClassVar[Mapping[str, str]] = {
        "anneal": "anneal.seed",
        "teacher": "teacher.seed",
        "split": "data.split_seed",
    }
    kinds: ClassVar[tuple[TargetKind, ...]] = ("classes", "binary")
    most_classes = 256

    def find(self, asked: Asked, begin: Callable[[], Run], *, resume: bool) -> Result:
        """See `Method.find`."""
        config: AnnealConfig = asked.config
        dataset = asked.dataset
        self.refuse(dataset.schema.target, outputs=config.network.outputs)
        levels = Levels.fit(
            dataset.train,
            config.data.feature_bits,
            config.anneal.most_threshold_luts,
            config.network.word_bits,
        )
        scores = ScoreWires.of(config.network.outputs, dataset.schema.target)
        lesson = Lesson.of(dataset, config, asked.jobs, asked.on_progress)
        run = begin()
        each, starts = sweeps_of(config), config.anneal.starts
        done: list[Start] = []
        seeds = [config.anneal.seed + number for number in range(starts)]
        kept = {
            seed: _kept(run, seed, dataset, levels, lesson) if resume else None for seed in seeds
        }
        missing = [seed for seed in seeds if kept[seed] is None]

        def tell() -> None:
            """Tell of the starts that have ended, in their order."""
            while len(done) < starts and (start := kept[seeds[len(done)]]) is not None:
                done.append(start)
                asked.on_step(Step(len(done), _accuracy(start), start))

        tell()
        for seed, network, accuracy in _annealed(missing, asked, lesson, levels, scores):
            netlist = network.to_netlist(asked.name, levels, scores, dataset.schema)
            netlist = _with_provenance(netlist, dataset)
            save_netlist(netlist, run.path / _file(seed))
            kept[seed] = Start(_found(netlist, seed, dataset, levels), netlist, accuracy)
            tell()
        places = range(len(done))
        best = max(places, key=lambda place: (_accuracy(done[place]), -place))
        save_netlist(done[best].netlist, run.netlist_file)
        return Result(
            self.name,
            asked.name,
            tuple(start.found for start in done),
            kept=best,
            steps=each * starts,
            details={"training_accuracy": [start.training_accuracy for start in done]},
        )

    def refuse(self, target: Any, outputs: str = "index") -> None:  # noqa: ANN401 - a Target
        """Refuse a target that these outputs cannot tell apart."""
        super().refuse(target)
        if outputs == "flags" and target.kind == "classes" and len(target.names) > _MOST_FLAGS:
            self.refuse_classes(target, _MOST_FLAGS, "network.outputs = 'flags'")

    def curves(self, run: Run, config: AnnealConfig) -> tuple[Curve, ...]:  # noqa: ARG002
        """See `Method.curves`; of a finished run, what each start reached."""
        if not run.is_finished:
            return ()
        recorded = Recorded.of(run)
        starts = recorded.values.get("details", {}).get("training_accuracy")
        training = rows([starts], len(recorded.found), run.result_file)[0]
        seeds = column(recorded.found, "seed", run.result_file)
        parts = {
            part: column([found[part] for found in recorded.found], "accuracy", run.result_file)
            for part in ("validation", "test")
        }
        lines = {"training": training, **parts}
        return (Curve("accuracy of each start", "seed", seeds, "accuracy", lines),)

    def files(self, config: AnnealConfig, name: str) -> tuple[str, ...]:  # noqa: ARG002
        """See `Method.files`."""
        first = config.anneal.seed
        return tuple(_file(first + number) for number in range(config.anneal.starts))


_MOST_FLAGS: Final = 17
"""Classes that outputs of one flag each can tell apart: all flags together address a table."""


def _annealed(
    seeds: Sequence[int], asked: Asked, lesson: Lesson, levels: Levels, scores: ScoreWires
) -> Iterator[tuple[int, LogicNetwork, float]]:
    """Networks from seeds, with their accuracy on the training samples, as they are found."""
    config, executor = asked.config, executor_of(asked.jobs)
    starts, each = config.anneal.starts, sweeps_of(config)
    if executor.is_local and (executor.is_alone or len(seeds) == 1):
        for seed in seeds:
            number = seed - config.anneal.seed

            def show(sweep: int, _total: int, accuracy: float, number: int = number) -> None:
                remark = f"start {number + 1} of {starts}, training {100 * accuracy:.2f} %"
                asked.on_progress(number * each + sweep, starts * each, remark)

            network, accuracy = anneal(lesson, levels, scores, config, seed=seed, on_sweep=show)
            yield seed, network, accuracy
        return
    shared = (lesson, levels, scores, config)
    ended = starts - len(seeds)
    tasks = {seed: (seed,) for seed in seeds}
    for seed, (network, accuracy) in run_tasks(_anneal, tasks, executor, shared):
        ended += 1
        asked.on_progress(ended * each, starts * each, f"{ended} of {starts} starts")
        yield seed, network, accuracy


def _anneal(
    lesson: Lesson, levels: Levels, scores: ScoreWires, config: AnnealConfig, seed: int
) -> tuple[LogicNetwork, float]:
    return anneal(lesson, levels, scores, config, seed=seed)


def _file(seed: int) -> str:
    return f"seed-{seed}.npz"


def _kept(run: Run, seed: int, dataset: Dataset, levels: Levels, lesson: Lesson) -> Start | None:
    """A start that an interrupted run had finished."""
    try:
        netlist = load_netlist(run.path / _file(seed))
    except NetlistError:
        return None
    decoder = netlist.decoder
    if decoder is None:
        return None
    parts, labels = lesson.drawn(seed)
    decided = np.concatenate([decoder.decide(scores_of(netlist, part)) for part in parts])
    accuracy = float(np.mean(decided == labels))
    return Start(_found(netlist, seed, dataset, levels), netlist, accuracy)


def _with_provenance(netlist: Netlist, dataset: Dataset) -> Netlist:
    own = {KEY: Provenance.of(dataset).to_text()}
    return replace(netlist, provenance={**netlist.provenance, **own})


def _found(netlist: Netlist, seed: int, dataset: Dataset, levels: Levels) -> Found:
    luts = sum(
        layer.nodes
        for layer in netlist.layers
        # Scores are put together by wires.
        if isinstance(layer, TableLayer) and layer.stage < netlist.depth
    )
    return Found(
        name=f"seed {seed}",
        seed=seed,
        validation=metrics_of(netlist, dataset.validation),
        test=metrics_of(netlist, dataset.test),
        file=_file(seed),
        netlist_digest=digest_of(netlist),
        sizes={
            "luts": luts,
            "thresholds": netlist.inputs,
            "comparator_luts": int(_comparators(netlist, levels)),
        },
    )


def _accuracy(start: Start) -> float:
    return start.found.validation.accuracy or 0.0


def _comparators(netlist: Netlist, levels: Levels) -> float:
    encoder = netlist.encoder
    if encoder is None:
        return 0.0
    total = 0.0
    for feature, own in zip(encoder.features, encoder.thresholds, strict=True):
        if np.isfinite(own).sum() > 1:
            continue  # a bit of a word is a wire
        place = int(np.searchsorted(levels.thresholds[feature], own[0]))
        total += float(levels.costs[feature][place])
    return total


METHOD: Final = Anneal()
