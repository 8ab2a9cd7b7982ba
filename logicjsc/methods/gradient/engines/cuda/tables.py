"""Where each number of networks in training lies, for the kernel.

The numbers themselves stay in the modules and their optimisers, which the kernel changes in place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from logicjsc.methods.gradient.engines.cuda.layout import MOST_BLOCKS, QUAD, Block, Network, Steps
from logicjsc.methods.gradient.member import Member
from logicjsc.methods.gradient.network import blocks as blocks_module
from logicjsc.methods.gradient.network.blocks import blocks_of, norm_of, source_rows
from logicjsc.methods.gradient.optimiser import state_of

Array: TypeAlias = npt.NDArray[Any]

_KINDS: Final = {"unsigned": 0, "signed": 1}
_CODES: Final = 128
_NUMBERED: Final = 1 << 16
"""Rows and parameters are numbered with 16 bits."""


def fits(blocks: Sequence[blocks_module.Block]) -> bool:
    """Whether the kernels can train such blocks: quantised, to codes of at most a signed byte."""
    rows = sum(block.width for block in blocks)
    weights = sum(block.weight.numel() for block in blocks if block.weight is not None)
    return (
        len(blocks) <= MOST_BLOCKS
        and QUAD * (rows + weights) < _NUMBERED
        and all(
            block.activation.kind in _KINDS and block.activation.high < _CODES for block in blocks
        )
    )


class Tables:
    """Where the numbers of some networks of one shape are, while none replaces a tensor.

    Attributes:
        blocks: those of each network.
        network: the structure that a launch takes along.
        parameters: numbers that each member learns, those in between that do not exist included.
    """

    def __init__(self, networks: Sequence[torch.nn.Module]) -> None:
        self._parts = [blocks_of(network) for network in networks]
        self.device = next(networks[0].parameters()).device
        self._alive: list[torch.Tensor] = []
        self.blocks = [parts.blocks for parts in self._parts]
        first = self.blocks[0]
        sizes = [block.width for block in first]
        self._starts = [0, *accumulate(sizes)]
        self.rows, self.classes = self._starts[-1], sizes[-1]
        self.network = Network(
            features=sizes[0],
            blocks=len(first),
            classes=sizes[-1],
            rows=self.rows,
            most_neurons=max(sizes),
        )
        places = _places([block.reads for block in first], sizes)
        self.network.places = max(map(sum, zip(places, sizes, strict=True)))
        weights = 0
        for index, block in enumerate(first):
            quads = 0 if block.connections is None else -(-block.connections.shape[1] // QUAD)
            self.network.block[index] = Block(
                sizes[index],
                self._starts[index],
                places[index],
                quads,
                weights,
                0,
                0,
                _KINDS[block.activation.kind],
                block.activation.low,
                block.activation.high,
                block.activation.threshold,
                norm_of(block).momentum or 0.0,
                norm_of(block).eps,
            )
            weights += sizes[index] * quads * QUAD
        self.weights = self.network.weights = weights
        self.parameters = weights + 3 * self.rows + len(first) + 4
        self._connect()
        self.network.values = self.table(lambda parameter: parameter.detach())
        self.network.running_mean = self._upload(self._statistics("running_mean"))
        self.network.running_variance = self._upload(self._statistics("running_var"))

    def table(self, tensor_of: Callable[[torch.Tensor], torch.Tensor]) -> int:
        """Address of a table ``[members, parameters]`` of the addresses of some tensor's numbers.

        Args:
            tensor_of: for a parameter, that tensor, of its shape.
        """
        return self._upload(self._numbers(lambda entry: _addresses(tensor_of(entry)), np.int64))

    def numbers(self, number_of: Callable[[torch.Tensor], float]) -> int:
        """Address of a table ``[members, parameters]`` of a number for each parameter."""

        def filled(entry: torch.Tensor) -> Array:
            return np.full(tuple(entry.shape), number_of(entry))

        return self._upload(self._numbers(filled, np.float32))

    def _numbers(self, of: Callable[[torch.Tensor], Array], dtype: type) -> Array:
        """A number for each parameter, in the order of ``layout.h``, 0 where there is none."""
        members: list[Array] = []
        for parts in self._parts:
            blocks = parts.blocks
            weights = [of(block.weight) for block in blocks if block.weight is not None]
            others: list[tuple[torch.Tensor | None, int]] = [
                (entry, block.width)
                for entries in (
                    [(norm_of(block).weight, block) for block in blocks],
                    [(norm_of(block).bias, block) for block in blocks],
                    [(block.bias, block) for block in blocks],
                )
                for entry, block in entries
            ]
            others += [(block.range, 1) for block in blocks]
            others += [(blocks[0].shift, 1), (parts.score_scale, 1), (parts.score_bias, 1)]
            others += [(None, 1)]
            rest = [
                np.zeros(size, dtype) if entry is None else of(entry).flatten()
                for entry, size in others
            ]
            members.append(np.concatenate([*map(_in_quads, weights), *rest], dtype=dtype))
        return np.stack(members)

    def _connect(self) -> None:
        """Tables of who reads whom, and by whom is read."""
        sources = np.stack(
            [
                np.concatenate([_in_quads(rows.numpy(), -1) for rows in source_rows(parts.blocks)])
                for parts in self._parts
            ]
        )
        place_of_weight = np.concatenate(
            [
                block.first_place + np.repeat(np.arange(block.neurons), block.quads * QUAD)
                for block in self.network.block[: self.network.blocks]
            ]
        )
        blocks = np.searchsorted(self._starts, sources, side="right") - 1
        self.network.sources = self._upload(np.maximum(sources, 0).astype(np.uint16))
        self.network.source_blocks = self._upload(blocks.astype(np.int8))
        self.network.readers = self._upload(self._readers(sources, place_of_weight))

    def _readers(self, sources: Array, place_of_weight: Array) -> Array:
        """Who reads each row, in fours, with what weight."""
        counts = np.stack([np.bincount(member + 1, minlength=self.rows + 1) for member in sources])
        quads = -(-counts[:, 1:].max(axis=0) // QUAD)
        parts: list[Array] = []
        for block in self.network.block[: self.network.blocks]:
            rows = range(block.first_row, block.first_row + block.neurons)
            block.first_reader = sum(part.shape[1] for part in parts)
            block.reader_quads = int(quads[rows.start : rows.stop].max())
            # Unused places read the last parameter, which is a zero.
            part = np.zeros((len(sources), block.neurons, block.reader_quads * QUAD, 2), np.uint16)
            part[..., 1] = self.parameters - 1
            for own, read in zip(part, sources, strict=True):
                for place, row in zip(own, rows, strict=True):
                    (weights,) = np.nonzero(read == row)
                    place[: len(weights), 0] = place_of_weight[weights]
                    place[: len(weights), 1] = weights
            parts.append(part.reshape(len(sources), -1, 2))
        self.network.all_readers = sum(part.shape[1] for part in parts)
        return np.concatenate(parts, axis=1)

    def _statistics(self, name: str) -> Array:
        return np.stack(
            [
                np.concatenate(
                    [_addresses(getattr(norm_of(block), name)) for block in parts.blocks]
                )
                for parts in self._parts
            ]
        )

    def _upload(self, table: Array) -> int:
        tensor = torch.from_numpy(np.ascontiguousarray(table)).to(self.device)
        self._alive.append(tensor)
        return tensor.data_ptr()


def training_tables(members: Sequence[Member]) -> tuple[Tables, Steps]:
    """Tables of networks in training, and the part of the structure that they fill."""
    tables = Tables([member.network for member in members])
    states: dict[torch.Tensor, dict[str, torch.Tensor]] = {}
    decays: dict[torch.Tensor, float] = {}
    averages: dict[torch.Tensor, torch.Tensor] = {}
    for member in members:
        for group in member.optimiser.param_groups:
            for parameter in group["params"]:
                states[parameter] = state_of(member.optimiser, parameter)
                decays[parameter] = group["weight_decay"]
        if member.averaged is not None:
            pairs = member.network.parameters(), member.averaged.parameters()
            averages.update(zip(*pairs, strict=True))
    steps = Steps(
        network=tables.network,
        first=tables.table(lambda parameter: states[parameter]["exp_avg"]),
        second=tables.table(lambda parameter: states[parameter]["exp_avg_sq"]),
        average=tables.table(lambda parameter: averages[parameter].detach()) if averages else None,
        decays=tables.numbers(lambda parameter: decays[parameter]),
    )
    return tables, steps


def _places(reads: list[list[int]], sizes: list[int]) -> list[int]:
    """Where each block's numbers begin.

    Block 0 has places of its own, where the next samples arrive. The gradients of another block
    are of use from its own backward pass until that of the lowest block that it reads.
    """
    places = [0] * len(sizes)
    for block in range(len(sizes) - 1, 0, -1):
        taken = sorted(
            (places[later], places[later] + sizes[later])
            for later in range(block + 1, len(sizes))
            if min(reads[later]) <= block
        )
        place = sizes[0]
        for begin, end in taken:
            if begin >= place + sizes[block]:
                break
            place = max(place, end)
        places[block] = place
    return places


def _addresses(tensor: torch.Tensor) -> Array:
    if tensor.dtype != torch.float32 or not tensor.is_contiguous():
        raise TypeError("the kernel works on contiguous float32 tensors")
    numbers = np.arange(tensor.numel(), dtype=np.int64).reshape(tuple(tensor.shape))
    return np.asarray(tensor.data_ptr() + 4 * numbers)


def _in_quads(table: Array, filler: int = 0) -> Array:
    """A table ``[neurons, fan_in]`` with as many columns more as make fours, flat."""
    missing = -table.shape[1] % QUAD
    return np.pad(table, ((0, 0), (0, missing)), constant_values=filler).flatten()
