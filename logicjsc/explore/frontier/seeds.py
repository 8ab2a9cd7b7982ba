"""The runs with other seeds that a point was chosen from, by validation accuracy alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from logicjsc.artefacts.runs import AnyConfig, run_of
from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import ConfigError, RunError
from logicjsc.explore.frontier.origin import Origin
from logicjsc.explore.frontier.points import Seeds, Tested
from logicjsc.methods.anneal import method as anneal
from logicjsc.methods.anneal.definition import load_annealing
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.rundir import RunDirectory
from logicjsc.methods.prune import method as compact
from logicjsc.methods.prune.definition import CompactConfig, load_compacting


@dataclass(frozen=True)
class _Outcome:
    """What a seed led to.

    Attributes:
        config: all settings.
        seed: one of them.
        validation: accuracy, 0 to 1.
        test: same, on the test jets.
        jets: number of those.
        fingerprint: theirs; empty if it is not known.
    """

    config: AnyConfig
    seed: int
    validation: float
    test: float
    jets: int
    fingerprint: str


def read_seeds(source: Source, origin: Origin, tested: Tested, others: Sequence[Path]) -> Seeds:
    """Accuracies of all seeds.

    Args:
        source: what becomes a point.
        origin: its settings.
        tested: what it reached.
        others: runs with other seeds, of the same command.

    Raises:
        ConfigError: a run differs in more than its seed, or another seed validates better.
        RunError: a run is not complete, or is none of the same kind.
    """
    outcomes = {outcome.seed: outcome for outcome in _outcomes(source, others)}
    for outcome in outcomes.values():
        if _without_seed(outcome.config) != _without_seed(origin.config):
            raise ConfigError(
                f"seed {outcome.seed} was trained with other settings than the point's seed alone"
            )
        if outcome.jets != tested.jets:
            raise ConfigError(f"seed {outcome.seed} was tested on other jets ({outcome.jets:,})")
    chosen = _chosen(source, origin)
    if not outcomes:
        return Seeds(chosen, (chosen,), (), (tested.score.accuracy,))
    best = max(outcomes.values(), key=lambda outcome: outcome.validation)
    if chosen not in outcomes or outcomes[chosen].validation < best.validation:
        raise ConfigError(
            f"seed {best.seed} validates better than the point's seed {chosen}; a point is chosen "
            "by validation accuracy"
        )
    own = outcomes[chosen]
    if own.fingerprint == tested.fingerprint and run_of(source) is not None:
        _same_network(own, tested, source.path)
    ordered = sorted(outcomes)
    return Seeds(
        chosen,
        tuple(ordered),
        tuple(outcomes[seed].validation for seed in ordered),
        tuple(outcomes[seed].test for seed in ordered),
    )


def _chosen(source: Source, origin: Origin) -> int:
    """The seed of a network: its config's, or that of the annealing's start which was kept."""
    run = run_of(source)
    if run is None or run[0] != "anneal":
        return origin.seed
    return int(_result(run[1].parent)["best"]["seed"])


def _same_network(own: _Outcome, tested: Tested, path: Path) -> None:
    """Refuse a netlist that is not the one that its run tested: tables leave no room to differ."""
    if round(own.test * own.jets) != tested.right:
        raise RunError(
            f"the run of {path} tested {round(own.test * own.jets):,} jets right, the netlist "
            f"{tested.right:,}; they do not belong together"
        )


def _outcomes(source: Source, others: Sequence[Path]) -> list[_Outcome]:
    """What all seeds led to; an annealing has several by itself."""
    run = run_of(source)
    if run is None:
        paths = [*([source.path] if source.kind == "run" else []), *others]
        return [_of_training(path) for path in dict.fromkeys(paths)]
    command, marker = run
    folder = marker.parent
    paths = list(dict.fromkeys([folder, *others]))
    if command == "anneal":
        return [outcome for path in paths for outcome in _of_annealing(path)]
    wanted_of = {Path(kept["netlist"]).name: kept["wanted"] for kept in _result(folder)["kept"]}
    wanted = wanted_of.get(source.path.name)
    if wanted is None:
        raise RunError(f"{folder / compact.RESULT} knows nothing of {source.path.name}")
    return [_of_compacting(path, wanted) for path in paths]


def _of_training(path: Path) -> _Outcome:
    run = RunDirectory.open(path)
    config, result = run.load_config(), run.load_result()
    if not result:
        raise RunError(f"{path} was not tested, for its training is not complete")
    return _Outcome(
        config,
        config.training.seed,
        result["validation"]["accuracy"],
        result["accuracy"],
        result["jets"],
        tested_on(result),
    )


def _of_annealing(path: Path) -> list[_Outcome]:
    """What the starts of an annealing led to."""
    result = _result(path)
    config = load_annealing(path / anneal.MARKER).config
    return [
        _Outcome(
            config,
            start["seed"],
            start["validation_accuracy"],
            start["test_accuracy"],
            result["test"]["jets"],
            tested_on(result),
        )
        for start in result["starts"]
    ]


def _of_compacting(path: Path, wanted: int) -> _Outcome:
    """What a compacting run reached at a size."""
    result = _result(path)
    for kept in result["kept"]:
        if kept["wanted"] == wanted:
            config = load_compacting(path / compact.MARKER).config
            return _Outcome(
                config,
                config.compacting.seed,
                kept["validation_accuracy"],
                kept["test"]["accuracy"],
                kept["test"]["jets"],
                tested_on(result),
            )
    raise RunError(f"{path} kept no network of {wanted} LUTs")


def _result(path: Path) -> dict[str, Any]:
    """Result of an annealing or a compacting run."""
    try:
        result: dict[str, Any] = json.loads((path / compact.RESULT).read_text())
    except (OSError, ValueError) as error:
        raise RunError(
            f"{path} is no annealing or compacting run that has come to its end ({error})"
        ) from error
    return result


def tested_on(result: Mapping[str, Any]) -> str:
    """Fingerprint of a run's test jets, the last of its three parts; empty if it is not known."""
    return str(result.get("data", {}).get("fingerprint", "")).split("-")[-1]


def _without_seed(config: AnyConfig) -> AnyConfig:
    """Settings that all seeds of a point have in common."""
    config = replace(config, data=replace(config.data, path=""))
    if isinstance(config, Config):
        return replace(config, training=replace(config.training, seed=0))
    if isinstance(config, CompactConfig):
        return replace(config, compacting=replace(config.compacting, seed=0))
    return replace(config, annealing=replace(config.annealing, seed=0))
