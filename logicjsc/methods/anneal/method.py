"""Config to a netlist of LUTs found by annealing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.artefacts.measure import netlist_scores
from logicjsc.core.files import atomic_directory
from logicjsc.core.outputs import refuse_finished
from logicjsc.core.settings import to_toml
from logicjsc.dataset import Dataset, load_dataset
from logicjsc.dataset.metrics import Metrics, score_metrics
from logicjsc.methods.anneal.annealer import anneal, sweeps_of
from logicjsc.methods.anneal.definition import LoadedAnnealing
from logicjsc.methods.anneal.levels import Levels
from logicjsc.methods.anneal.scores import ScoreWires
from logicjsc.netlist import Netlist, TableLayer, digest_of, save_netlist

MARKER: Final = "annealing.toml"
"""The effective settings, by which a directory of an annealing is known."""

_NETLIST: Final = "netlist.npz"
RESULT: Final = "result.json"
"""What was found; see `AnnealReport`."""


@dataclass(frozen=True)
class Start:
    """One of the networks found.

    Attributes:
        seed: of its start and draws.
        training_accuracy: 0 to 1.
        validation_accuracy: 0 to 1.
        test_accuracy: 0 to 1, measured once; nothing is chosen by it.
        luts: LUTs that the outputs depend on, before mapping.
        thresholds: one-bit input signals.
        comparator_luts: LUTs of their comparators, taken one by one.
    """

    seed: int
    training_accuracy: float
    validation_accuracy: float
    test_accuracy: float
    luts: int
    thresholds: int
    comparator_luts: int


@dataclass(frozen=True)
class AnnealReport:
    """What an annealing found.

    Attributes:
        name: name of the network.
        netlist: file of the netlist.
        netlist_digest: its digest.
        best: the start that is kept, the best by validation.
        starts: all of them.
        test: its metrics on the test jets.
        data: source, rule and fingerprint of the jets.
    """

    name: str
    netlist: Path
    netlist_digest: str
    best: Start
    starts: tuple[Start, ...]
    test: Metrics
    data: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """For ``--json`` and ``result.json``."""
        return asdict(self) | {"netlist": str(self.netlist), "test": self.test.to_dict()}


OnSweep = Callable[[int, int, float], None]
"""Called with sweeps done, all sweeps of all starts, and the accuracy on the training jets."""


def anneal_network(
    loaded: LoadedAnnealing, path: Path, on_sweep: OnSweep, *, overwrite: bool = False
) -> AnnealReport:
    """Find a network, test it once and write it to a directory.

    Raises:
        OutputError: ``path`` exists and is no directory of an annealing.
        RunError: it is one, and ``overwrite`` is false.
        DataError: the jets cannot be read or divided.
        ToolError: there is no C++ compiler, or it fails.
    """
    refuse_finished(path, MARKER, overwrite=overwrite)
    config = loaded.config
    splits = load_dataset(config.data)
    levels = Levels.fit(splits.train, config.data.feature_bits)
    scores = ScoreWires.make(config.network.outputs, len(splits.train.class_names))
    found: list[tuple[Start, Netlist]] = []
    each, starts = sweeps_of(config), config.annealing.starts
    for number in range(starts):
        seed = config.annealing.seed + number

        def show(done: int, _total: int, accuracy: float, number: int = number) -> None:
            on_sweep(number * each + done, starts * each, accuracy)

        network, accuracy = anneal(splits.train, levels, scores, config, seed=seed, on_sweep=show)
        netlist = network.to_netlist(
            loaded.name, levels, scores, splits.train.feature_names, splits.train.class_names
        )
        found.append((_start(seed, accuracy, netlist, levels, splits), netlist))
    best, netlist = max(found, key=lambda entry: entry[0].validation_accuracy)
    jets = splits.test
    test = score_metrics(netlist_scores(netlist, jets), jets.labels, jets.class_names)
    report = AnnealReport(
        name=loaded.name,
        netlist=path / _NETLIST,
        netlist_digest=digest_of(netlist),
        best=best,
        starts=tuple(start for start, _ in found),
        test=test,
        data=splits.provenance(),
    )
    with atomic_directory(path, MARKER) as folder:
        (folder / MARKER).write_text(to_toml(config), encoding="utf-8")
        save_netlist(netlist, folder / _NETLIST)
        text = json.dumps(report.to_dict(), indent=2) + "\n"
        (folder / RESULT).write_text(text, encoding="utf-8")
    return report


def _start(
    seed: int, accuracy: float, netlist: Netlist, levels: Levels, splits: Dataset
) -> Start:
    validation, test = (
        float((netlist_scores(netlist, jets).argmax(axis=1) == jets.labels).mean())
        for jets in (splits.validation, splits.test)
    )
    return Start(
        seed=seed,
        training_accuracy=accuracy,
        validation_accuracy=validation,
        test_accuracy=test,
        luts=sum(
            layer.nodes
            for layer in netlist.layers
            # Scores are put together by wires.
            if isinstance(layer, TableLayer) and layer.stage < netlist.depth
        ),
        thresholds=netlist.inputs,
        comparator_luts=int(_comparators(netlist, levels)),
    )


def _comparators(netlist: Netlist, levels: Levels) -> float:
    encoder = netlist.encoder
    if encoder is None:
        return 0.0
    total = 0.0
    for feature, threshold in zip(encoder.features, encoder.thresholds[:, 0], strict=True):
        place = int(np.searchsorted(levels.thresholds[feature], threshold))
        total += float(levels.costs[feature][place])
    return total
