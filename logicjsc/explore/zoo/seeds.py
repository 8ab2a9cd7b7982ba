"""The runs with other seeds that a point was chosen from, by validation samples alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import ConfigError, OtherSamplesError, RunError
from logicjsc.core.run import Run
from logicjsc.explore.zoo.origin import Origin, outcome_of, recorded_in
from logicjsc.explore.zoo.points import AnyTested, Seeds, ValuesTested
from logicjsc.methods.result import Recorded

_EXACT: Final = 1e-6
_ROUNDED: Final = 1e-3
"""Relative differences of errors: by the order of additions, and by values on rounding borders."""


@dataclass(frozen=True)
class _Outcome:
    """What a seed led to.

    Attributes:
        origin: all settings.
        validation: accuracy, 0 to 1, or error.
        test: same, on the test samples.
        samples: number of those.
        fingerprint: of training, validation and test samples.
        exact: whether the netlist is what was learned, and leaves no room to differ.
    """

    origin: Origin
    validation: float
    test: float
    samples: int
    fingerprint: str
    exact: bool


def read_seeds(source: Source, origin: Origin, tested: AnyTested, others: Sequence[Path]) -> Seeds:
    """Accuracies or errors of all seeds.

    Args:
        source: what becomes a point.
        origin: its settings.
        tested: what it reached.
        others: runs with other seeds.

    Raises:
        ConfigError: a run differs in more than its seed, or another seed validates better.
        OtherSamplesError: a run was made from other samples than the first.
        RunError: a run is not finished, or does not belong to the netlist.
    """
    recorded = recorded_in(source)
    if recorded is None:
        outcomes = _outcomes([Run.open(path) for path in others], "")
        chosen = origin.seed
    else:
        run, found = recorded
        runs = [run, *(Run.open(path) for path in others if path.resolve() != run.path.resolve())]
        outcomes = _outcomes(runs, found["variant"])
        chosen = int(found["seed"])
    known = next((outcome.fingerprint for outcome in outcomes.values()), "")
    for seed, outcome in outcomes.items():
        if outcome.origin.method != origin.method or outcome.origin.common != origin.common:
            raise ConfigError(
                f"seed {seed} was trained with other settings than the point's seed alone"
            )
        if outcome.fingerprint != known:
            raise OtherSamplesError(
                f"seed {seed} was trained on other samples (fingerprint {outcome.fingerprint}, not "
                f"{known}); seeds of one point share them"
            )
        if outcome.samples != tested.samples:
            raise ConfigError(f"seed {seed} was tested on other samples ({outcome.samples:,})")
    if not outcomes:
        return Seeds(chosen, (chosen,), (), (tested.score.value,))
    sign = -1 if tested.score.smaller_is_better else 1
    best = max(outcomes, key=lambda seed: sign * outcomes[seed].validation)
    ahead = sign * outcomes[best].validation
    if chosen not in outcomes or sign * outcomes[chosen].validation < ahead:
        raise ConfigError(
            f"seed {best} validates better than the point's seed {chosen}; a point is chosen by "
            f"validation {'error' if sign < 0 else 'accuracy'}"
        )
    own = outcomes[chosen].fingerprint.split("-")[-1]
    if recorded is not None and own == tested.fingerprint:
        _same_network(outcomes[chosen], tested, source.path)
    ordered = sorted(outcomes)
    return Seeds(
        chosen,
        tuple(ordered),
        tuple(outcomes[seed].validation for seed in ordered),
        tuple(outcomes[seed].test for seed in ordered),
    )


def _outcomes(runs: Sequence[Run], variant: str) -> dict[int, _Outcome]:
    """What all seeds of some runs led to; of several networks of a seed, one is of the variant."""
    outcomes: dict[int, _Outcome] = {}
    for run in runs:
        recorded = Recorded.of(run)
        fitting = [entry for entry in recorded.found if entry["variant"] == variant]
        if not fitting:
            raise RunError(f"{run.path} kept no network {variant!r}")
        for entry in fitting:
            origin, seed, validation, test, samples = outcome_of(run, entry)
            fingerprint = recorded.fingerprint
            exact = bool(entry["netlist_digest"])
            outcomes[seed] = _Outcome(origin, validation, test, samples, fingerprint, exact)
    return outcomes


def _same_network(own: _Outcome, tested: AnyTested, path: Path) -> None:
    """Compare the netlist's decisions with those of the network that was tested after training.

    Raises:
        RunError: they differ in more samples than rounding explains.
    """
    from logicjsc.check.ladder import ROUNDING_TOLERANCE

    if isinstance(tested, ValuesTested):
        if not math.isclose(own.test, tested.error, rel_tol=_EXACT if own.exact else _ROUNDED):
            raise RunError(
                f"{path} had an error of {own.test:g} on its test samples, its netlist "
                f"{tested.error:g}; they do not belong together"
            )
        return
    trained = round(own.test * tested.samples)
    tolerance = 0.0 if own.exact else max(1.0, ROUNDING_TOLERANCE * tested.samples)
    if abs(trained - tested.correct) > tolerance:
        raise RunError(
            f"{path} classified {trained:,} of {tested.samples:,} test samples correctly, its "
            f"netlist {tested.correct:,}; they do not belong together"
        )
