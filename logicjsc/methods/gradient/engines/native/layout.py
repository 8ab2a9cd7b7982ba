"""A network's tensors as the structures of ``layout.h``, which this module mirrors.

Everything is read from the modules' documented surface, and all memory stays theirs: the compiled
step changes parameters, running statistics and AdamW's moments in place.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from ctypes import c_double, c_int64, c_void_p
from typing import Any, ClassVar, Final

import torch
from torch import nn

from logicjsc.methods.gradient.network import blocks as blocks_module
from logicjsc.methods.gradient.network.blocks import blocks_of, source_rows
from logicjsc.methods.gradient.optimiser import state_of

_KINDS: Final = {"relu": 0, "unsigned": 1, "signed": 2, "none": 3}

LOSSES: Final = {"softmax": 0, "logistic": 1, "squared": 2}


class Parameter(ctypes.Structure):
    """A tensor that training moves, AdamW's moments of it, and its average over steps."""

    _fields_: ClassVar = [
        ("value", c_void_p),
        ("first", c_void_p),
        ("second", c_void_p),
        ("average", c_void_p),
        ("count", c_int64),
        ("decay", c_double),
    ]


class Block(ctypes.Structure):
    """Linear sums, normalisation and activation of one layer."""

    _fields_: ClassVar = [
        ("neurons", c_int64),
        ("fan_in", c_int64),
        ("sources", c_void_p),
        ("weight", Parameter),
        ("scores", Parameter),
        ("kept", c_int64),
        ("used", c_void_p),
        ("bias", Parameter),
        ("gamma", Parameter),
        ("beta", Parameter),
        ("shift", Parameter),
        ("range", Parameter),
        ("running_mean", c_void_p),
        ("running_variance", c_void_p),
        ("momentum", c_double),
        ("epsilon", c_double),
        ("activation", c_int64),
        ("low", c_double),
        ("high", c_double),
        ("threshold", c_double),
    ]


class Network(ctypes.Structure):
    """All blocks, and what turns the last one's outputs into scores."""

    _fields_: ClassVar = [
        ("features", c_int64),
        ("blocks", c_int64),
        ("block", c_void_p),
        ("score_bias", Parameter),
        ("score_scale", Parameter),
    ]


class Data(ctypes.Structure):
    """Standardised features, what is wanted of them, and what a teacher makes of them."""

    _fields_: ClassVar = [
        ("features", c_void_p),
        ("labels", c_void_p),
        ("targets", c_void_p),
        ("weights", c_void_p),
        ("teacher", c_void_p),
        ("count", c_int64),
    ]


class Steps(ctypes.Structure):
    """Which samples, at which learning rates."""

    _fields_: ClassVar = [
        ("order", c_void_p),
        ("rates", c_void_p),
        ("shares", c_void_p),
        ("losses", c_void_p),
        ("count", c_int64),
        ("batch", c_int64),
        ("before", c_int64),
        ("beta1", c_double),
        ("beta2", c_double),
        ("epsilon", c_double),
        ("loss", c_int64),
        ("smoothing", c_double),
        ("teacher_weight", c_double),
        ("temperature", c_double),
        ("sparsity", c_double),
        ("threads", c_int64),
    ]


class Layout:
    """Pointers into a network, its optimiser and its average, while none replaces a tensor.

    Attributes:
        network: the structure to pass by reference.
        norms: the batch normalisations, in order.
    """

    def __init__(
        self,
        network: nn.Module,
        optimiser: torch.optim.AdamW | None = None,
        averaged: nn.Module | None = None,
    ) -> None:
        pairs = () if averaged is None else (network.parameters(), averaged.parameters())
        self._averages: dict[torch.Tensor, torch.Tensor] = dict(zip(*pairs, strict=True))
        self._moments: dict[torch.Tensor, tuple[dict[str, torch.Tensor], float]] = {}
        if optimiser is not None:
            self._moments = {
                parameter: (state_of(optimiser, parameter), group["weight_decay"])
                for group in optimiser.param_groups
                for parameter in group["params"]
            }
        self._alive: list[Any] = []
        parts = blocks_of(network)
        self.norms = [block.norm for block in parts.blocks if block.norm is not None]
        array = (Block * len(parts.blocks))(*self._structures(parts.blocks))
        self._alive.append(array)
        self.network = Network(
            sum(block.width for block in parts.blocks if block.weight is None),
            len(array),
            ctypes.addressof(array),
            self._parameter(parts.score_bias),
            self._parameter(parts.score_scale),
        )
        self.outputs: int = array[-1].neurons

    def _structures(self, blocks: list[blocks_module.Block]) -> Iterator[Block]:
        for block, rows in zip(blocks, source_rows(blocks), strict=True):
            norm, activation = block.norm, block.activation
            fan_in = rows.shape[1]
            sources = self._address(rows.to(torch.int32).contiguous()) if fan_in else None
            yield Block(
                block.width,
                fan_in,
                sources,
                self._parameter(block.weight),
                self._parameter(block.scores),
                block.kept,
                self._used(block),
                self._parameter(block.bias),
                self._parameter(None if norm is None else norm.weight),
                self._parameter(None if norm is None else norm.bias),
                self._parameter(block.shift),
                self._parameter(block.range),
                None if norm is None else self._address(norm.running_mean),
                None if norm is None else self._address(norm.running_var),
                0.0 if norm is None else norm.momentum,
                0.0 if norm is None else norm.eps,
                _KINDS[activation.kind],
                activation.low,
                activation.high,
                activation.threshold,
            )

    def _used(self, block: blocks_module.Block) -> int | None:
        """Room for the weights that a selection lets through; otherwise the weights themselves."""
        if block.weight is None:
            return None
        weight = block.weight.detach()
        return self._address(weight if block.scores is None else torch.empty_like(weight))

    def _parameter(self, parameter: torch.Tensor | None) -> Parameter:
        if parameter is None:
            return Parameter()
        value, count = self._address(parameter.detach()), parameter.numel()
        if parameter not in self._moments:
            return Parameter(value, None, None, None, count, 0.0)
        moments, decay = self._moments[parameter]
        average = self._averages.get(parameter)
        return Parameter(
            value,
            self._address(moments["exp_avg"]),
            self._address(moments["exp_avg_sq"]),
            None if average is None else self._address(average.detach()),
            count,
            decay,
        )

    def _address(self, tensor: torch.Tensor | None) -> int:
        if (
            tensor is None
            or tensor.device.type != "cpu"
            or tensor.dtype not in {torch.float32, torch.int32}
            or not tensor.is_contiguous()
        ):
            raise TypeError("the compiled step works on contiguous float32 tensors in main memory")
        self._alive.append(tensor)
        return tensor.data_ptr()
