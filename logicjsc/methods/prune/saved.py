"""Where a run stands between two rounds, as arrays on disk, so that it goes on to the same bits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from logicjsc.core.errors import RunError
from logicjsc.core.files import atomic_file, read_arrays
from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.columns import Column
from logicjsc.methods.prune.config import ScheduleConfig
from logicjsc.methods.prune.merging import without
from logicjsc.methods.prune.native.library import CodedSamples, Loss
from logicjsc.methods.prune.state import Edges, State
from logicjsc.methods.prune.trainer import Moments, Trainer

_EDGES = ("basis", "coefficients", "widths", "steps")
_LAYERS = ("first", "second", "direct")


@dataclass(frozen=True)
class Place:
    """How far a run is.

    Attributes:
        columns: numbers of the columns that are still read, among those at the start.
        sizes: sizes that are still to be reached, from the largest.
        loss: mean loss of the last steps.
        rounds: rounds of taking away.
        dense: LUTs of the dense network.
    """

    columns: Array
    sizes: tuple[int, ...]
    loss: float
    rounds: int
    dense: int


@dataclass(frozen=True)
class Saved:
    """Everything that the next round depends on.

    Attributes:
        arrays: parameters, moments, and what else are numbers.
        rng: state of the generator of batches.
        notes: what the run has found so far, as JSON has it.
    """

    arrays: dict[str, Array]
    rng: Mapping[str, Any]
    notes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, trainer: Trainer, place: Place) -> Saved:
        """Of a trainer between two rounds; arrays are shared with it."""
        state, moments = trainer.state, trainer.moments
        arrays = {
            "columns": place.columns,
            "parts": np.array([len(column.parts) for column in state.columns], np.int64),
            "names": np.array(
                [part.name for column in state.columns for part in column.parts], np.str_
            ),
            "sizes": np.array(place.sizes, np.int64),
            "numbers": np.array([place.loss, trainer.sparsity, state.scale], np.float64),
            "counts": np.array([place.rounds, place.dense, moments.steps, state.grain], np.int64),
            "offset": state.offset,
            "bias": state.bias,
        }
        for name in _LAYERS:
            edges = getattr(state, name)
            arrays |= {f"{name}.{key}": getattr(edges, key) for key in _EDGES}
        for name, parts in (("mean", moments.first), ("square", moments.second)):
            arrays |= {f"{name}.{number}": part for number, part in enumerate(parts)}
        return cls(arrays, trainer.rng.bit_generator.state)

    def write(self, path: Path, notes: Mapping[str, Any]) -> None:
        """Write it atomically, with notes."""
        text = json.dumps({"rng": self.rng, "notes": notes}).encode()
        with atomic_file(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, text=np.frombuffer(text, np.uint8), **self.arrays)

    @classmethod
    def read(cls, path: Path) -> Saved | None:
        """What `write` wrote; None if there is no file.

        Raises:
            RunError: it is damaged.
        """
        if not path.is_file():
            return None
        try:
            arrays = read_arrays(path)
            texts = json.loads(arrays.pop("text").tobytes())
            return cls(arrays, texts["rng"], texts["notes"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path} is damaged ({error}); start the run anew") from error

    def restore(
        self, start: State, train: CodedSamples, config: ScheduleConfig, loss: Loss
    ) -> tuple[Trainer, Place]:
        """The trainer, and how far it is.

        Args:
            start: the network of the run's start, whose columns are the same.
            train: all columns of the training samples.
            config: settings.
            loss: what is minimised.

        Raises:
            RunError: it is of other settings.
        """
        try:
            arrays = self.arrays
            columns = arrays["columns"]
            edges = {
                name: Edges(*(arrays[f"{name}.{key}"].copy() for key in _EDGES)) for name in _LAYERS
            }
            rounds, dense, steps, grain = arrays["counts"].tolist()
            mean, sparsity, scale = arrays["numbers"].tolist()
            before = [start.columns[column] for column in columns]
            now = _with_parts(before, arrays["parts"].tolist(), arrays["names"].tolist())
            state = State(
                now,
                edges["first"],
                arrays["offset"].copy(),
                edges["second"],
                arrays["bias"].copy(),
                edges["direct"],
                scale,
                grain,
                start.end,
                start.counted,
            )
            codes = np.ascontiguousarray(train.codes[:, columns])
            for number, (old, new) in enumerate(zip(before, now, strict=True)):
                codes[:, number] = without(codes[:, number], old, new)
            trainer = Trainer(state, replace(train, codes=codes), config, loss)
            trainer.sparsity = sparsity
            count = len(state.parameters())
            trainer.moments = Moments(
                [arrays[f"mean.{number}"].copy() for number in range(count)],
                [arrays[f"square.{number}"].copy() for number in range(count)],
                steps,
            )
            trainer.rng.bit_generator.state = self.rng
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise RunError(f"the saved state does not fit the run ({error!r})") from error
        sizes = tuple(arrays["sizes"].tolist())
        return trainer, Place(columns, sizes, mean, rounds, dense)


def _with_parts(columns: list[Column], counts: list[int], names: list[str]) -> list[Column]:
    """Columns with those of their parts that are named, so many of each."""
    found, place = [], 0
    for column, count in zip(columns, counts, strict=True):
        kept = set(names[place : place + count])
        parts = tuple(part for part in column.parts if part.name in kept)
        if len(parts) != count:
            raise ValueError(f"code {column.name} has other parts")
        found.append(column if count == len(column.parts) else replace(column, parts=parts))
        place += count
    return found
