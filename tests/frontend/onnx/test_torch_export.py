"""Torch modules go the whole way to a netlist, in evaluation mode, and are compared on it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import logicjsc as lj
from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.torch_export import export_module, is_torch_module
from logicjsc.netlist import evaluate


def quantised_module():
    import brevitas.nn as qnn

    torch.manual_seed(0)
    module = nn.Sequential(
        qnn.QuantIdentity(bit_width=3),
        nn.Linear(4, 3, bias=False),
        nn.BatchNorm1d(3),
        qnn.QuantIdentity(bit_width=4),
    )
    for _ in range(20):
        module(torch.randn(64, 4))
    return module  # in training mode, as a loop leaves it


def binary_module():
    import brevitas.nn as qnn
    from brevitas.quant import SignedBinaryActPerTensorConst

    torch.manual_seed(1)
    return nn.Sequential(
        qnn.QuantIdentity(act_quant=SignedBinaryActPerTensorConst),
        nn.Linear(4, 3, bias=False),
        qnn.QuantIdentity(bit_width=4),
    )


@pytest.mark.parametrize("make", [quantised_module, binary_module])
def test_a_module_becomes_its_netlist(make):
    module = make()
    example = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    network = lj.import_model(module, example)
    module.eval()
    with torch.no_grad():
        theirs = module(torch.from_numpy(example))
    theirs = getattr(theirs, "value", theirs).numpy()
    tables = network.tables
    made = tables.decoder.decode(evaluate(tables, tables.encoder.encode(example)))
    assert (np.abs(made - theirs).max(axis=1) > 1e-5).mean() <= 0.01


class Stretched(nn.Module):
    """Computes something else while it is traced."""

    def forward(self, x):
        return x * 3 if torch.jit.is_tracing() else x


def test_mistakes_are_sentences():
    with pytest.raises(OnnxModelError, match=r"import_model\(module, example\)"):
        lj.import_model(quantised_module())
    with pytest.raises(OnnxModelError, match=r"shape \(4,\); they must be"):
        export_module(quantised_module(), np.zeros(4))
    with pytest.raises(OnnxModelError, match="example features are no numbers"):
        export_module(quantised_module(), [["a"]])
    with pytest.raises(OnnxModelError, match="differs from Stretched on"):
        export_module(Stretched(), np.ones((3, 4), np.float32))
    with pytest.raises(OnnxModelError, match="cannot be exported to ONNX"):
        export_module(quantised_module(), np.zeros((2, 9), np.float32))
    assert not is_torch_module(3)
