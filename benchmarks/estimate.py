"""How well the LUTs that compacting counts by tell those that the mapper finds.

Writes ``benchmarks/results/estimate.json``: rank correlations (Spearman) over networks of many
shapes and sizes, of the mapper's LUTs on carry chains, words of the features to scores, with

- ``luts``: `State.luts()`, a LUT for each bit of a table and those of the codes;
- ``smooth``: `smooth_luts()`, the same by what stands in the tables, with a gradient;
- ``range``: the sum over all tables of log2(1 + range of the contents in steps);
- ``deviation``: that of log2(1 + deviation of coefficients in steps), which sparsity presses on.

Networks start at random on the bundled samples, learn a little, and lose tables by estimated worth
down to a size between 30 and 1,500 LUTs. How well they classify does not matter here. ``smooth``
was found on networks that start at seeds from 0; those at seeds from 1,000 and 2,000 confirm it.

Usage: ``python benchmarks/estimate.py [--networks 50]``
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from logicjsc.methods.prune.definition import CompactConfig, CompactingConfig, ShapeConfig
from machine import processor
from scipy.stats import spearmanr

from logicjsc import __version__
from logicjsc.dataset import Samples, load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.map.mapper import map_netlist
from logicjsc.methods.prune.columns import Column, choose_columns
from logicjsc.methods.prune.cost import smooth_luts
from logicjsc.methods.prune.pruning import dead_ends, prune, tighten
from logicjsc.methods.prune.state import Edges, State
from logicjsc.methods.prune.to_netlist import to_netlist
from logicjsc.methods.prune.trainer import CodedSamples, Trainer
from logicjsc.netlist.word_inputs import with_word_inputs

_RESULTS = Path(__file__).parent / "results" / "estimate.json"
_BITS = 10
_SMALLEST, _LARGEST = 30, 1500
_ROUND_PART = 0.15
_MEASURES = ("luts", "smooth", "range", "deviation")
_SEEDS = {"found_on": 0, "confirmed_on": 1000, "confirmed_again_on": 2000}


def random_shape(rng: np.random.Generator) -> ShapeConfig:
    """Widths and numbers as different as a run could ask for."""
    return ShapeConfig(
        hidden=int(rng.integers(4, 33)),
        fraction_bits=int(rng.integers(0, 5)),
        edge_bits=int(rng.integers(2, 8)),
        score_bits=int(rng.integers(2, 8)),
        windows=int(rng.integers(1, 3)),
        segments=int(rng.integers(0, 2)),
    )


def smaller(trainer: Trainer, luts: int) -> bool:
    """Take tables away until few enough LUTs are left; whether there is still a network."""
    while True:
        tighten(trainer.state)
        columns, hidden = dead_ends(trainer.state)
        if not columns.size:
            return False
        trainer.keep(columns, hidden)
        now = trainer.state.luts()
        if now <= luts:
            return True
        wanted = min(max(1, round(_ROUND_PART * now)), max(1, now - luts))
        prune(trainer.state, trainer.squares(), wanted)
        trainer.learn(2, 0.02, 0.02)


def range_measure(edges: Edges) -> float:
    """Sum of log2(1 + range in steps) of the tables that are there."""
    contents = np.clip(edges.smooth(), 0, np.exp2(edges.widths)[:, None] - 1)
    return float(np.log2(1 + np.ptp(contents, axis=1)).sum())


def deviation_measure(edges: Edges) -> float:
    """Sum of log2(1 + deviation in steps) of the tables that are there."""
    deviation = edges.coefficients.std(axis=1) / edges.step_sizes()
    return float(np.log2(1 + deviation[edges.widths > 0]).sum())


def bench(
    number: int, train: Samples, words: FixedPoint, patterns: np.ndarray[Any, Any], cache: Path
) -> dict[str, Any] | None:
    """Figures of one network, or none if it fell apart."""
    rng = np.random.default_rng(number)
    shape = random_shape(rng)
    config = CompactConfig(
        network=shape,
        compacting=CompactingConfig(seed=number, batch_size=256, worth_samples=2000),
    )
    columns: list[Column] = choose_columns(
        patterns, train.labels.astype(np.int64), train.feature_names, _BITS, shape
    )
    codes = np.stack([column.code_of[patterns[:, column.feature]] for column in columns], axis=1)
    state = State.start(columns, codes, len(train.class_names), config)
    trainer = Trainer(state, CodedSamples(codes, train.targets.astype(np.uint8)), config.compacting)
    trainer.learn(60, 0.2, 0.02)
    wanted = round(float(np.exp(rng.uniform(np.log(_SMALLEST), np.log(_LARGEST)))))
    if not smaller(trainer, wanted):
        return None
    state = trainer.state
    netlist = to_netlist(
        f"estimate{number}", state, words, train.feature_names, train.class_names, score_step=0.125
    )
    mapped = map_netlist(
        with_word_inputs(netlist, words), effort="low", adders="carry", jobs=1, cache=cache
    )
    return {
        "seed": number,
        "hidden": len(state.offset),
        "tables": int((state.first.widths > 0).sum() + (state.second.widths > 0).sum()),
        "of_codes": sum(column.luts for column in state.columns),
        "luts": state.luts(),
        "smooth": round(smooth_luts(state), 1),
        "range": round(range_measure(state.first) + range_measure(state.second), 1),
        "deviation": round(deviation_measure(state.first) + deviation_measure(state.second), 1),
        "mapped": mapped.luts,
    }


def correlations(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Rank correlations with the mapper's LUTs, and the bias of both estimates of LUTs."""
    mapped = [row["mapped"] for row in rows]
    by = {
        key: round(float(spearmanr([row[key] for row in rows], mapped).statistic), 4)
        for key in _MEASURES
    }
    ratios = {}
    for key in _MEASURES[:2]:
        ratio = np.array(mapped) / np.maximum([row[key] for row in rows], 1)
        low, middle, high = (round(float(q), 3) for q in np.quantile(ratio, (0.05, 0.5, 0.95)))
        ratios[key] = {"5 %": low, "median": middle, "95 %": high}
    return {"spearman": by, "mapped_by_measure": ratios}


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=50)
    arguments = parser.parse_args()
    train = load_dataset(replace(DataConfig(), feature_bits=_BITS, train_samples=5000)).train
    words = FixedPoint.fit(train, _BITS)
    patterns = words.words(train.features) & ((1 << _BITS) - 1)
    report: dict[str, Any] = {
        "logicjsc": __version__,
        "machine": f"{platform.machine()}, {processor()}",
        "python": platform.python_version(),
    }
    for name, first in _SEEDS.items():
        rows: list[dict[str, Any]] = []
        number = first
        with tempfile.TemporaryDirectory() as cache:
            while len(rows) < arguments.networks:
                row = bench(number, train, words, patterns, Path(cache))
                number += 1
                if row is not None:
                    rows.append(row)
                    print(row, flush=True)
        report[name] = {**correlations(rows), "networks": rows}
        print(name, json.dumps(correlations(rows), indent=2), flush=True)
    _RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
