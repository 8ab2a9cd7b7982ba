"""Networks in training as the structures of ``layout.h``, which this module mirrors.

Tables say where each number of each member lies; the numbers themselves stay in the modules and
their optimisers, which the kernel changes in place.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from ctypes import c_float, c_int32, c_void_p
from itertools import accumulate
from typing import Any, ClassVar, Final

import numpy as np
import torch

from logicjsc.nn import blocks as blocks_module
from logicjsc.nn.blocks import Blocks, blocks_of, source_rows
from logicjsc.training.member import Member
from logicjsc.training.optimiser import state_of

MOST_BLOCKS: Final = 24
_KINDS: Final = {"unsigned": 0, "signed": 1}
_CODES: Final = 128
_MOST_ROWS: Final = 1 << 15
"""Sources are numbered with 16 bits."""


class Block(ctypes.Structure):
    """Linear sums, normalisation and quantiser of one layer."""

    _fields_: ClassVar = [
        ("neurons", c_int32),
        ("fan_in", c_int32),
        ("first_row", c_int32),
        ("first_weight", c_int32),
        ("activation", c_int32),
        ("low", c_float),
        ("high", c_float),
        ("threshold", c_float),
        ("momentum", c_float),
        ("epsilon", c_float),
    ]


class Network(ctypes.Structure):
    """The shape of all members, and where their numbers are."""

    _fields_: ClassVar = [
        ("features", c_int32),
        ("blocks", c_int32),
        ("classes", c_int32),
        ("rows", c_int32),
        ("weights", c_int32),
        ("most_neurons", c_int32),
        ("block", Block * MOST_BLOCKS),
        ("sources", c_void_p),
        ("source_blocks", c_void_p),
        ("reader_begin", c_void_p),
        ("readers", c_void_p),
        ("values", c_void_p),
        ("running_mean", c_void_p),
        ("running_variance", c_void_p),
    ]


class Jets(ctypes.Structure):
    """Standardised features, labels and what a teacher makes of them."""

    _fields_: ClassVar = [
        ("features", c_void_p),
        ("labels", c_void_p),
        ("teacher", c_void_p),
        ("count", c_int32),
    ]


class Places(ctypes.Structure):
    """Where things lie in a thread block's shared memory, in bytes."""

    _fields_: ClassVar = [
        (name, c_int32)
        for name in (
            "codes",
            "numbers",
            "values",
            "steps",
            "means",
            "inverses",
            "of_slopes",
            "of_offsets",
            "running_means",
            "running_variances",
            "partials",
            "slots",
            "scalars",
            "scalar_sums",
            "owned",
            "chosen",
            "labels",
            "teacher",
        )
    ]


class Steps(ctypes.Structure):
    """Steps to make."""

    _fields_: ClassVar = [
        ("network", Network),
        ("jets", Jets),
        ("places", Places),
        ("first", c_void_p),
        ("second", c_void_p),
        ("average", c_void_p),
        ("decays", c_void_p),
        ("order", c_void_p),
        ("rates", c_void_p),
        ("losses", c_void_p),
        ("total", c_int32),
        ("begin", c_int32),
        ("count", c_int32),
        ("batch", c_int32),
        ("jets_per_block", c_int32),
        ("columns", c_int32),
        ("beta1", c_float),
        ("beta2", c_float),
        ("epsilon", c_float),
        ("smoothing", c_float),
        ("teacher_weight", c_float),
        ("temperature", c_float),
    ]


class Evaluation(ctypes.Structure):
    """Jets to score."""

    _fields_: ClassVar = [
        ("network", Network),
        ("jets", Jets),
        ("scores", c_void_p),
        ("parts", c_int32),
    ]


def fits(blocks: Sequence[blocks_module.Block]) -> bool:
    """Whether the kernels can train such blocks: quantised, to codes of at most a signed byte."""
    rows = sum(block.norm.num_features for block in blocks)
    return (
        len(blocks) <= MOST_BLOCKS
        and rows < _MOST_ROWS
        and all(
            block.activation.kind in _KINDS and block.activation.high < _CODES for block in blocks
        )
    )


class Tables:
    """Where the numbers of some networks of one shape are, while none replaces a tensor.

    Attributes:
        network: the structure that a launch takes along.
        parameters: numbers that each member learns, those in between that do not exist included.
    """

    def __init__(self, networks: Sequence[torch.nn.Module]) -> None:
        self._parts = [blocks_of(network) for network in networks]
        self.device = next(networks[0].parameters()).device
        self._alive: list[torch.Tensor] = []
        first = self._parts[0].blocks
        sizes = [block.norm.num_features for block in first]
        self._starts = [0, *accumulate(sizes)]
        self.rows, self.classes = self._starts[-1], sizes[-1]
        self.network = Network(
            features=sizes[0],
            blocks=len(first),
            classes=sizes[-1],
            rows=self.rows,
            most_neurons=max(sizes),
        )
        weights = 0
        for index, block in enumerate(first):
            fan_in = 0 if block.connections is None else block.connections.shape[1]
            self.network.block[index] = Block(
                sizes[index],
                fan_in,
                self._starts[index],
                weights,
                _KINDS[block.activation.kind],
                block.activation.low,
                block.activation.high,
                block.activation.threshold,
                block.norm.momentum or 0.0,
                block.norm.eps,
            )
            weights += sizes[index] * fan_in
        self.weights = self.network.weights = weights
        self._connect()
        self.network.values = self.table(lambda parameter: parameter.detach())
        self.network.running_mean = self._upload(self._statistics("running_mean"))
        self.network.running_variance = self._upload(self._statistics("running_var"))
        self.parameters = weights + 3 * self.rows + len(first) + 3

    def table(self, tensor_of: Callable[[torch.Tensor], torch.Tensor]) -> int:
        """Address of a table ``[members, parameters]`` of the addresses of some tensor's numbers.

        Args:
            tensor_of: for a parameter, that tensor, of its shape.
        """
        members = [
            np.concatenate(
                [
                    np.zeros(size, np.int64) if entry is None else _addresses(tensor_of(entry))
                    for entry, size in self._entries(parts)
                ]
            )
            for parts in self._parts
        ]
        return self._upload(np.stack(members))

    def numbers(self, number_of: Callable[[torch.Tensor], float]) -> int:
        """Address of a table ``[members, parameters]`` of a number for each parameter."""
        members = [
            np.concatenate(
                [
                    np.full(size, 0.0 if entry is None else number_of(entry), np.float32)
                    for entry, size in self._entries(parts)
                ]
            )
            for parts in self._parts
        ]
        return self._upload(np.stack(members))

    def _entries(self, parts: Blocks) -> list[tuple[torch.Tensor | None, int]]:
        """Parameters in the order of ``layout.h``, with the numbers each has room for."""
        blocks = parts.blocks
        entries: list[tuple[torch.Tensor | None, int]] = [
            (block.weight, block.weight.numel()) for block in blocks if block.weight is not None
        ]
        entries += [(block.norm.weight, block.norm.num_features) for block in blocks]
        entries += [(block.norm.bias, block.norm.num_features) for block in blocks]
        entries += [(block.bias, block.norm.num_features) for block in blocks]
        entries += [(block.range, 1) for block in blocks]
        return [*entries, (blocks[0].shift, 1), (parts.score_scale, 1), (parts.score_bias, 1)]

    def _connect(self) -> None:
        """Tables of who reads whom, and by whom is read."""
        sources = np.stack(
            [
                np.concatenate([rows.flatten().cpu().numpy() for rows in source_rows(parts.blocks)])
                for parts in self._parts
            ]
        )
        row_of_weight = np.concatenate(
            [
                block.first_row + np.repeat(np.arange(block.neurons), block.fan_in)
                for block in self.network.block[: self.network.blocks]
            ]
        )
        order = np.argsort(sources, axis=1, kind="stable")
        counts = [np.bincount(member, minlength=self.rows) for member in sources]
        begins = np.stack([np.concatenate([[0], np.cumsum(count)]) for count in counts])
        readers = np.stack([row_of_weight[order], order], axis=2)
        blocks = np.searchsorted(self._starts, sources, side="right") - 1
        self.network.sources = self._upload(sources.astype(np.int16))
        self.network.source_blocks = self._upload(blocks.astype(np.int8))
        self.network.reader_begin = self._upload(begins.astype(np.int32))
        self.network.readers = self._upload(readers.astype(np.int32))

    def _statistics(self, name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.stack(
            [
                np.concatenate([_addresses(getattr(block.norm, name)) for block in parts.blocks])
                for parts in self._parts
            ]
        )

    def _upload(self, table: np.ndarray[Any, Any]) -> int:
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


def _addresses(tensor: torch.Tensor) -> np.ndarray[Any, np.dtype[np.int64]]:
    if tensor.dtype != torch.float32 or not tensor.is_contiguous():
        raise TypeError("the kernel works on contiguous float32 tensors")
    return tensor.data_ptr() + 4 * np.arange(tensor.numel(), dtype=np.int64)
