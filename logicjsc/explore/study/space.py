"""Where a search looks: a range or a list of choices per setting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from logicjsc.core.errors import ConfigError
from logicjsc.explore.study.settings import Settings, flatten

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both included; whole if both are.

    Attributes:
        low: smallest value.
        high: largest value.
        log: draw on a logarithmic scale.
        step: distance of neighbouring values; None: 1 for whole numbers, else any.
    """

    low: float
    high: float
    log: bool
    step: float | None

    @property
    def is_whole(self) -> bool:
        """Whether whole numbers are drawn."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def examples(self) -> tuple[Any, ...]:
        """Values by which the range can be checked."""
        return (self.low, self.high)

    def suggest(self, trial: Trial, key: str) -> Any:  # noqa: ANN401 - a setting
        """The value of a trial."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            step = int(self.step) if self.step is not None else 1
            return trial.suggest_int(key, self.low, self.high, log=self.log, step=step)
        return trial.suggest_float(key, self.low, self.high, log=self.log, step=self.step)

    def distribution(self) -> BaseDistribution:
        """What `suggest` draws from, as the storage keeps it."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if isinstance(self.low, int) and isinstance(self.high, int):
            step = int(self.step) if self.step is not None else 1
            return IntDistribution(self.low, self.high, log=self.log, step=step)
        return FloatDistribution(self.low, self.high, log=self.log, step=self.step)

    @staticmethod
    def decode(value: Any) -> Any:  # noqa: ANN401 - a setting
        """The setting behind a trial's parameter."""
        return value


@dataclass(frozen=True)
class Choice:
    """Any of these values; they may be lists, which storages keep as JSON text."""

    values: tuple[Any, ...]

    @property
    def examples(self) -> tuple[Any, ...]:
        """Values by which the choices can be checked."""
        return self.values

    def suggest(self, trial: Trial, key: str) -> Any:  # noqa: ANN401 - a setting
        """The value of a trial."""
        return self.decode(trial.suggest_categorical(key, self._texts))

    def distribution(self) -> BaseDistribution:
        """What `suggest` draws from, as the storage keeps it."""
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self._texts)

    @property
    def _texts(self) -> list[str]:
        return [json.dumps(value) for value in self.values]

    @staticmethod
    def decode(value: str) -> Any:  # noqa: ANN401 - a setting
        """The setting behind a trial's parameter."""
        return json.loads(value)


Axis: TypeAlias = Range | Choice
Space: TypeAlias = dict[str, Axis]


def read_space(table: object, source: Path) -> Space:
    """The axes of a search by dotted key.

    Raises:
        ConfigError: an axis is neither a range nor a list of choices.
    """
    space = {
        key: _read_axis(value, f"{source}: space.{key} = {value!r}")
        for key, value in flatten(table, "space", source, ("low", "high", "choices")).items()
    }
    if not space:
        raise ConfigError(
            f'{source}: space is empty; write settings such as "network.fan_in" = '
            "{ low = 2, high = 4 }"
        )
    return space


def suggest(space: Space, trial: Trial) -> Settings:
    """Draw every setting of a trial."""
    return {key: axis.suggest(trial, key) for key, axis in space.items()}


def decode(space: Space, parameters: Mapping[str, Any]) -> Settings:
    """The settings of a trial from what the storage keeps of it."""
    return {key: space[key].decode(value) for key, value in parameters.items()}


def _read_axis(value: object, where: str) -> Axis:
    if not isinstance(value, dict):
        raise ConfigError(f"{where} must be {{ low = ..., high = ... }} or {{ choices = [...] }}")
    if "choices" in value:
        choices = value["choices"]
        if set(value) != {"choices"} or not isinstance(choices, list) or not choices:
            raise ConfigError(f"{where}: choices must be a list of values, and nothing beside it")
        if any(choices.count(entry) > 1 for entry in choices):
            raise ConfigError(f"{where} holds a choice twice")
        return Choice(tuple(choices))
    unknown = sorted(set(value) - {"low", "high", "log", "step"})
    if unknown or not {"low", "high"} <= set(value):
        problem = f"unknown key {unknown[0]}" if unknown else "low or high is missing"
        raise ConfigError(f"{where}: {problem}; known: low, high, log, step, or choices alone")
    axis = Range(value["low"], value["high"], value.get("log", False), value.get("step"))
    _check_range(axis, where)
    return axis


def _check_range(axis: Range, where: str) -> None:
    numbers = [axis.low, axis.high, *([axis.step] if axis.step is not None else [])]
    if any(isinstance(n, bool) or not isinstance(n, (int, float)) for n in numbers):
        raise ConfigError(f"{where}: low, high and step must be numbers")
    if not isinstance(axis.log, bool):
        raise ConfigError(f"{where}: log must be true or false")
    if not axis.low <= axis.high:
        raise ConfigError(f"{where}: low must not be larger than high")
    if axis.log and (axis.low <= 0 or axis.step is not None):
        raise ConfigError(f"{where}: a logarithmic range needs a low above 0 and has no step")
    if axis.step is not None:
        if axis.step <= 0:
            raise ConfigError(f"{where}: step must be above 0")
        if axis.is_whole and not isinstance(axis.step, int):
            raise ConfigError(f"{where}: a range of whole numbers needs a whole step")
