"""Quantisers from Brevitas blocks, as LogicNets uses them.

One learned scale per tensor, starting at the given range; signed quantisers use the full two's
complement range.
"""

from __future__ import annotations

from typing import Any

import brevitas.nn as qnn
import torch
from brevitas.inject.enum import ScalingImplType
from brevitas.quant import Int8ActPerTensorFloatMinMaxInit, Uint8ActPerTensorFloatMaxInit
from torch import nn


def signed_quantiser(bits: int, max_value: float) -> nn.Module:
    """A signed quantiser of ``bits`` bits whose range starts at plus and minus ``max_value``."""
    module: nn.Module = qnn.QuantHardTanh(
        act_quant=Int8ActPerTensorFloatMinMaxInit,
        bit_width=bits,
        min_val=-max_value,
        max_val=max_value,
        narrow_range=False,
        return_quant_tensor=True,
    )
    return module


def unsigned_quantiser(bits: int, max_value: float) -> nn.Module:
    """A rectifying, unsigned quantiser of ``bits`` bits whose range starts at ``max_value``."""
    module: nn.Module = qnn.QuantReLU(
        act_quant=Uint8ActPerTensorFloatMaxInit,
        bit_width=bits,
        max_val=max_value,
        return_quant_tensor=True,
    )
    return module


def term_quantiser(bits: int) -> nn.Module:
    """A signed quantiser of ``bits`` bits for what is added exactly, from -1 to almost 1.

    Its scale is a power of two and is not learned: whatever is in front of it can learn its own
    size. So sums of its outputs are exact, and integers in hardware.
    """
    module: nn.Module = qnn.QuantHardTanh(
        act_quant=Int8ActPerTensorFloatMinMaxInit,
        scaling_impl_type=ScalingImplType.CONST,
        bit_width=bits,
        min_val=-1.0,
        max_val=1.0,
        narrow_range=False,
        return_quant_tensor=True,
    )
    return module


def bit_quantiser() -> nn.Module:
    """A quantiser to 0 and 1 whose scale is 1: above one half, or not."""
    module: nn.Module = qnn.QuantReLU(
        act_quant=Uint8ActPerTensorFloatMaxInit,
        scaling_impl_type=ScalingImplType.CONST,
        bit_width=1,
        max_val=1.0,
        return_quant_tensor=True,
    )
    return module


def term_step(bits: int) -> float:
    """Value of one step of a `term_quantiser`."""
    return 2.0 ** (1 - bits)


def value_of(quantised: Any) -> torch.Tensor:  # noqa: ANN401 - Brevitas is untyped
    """The real numbers that a quantiser's output stands for.

    While a model is being exported, Brevitas returns them directly.
    """
    value: torch.Tensor = quantised if isinstance(quantised, torch.Tensor) else quantised.value
    return value
