"""Optuna's samplers and pruners by name."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from logicjsc.core.errors import ConfigError, ToolNotFoundError
from logicjsc.core.extras import require

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

_SAMPLERS: Final[dict[str, str]] = {
    "tpe": "TPESampler",
    "random": "RandomSampler",
    "nsga2": "NSGAIISampler",
    "nsga3": "NSGAIIISampler",
    "qmc": "QMCSampler",
    "gp": "GPSampler",
    "cma-es": "CmaEsSampler",
}
_PRUNERS: Final[dict[str, str]] = {
    "none": "NopPruner",
    "median": "MedianPruner",
    "percentile": "PercentilePruner",
    "successive-halving": "SuccessiveHalvingPruner",
    "hyperband": "HyperbandPruner",
    "threshold": "ThresholdPruner",
}
_ONE_OBJECTIVE: Final = ("cma-es",)


def make_sampler(
    name: str, options: Mapping[str, Any], seed: int, source: Path, objectives: int
) -> BaseSampler:
    """A sampler with options of its constructor in Optuna.

    Raises:
        ConfigError: an option is unknown or refused, or there are too many objectives.
        ToolNotFoundError: Optuna, or a package that the sampler needs, is not installed.
    """
    if objectives > 1 and name in _ONE_OBJECTIVE:
        fit = ", ".join(entry for entry in _SAMPLERS if entry not in _ONE_OBJECTIVE)
        raise ConfigError(f"{source}: sampler = {name!r} takes one objective; use one of: {fit}")
    kind = getattr(require("optuna.samplers", "study"), _SAMPLERS[name])
    sampler: BaseSampler = _make(kind, {**options, "seed": seed}, source, "sampler")
    return sampler


def make_pruner(name: str, options: Mapping[str, Any], source: Path) -> BasePruner:
    """A pruner with options of its constructor in Optuna.

    Raises:
        ConfigError: an option is unknown, missing or refused.
        ToolNotFoundError: Optuna is not installed.
    """
    kind = getattr(require("optuna.pruners", "study"), _PRUNERS[name])
    pruner: BasePruner = _make(kind, options, source, "pruner")
    return pruner


def _make(kind: type, options: Mapping[str, Any], source: Path, what: str) -> Any:  # noqa: ANN401
    known = [name for name in inspect.signature(kind).parameters if name != "seed"]
    for key in options:
        if key not in (*known, "seed"):
            raise ConfigError(
                f"{source}: unknown key {what}_options.{key}; "
                f"{kind.__name__} knows: {', '.join(known) or 'none'}"
            )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some samplers and options are marked experimental
            return kind(**options)
    except ImportError as error:
        raise ToolNotFoundError(
            f"{source}: {what} {kind.__name__} needs another Python package: "
            f"{str(error).partition(chr(10))[0]}"
        ) from error
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{source}: {what}_options: {error}") from error
