"""A network's tensors as the structures of ``layout.h``, which this module mirrors.

Everything is read from the modules' documented surface, and all memory stays theirs: the compiled
step changes parameters, running statistics and AdamW's moments in place.
"""

from __future__ import annotations

import ctypes
from ctypes import c_double, c_int64, c_void_p
from typing import Any, ClassVar, Final, cast

import torch
from torch import nn

from logicjsc.nn.layers import SparseLayer, SparseLinear
from logicjsc.nn.network import DenseNetwork, SparseNetwork

_RELU: Final = 0
_UNSIGNED: Final = 1
_SIGNED: Final = 2


class Parameter(ctypes.Structure):
    """A tensor that training moves, and AdamW's moments of it."""

    _fields_: ClassVar = [
        ("value", c_void_p),
        ("first", c_void_p),
        ("second", c_void_p),
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


class Jets(ctypes.Structure):
    """Standardised features and labels."""

    _fields_: ClassVar = [("features", c_void_p), ("labels", c_void_p), ("count", c_int64)]


class Steps(ctypes.Structure):
    """Which jets, at which learning rates."""

    _fields_: ClassVar = [
        ("order", c_void_p),
        ("rates", c_void_p),
        ("losses", c_void_p),
        ("count", c_int64),
        ("batch", c_int64),
        ("before", c_int64),
        ("beta1", c_double),
        ("beta2", c_double),
        ("epsilon", c_double),
        ("threads", c_int64),
    ]


class Layout:
    """Pointers into one network and its optimiser, valid while neither replaces a tensor.

    Attributes:
        network: the structure to pass by reference.
        norms: the batch normalisations, in order.
    """

    def __init__(self, network: nn.Module, optimiser: torch.optim.AdamW) -> None:
        self._moments: dict[torch.Tensor, tuple[dict[str, torch.Tensor], float]] = {
            parameter: (state_of(optimiser, parameter), group["weight_decay"])
            for group in optimiser.param_groups
            for parameter in group["params"]
        }
        self._alive: list[Any] = []
        self.norms: list[nn.BatchNorm1d] = []
        if isinstance(network, SparseNetwork):
            blocks = self._sparse(network)
            scores: list[nn.Parameter | None] = [network.score_bias, network.score_scale]
        elif isinstance(network, DenseNetwork):
            blocks, scores = self._dense(network), [None, None]
        else:
            raise TypeError(f"no compiled step for a {type(network).__name__}")
        array = (Block * len(blocks))(*blocks)
        self._alive.append(array)
        self.network = Network(
            blocks[0].neurons, len(blocks), ctypes.addressof(array), *map(self._parameter, scores)
        )
        self.classes: int = blocks[-1].neurons

    def _sparse(self, network: SparseNetwork) -> list[Block]:
        block = network.input
        blocks = [self._block(block.norm, quantiser=block.quantiser, shift=block.bias)]
        starts = [0]
        for module, sources in zip(network.layers, network.sources, strict=True):
            layer = cast(SparseLayer, module)
            starts.append(starts[-1] + blocks[-1].neurons)
            # The layer numbers its sources through; the compiled step numbers all neurons.
            rows = torch.cat(
                [
                    torch.arange(starts[source], starts[source] + blocks[source].neurons)
                    for source in sources
                ]
            )
            linear = layer.linear
            blocks.append(
                self._block(layer.norm, linear, rows[linear.connections], layer.quantiser)
            )
        return blocks

    def _dense(self, network: DenseNetwork) -> list[Block]:
        blocks: list[Block] = []
        linear: nn.Linear | None = None
        start = 0
        for module in network:
            if isinstance(module, nn.Linear):
                linear = module
            elif isinstance(module, nn.BatchNorm1d):
                if linear is None:
                    blocks.append(self._block(module))
                    continue
                rows = torch.arange(start, start + linear.in_features)
                start += linear.in_features
                rows = rows.expand(linear.out_features, -1)
                blocks.append(self._block(module, linear, rows))
        return blocks

    def _block(
        self,
        norm: nn.BatchNorm1d,
        linear: nn.Linear | SparseLinear | None = None,
        rows: torch.Tensor | None = None,
        quantiser: nn.Module | None = None,
        shift: nn.Parameter | None = None,
    ) -> Block:
        self.norms.append(norm)
        fan_in, sources = 0, None
        if rows is not None:
            fan_in = rows.shape[1]
            sources = self._address(rows.to(torch.int32).contiguous())
        return Block(
            norm.num_features,
            fan_in,
            sources,
            self._parameter(linear.weight if linear else None),
            self._parameter(linear.bias if linear else None),
            self._parameter(norm.weight),
            self._parameter(norm.bias),
            self._parameter(shift),
            # A quantiser's one parameter is its range.
            self._parameter(next(quantiser.parameters()) if quantiser else None),
            self._address(norm.running_mean),
            self._address(norm.running_var),
            norm.momentum,
            norm.eps,
            *(codes_of(quantiser) if quantiser else (_RELU, 0.0, 0.0, 1.0)),
        )

    def _parameter(self, parameter: torch.Tensor | None) -> Parameter:
        if parameter is None:
            return Parameter()
        moments, decay = self._moments[parameter]
        return Parameter(
            self._address(parameter.detach()),
            self._address(moments["exp_avg"]),
            self._address(moments["exp_avg_sq"]),
            parameter.numel(),
            decay,
        )

    def _address(self, tensor: torch.Tensor | None) -> int:
        if tensor is None or tensor.device.type != "cpu" or not tensor.is_contiguous():
            raise TypeError("the compiled step works on contiguous tensors in main memory")
        self._alive.append(tensor)
        return tensor.data_ptr()


def codes_of(quantiser: nn.Module) -> tuple[int, float, float, float]:
    """Kind of a quantiser, its lowest and highest code, and the codes that its range spans.

    Brevitas divides the learned range of a signed quantiser by the magnitude of its lowest code,
    that of an unsigned one by its highest code.
    """
    proxy: Any = quantiser.act_quant
    bits = int(proxy.bit_width())
    if proxy.is_signed:
        half = float(1 << (bits - 1))
        return _SIGNED, -half, half - 1, half
    highest = float((1 << bits) - 1)
    return _UNSIGNED, 0.0, highest, highest


def state_of(optimiser: torch.optim.AdamW, parameter: nn.Parameter) -> dict[str, torch.Tensor]:
    """AdamW's state of a parameter, made as torch makes it if there was no step yet."""
    state: dict[str, torch.Tensor] = optimiser.state[parameter]
    if not state:
        state["step"] = torch.zeros((), dtype=torch.float32, device=parameter.device)
        state["exp_avg"] = torch.zeros_like(parameter)
        state["exp_avg_sq"] = torch.zeros_like(parameter)
    return state
