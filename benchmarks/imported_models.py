"""Models of other libraries, brought in: accuracy, LUTs by our mapper alone and after our passes.

Each model is trained here by its own library on fixed-point words of a task's features, imported,
and mapped. Accuracies are of the task's test samples, rounded to the words. Then what our passes
make of it: simplification, rows that no training sample reads set free, table contents fine-tuned.
Whole circuits count the comparison of words with thresholds, the network and the decision.

Writes ``benchmarks/results/imported_models.json`` after every model, and prints a table.

Usage: ``python benchmarks/imported_models.py [--only xgboost-jets]``
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from logicjsc.api.netlists import Netlist
from logicjsc.core.files import write_text
from logicjsc.dataset import DataConfig, Dataset, Samples, load_dataset
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.samples import Array
from logicjsc.explore.zoo.measure import Measuring, measure
from logicjsc.frontend.importer import Asked, find_importer, read_model
from logicjsc.map.simplify import simplify_netlist
from logicjsc.netlist import Netlist as Tables

_RESULTS = Path(__file__).parent / "results" / "imported_models.json"

HEADS = (
    "model", "task", "library's accuracy", "circuit's", "LUTs", "simplified", "don't-cares",
    "fine-tuned", "whole circuit", "published", "seconds",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One model.

    Attributes:
        task: whose samples it learns.
        library: that trains it; its version is kept.
        train: makes the model of features and classes.
        feature_bits: of the words that it learns from.
        leaf_bits: of the widest leaf.
        published: what the authors of the method report for such a model, and where.
    """

    task: str
    library: str
    train: Callable[[Array, Array], object]
    feature_bits: int
    leaf_bits: int
    published: str


def _xgboost(trees: int, depth: int, rate: float) -> Callable[[Array, Array], object]:
    def train(features: Array, classes: Array) -> object:
        import xgboost

        settings = {"n_estimators": trees, "max_depth": depth, "learning_rate": rate, "n_jobs": 1}
        return xgboost.XGBClassifier(**settings, random_state=0).fit(features, classes)

    return train


def _lightgbm(trees: int, leaves: int, rate: float) -> Callable[[Array, Array], object]:
    def train(features: Array, classes: Array) -> object:
        import lightgbm

        settings = {"n_estimators": trees, "num_leaves": leaves, "learning_rate": rate}
        model = lightgbm.LGBMClassifier(**settings, n_jobs=1, random_state=0, verbose=-1)
        return model.fit(features, classes)

    return train


def _forest(trees: int, depth: int) -> Callable[[Array, Array], object]:
    def train(features: Array, classes: Array) -> object:
        from sklearn.ensemble import RandomForestClassifier

        settings = {"n_estimators": trees, "max_depth": depth, "n_jobs": 1, "random_state": 0}
        return RandomForestClassifier(**settings).fit(features, classes)

    return train


def _catboost(trees: int, depth: int, rate: float) -> Callable[[Array, Array], object]:
    def train(features: Array, classes: Array) -> object:
        import catboost

        settings = {"iterations": trees, "depth": depth, "learning_rate": rate}
        model = catboost.CatBoostClassifier(
            **settings, thread_count=1, random_seed=0, verbose=False, allow_writing_files=False
        )
        return model.fit(features, classes)

    return train


CASES = {
    "xgboost-jets-10x3": Case(
        "jets", "xgboost-cpu", _xgboost(10, 3, 0.8), 8, 3, "TreeLUT: 796 LUTs, 74.6 %"
    ),
    "xgboost-jets-13x5": Case(
        "jets", "xgboost-cpu", _xgboost(13, 5, 0.8), 8, 4, "TreeLUT: 2,234 LUTs, 75.6 %"
    ),
    "lightgbm-jets-8x6": Case("jets", "lightgbm", _lightgbm(8, 6, 0.5), 8, 3, ""),
    "catboost-jets-20x4": Case("jets", "catboost", _catboost(20, 4, 0.5), 8, 3, ""),
    "forest-digits-10x5": Case("digits", "scikit-learn", _forest(10, 5), 4, 4, ""),
    "lightgbm-cancer-10x4": Case("breast_cancer", "lightgbm", _lightgbm(10, 4, 0.3), 8, 4, ""),
}


def bench(name: str, case: Case) -> dict[str, Any]:
    """All figures of one model."""
    started = time.perf_counter()
    given = load_dataset(DataConfig(task=case.task))
    words = FixedPoint.fit(given.train, case.feature_bits)
    data = replace(
        given,
        **{part: _rounded(getattr(given, part), words) for part in ("train", "validation", "test")},
    )
    model: Any = case.train(data.train.features, data.train.targets)
    predicted = np.asarray(model.predict(data.test.features)).ravel()
    settings = find_importer("trees").settings(leaf_bits=case.leaf_bits)
    imported = read_model("trees", model, Asked(name, settings, data))
    network = Netlist(imported.netlist)
    found: dict[str, Any] = {
        "task": case.task,
        "library": f"{case.library} {version(case.library)}",
        "feature_bits": case.feature_bits,
        "leaf_bits": case.leaf_bits,
        "published": case.published,
        "test_accuracy_of_library": round(float((predicted == data.test.targets).mean()), 4),
        "imported": _figures(network, data, words),
    }
    simplified = Netlist(simplify_netlist(network.tables, effort="medium").netlist)
    found["simplified"] = _figures(simplified, data, words)
    freed = simplify_netlist(network.tables, effort="medium", min_count=1, dataset=data)
    found["dont_cares"] = _figures(Netlist(freed.netlist), data, words)
    tuned, _ = simplified.finetune(data)
    found["finetuned"] = _figures(tuned.simplify(), data, words)
    found["seconds"] = round(time.perf_counter() - started, 1)
    return found


def _rounded(samples: Samples, words: FixedPoint) -> Samples:
    return replace(samples, features=words.values(samples.features))


def _figures(network: Netlist, data: Dataset, words: FixedPoint) -> dict[str, Any]:
    """Accuracy on test samples and LUTs, of the network and of the whole circuit."""
    tables: Tables = network.tables
    area = measure(tables, words, Measuring("low", across=False), lambda _: None)
    return {
        "test_accuracy": round(network.metrics(data.test).accuracy, 4),
        "luts": area.core.lut,
        "whole_luts": None if area.whole is None else area.whole.lut,
    }


def _row(name: str, found: dict[str, Any]) -> str:
    def luts(which: str) -> str:
        return f"{found[which]['luts']:,} ({100 * found[which]['test_accuracy']:.1f})"

    whole = min(found[which]["whole_luts"] or 0 for which in ("imported", "simplified"))
    cells = [
        f"`{name}`",
        found["task"],
        f"{100 * found['test_accuracy_of_library']:.1f} %",
        f"{100 * found['imported']['test_accuracy']:.1f} %",
        f"{found['imported']['luts']:,}",
        f"{found['simplified']['luts']:,}",
        luts("dont_cares"),
        luts("finetuned"),
        f"{whole:,}",
        found["published"] or "-",
        f"{found['seconds']:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(CASES))
    figures: dict[str, Any] = {}
    print(f"| {' | '.join(HEADS)} |")
    print("|---" * len(HEADS) + "|")
    for name in parser.parse_args().only.split(","):
        figures[name] = bench(name, CASES[name])
        print(_row(name, figures[name]), flush=True)
        write_text(_RESULTS, json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
