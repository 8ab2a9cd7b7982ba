"""Quantisers compute what the formula says, and learn their range."""

import math

import numpy as np
import pytest
import torch

from logicjsc.methods.gradient.neurons.quantisers import (
    signed_quantiser,
    unsigned_quantiser,
    value_of,
)

KINDS = {"signed": signed_quantiser, "unsigned": unsigned_quantiser}


def code_limits(kind, bits):
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if kind == "signed" else (0, (1 << bits) - 1)


def naive_codes(values, kind, bits, maximum):
    """Round half to even, then clamp; the range's end is the largest magnitude of a code."""
    low, high = code_limits(kind, bits)
    steps = -low if kind == "signed" else high
    scale = maximum / steps
    return [min(max(round(value / scale), low), high) for value in values], scale


def spread(maximum):
    """Values over and beyond the range, none of them on a rounding border."""
    return np.linspace(-1.7 * maximum, 1.7 * maximum, 3001) + 1e-4 * math.pi


@pytest.mark.parametrize("bits", range(1, 9))
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("maximum", [1.0, 1.61])
def test_values_equal_rounding_and_then_clamping(kind, bits, maximum):
    quantiser = KINDS[kind](bits, maximum).eval()
    values = spread(maximum)
    with torch.no_grad():
        quantised = quantiser(torch.tensor(values, dtype=torch.float32))
    codes, scale = naive_codes(values.tolist(), kind, bits, maximum)
    low, high = code_limits(kind, bits)
    assert quantised.int().tolist() == codes
    assert set(codes) == set(range(low, high + 1))
    np.testing.assert_allclose(
        value_of(quantised).numpy(), np.array(codes) * scale, rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_on_a_border_goes_to_the_even_code(kind):
    # Both ranges make the scale 1/4, which float32 holds exactly.
    quantiser = KINDS[kind](3, 1.0 if kind == "signed" else 1.75).eval()
    borders = torch.tensor([0.125, 0.375, 0.625, -0.125, -0.375])
    codes = quantiser(borders).int().tolist()
    assert codes == ([0, 2, 2, 0, -2] if kind == "signed" else [0, 2, 2, 0, 0])


@pytest.mark.parametrize("kind", KINDS)
def test_training_and_evaluation_give_the_same_values(kind):
    quantiser = KINDS[kind](3, 1.61)
    values = torch.tensor(spread(1.61), dtype=torch.float32)
    trained = value_of(quantiser.train()(values))
    np.testing.assert_array_equal(
        trained.detach().numpy(), value_of(quantiser.eval()(values)).detach().numpy()
    )


@pytest.mark.parametrize("bits", [1, 2, 6])
@pytest.mark.parametrize("kind", KINDS)
def test_the_one_scale_is_learned(kind, bits):
    quantiser = KINDS[kind](bits, 1.0).train()
    parameters = list(quantiser.parameters())
    assert [parameter.numel() for parameter in parameters] == [1]
    value_of(quantiser(torch.tensor([5.0, 7.0]))).sum().backward()
    # Above the range the output is the largest code times the scale, so it follows the scale.
    (gradient,) = (parameter.grad for parameter in parameters)
    assert gradient is not None
    assert math.isfinite(gradient.item())
    largest = code_limits(kind, bits)[1]
    assert (gradient.abs().item() > 0) == (largest > 0)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_pass_straight_through_inside_the_range_and_stop_outside(kind):
    quantiser = KINDS[kind](4, 1.0).train()
    values = torch.tensor([0.31, 0.52, 1.9, -1.9], requires_grad=True)
    value_of(quantiser(values)).sum().backward()
    assert values.grad.tolist() == [1.0, 1.0, 0.0, 0.0]


def test_plain_tensors_pass_as_values():
    tensor = torch.tensor([1.5])
    assert value_of(tensor) is tensor
