"""Added neurons against sums of sub-neurons, one by one, in plain numbers."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.methods.gradient.neurons.added import AddedNeurons
from logicjsc.methods.gradient.neurons.connectivity import connect
from logicjsc.methods.gradient.neurons.polynomial import PolynomialNeurons


@given(
    st.integers(2, 4), st.integers(1, 3), st.integers(1, 3), st.integers(2, 6), st.integers(0, 9)
)
@settings(max_examples=20, deadline=None)
def test_a_neuron_is_the_exact_sum_of_its_rounded_sub_neurons(terms, fan_in, degree, bits, seed):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    connections = connect("random", 7, 3 * terms, fan_in, rng)
    layer = AddedNeurons(connections, terms, degree, bits).eval()
    for name, statistic in layer.norm.named_buffers():
        if name != "num_batches_tracked":
            statistic.uniform_(0.2, 1.5)
    values = torch.from_numpy(rng.normal(size=(40, 7)).astype(np.float32))
    made = layer(values).double().detach().numpy()
    assert made.shape == (40, 3)
    step = 2.0 ** (1 - bits)
    for neuron in range(3):
        steps = np.zeros(40)
        for term in range(terms):
            place = neuron * terms + term
            alone = PolynomialNeurons(connections[[place]], degree)
            alone.linear.weight.data = layer.sub.linear.weight.data[[place]]
            alone.linear.bias.data = layer.sub.linear.bias.data[[place]]
            each = alone(values)[:, 0].double().detach().numpy()
            mean, variance = (
                getattr(layer.norm, name)[place].item() for name in ("running_mean", "running_var")
            )
            each = (each - mean) / np.sqrt(variance + 1e-5) * 0.5
            steps += np.clip(np.round(each / step), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        # Exactly so many steps; rounding of float32 may decide one border in a hundred.
        assert (made[:, neuron] / step == np.round(made[:, neuron] / step)).all()
        assert (made[:, neuron] != steps * step).mean() < 0.03


def test_the_scale_of_what_is_added_is_fixed():
    layer = AddedNeurons(np.zeros((4, 1), np.int64), 2, 1, 4)
    assert not list(layer.quantiser.parameters())
    assert layer.quantiser(torch.zeros(1, 4)).scale.item() == 0.125
