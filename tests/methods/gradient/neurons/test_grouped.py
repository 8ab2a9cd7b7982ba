"""What the families share: sources gathered, and linear maps that differ from group to group."""

import pytest
import torch

from logicjsc.methods.gradient.neurons.grouped import GroupedLinear, gather_sources


def test_sources_are_gathered_neuron_by_neuron():
    values = torch.arange(12.0).view(2, 6).requires_grad_()
    connections = torch.tensor([[0, 5], [2, 2], [1, 0]])
    gathered = gather_sources(values, connections)
    assert gathered.tolist() == [[[0, 5], [2, 2], [1, 0]], [[6, 11], [8, 8], [7, 6]]]
    gathered.sum().backward()
    assert values.grad[0].tolist() == [2, 1, 2, 0, 0, 1]


@pytest.mark.parametrize("bias", [True, False])
def test_a_grouped_linear_map_equals_one_map_per_group(monkeypatch, bias):
    torch.manual_seed(1)
    linear = GroupedLinear(4, 3, 2, bias=bias)
    values = torch.randn(5, 4, 3)
    expected = torch.stack([values[:, group] @ linear.weight[group] for group in range(4)], dim=1)
    if linear.bias is not None:
        expected = expected + linear.bias
    for exporting in (False, True):
        monkeypatch.setattr(torch.onnx, "is_in_onnx_export", lambda exporting=exporting: exporting)
        torch.testing.assert_close(linear(values), expected)
