"""Groups of bits as boosting chooses them, against trees made one leaf at a time."""

import numpy as np
import pytest

from logicjsc.methods.prune import groups as module
from logicjsc.methods.prune.groups import Lesson, _few_directions, _leaves, _tree, choose_groups


def parity(rng, samples=2000, bits=12):
    """Bits, and two classes that the sum of the first three tells."""
    values = rng.integers(0, 2, (samples, bits)).astype(np.uint8)
    return values, (values[:, :3].sum(axis=1) >= 2).astype(int)


def naive_gain(leaves, gradient, curvature):
    """Twice what leaves lower the loss by."""
    total = 0.0
    for leaf in set(leaves):
        inside = [place for place, mine in enumerate(leaves) if mine == leaf]
        below = sum(float(curvature[place]) for place in inside) + module._PRIOR
        for direction in range(gradient.shape[1]):
            total += sum(float(gradient[place, direction]) for place in inside) ** 2 / below
    return total


@pytest.mark.parametrize("seed", range(3))
def test_each_bit_is_the_one_that_lowers_the_loss_most(seed):
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (60, 9)).astype(np.float32)
    gradient = rng.normal(0, 3, (60, 2)).astype(np.float32)
    curvature = rng.uniform(0, 1, 60).astype(np.float32)
    group, code = _tree(bits, gradient, curvature)
    assert len(set(group)) == 5
    leaves = [()] * 60
    for chosen in group:
        gains = []
        for bit in range(9):
            asked = [(*leaf, float(bits[place, bit])) for place, leaf in enumerate(leaves)]
            gains.append(naive_gain(asked, gradient, curvature))
        before = group[: group.index(chosen)]
        best = max(gain for bit, gain in enumerate(gains) if bit not in before)
        assert gains[chosen] == pytest.approx(best, rel=1e-4)
        leaves = [(*leaf, float(bits[place, chosen])) for place, leaf in enumerate(leaves)]
    expected = [sum(int(bit) << 4 - level for level, bit in enumerate(leaf)) for leaf in leaves]
    assert code.tolist() == expected
    found = _leaves(code, gradient, curvature, 32)
    for leaf in set(expected):
        inside = code == leaf
        below = curvature[inside].sum() + module._PRIOR
        right = module._RATE * gradient[inside].sum(axis=0) / below
        np.testing.assert_allclose(found[leaf], right, rtol=1e-4, atol=1e-6)


def test_slopes_are_minus_the_gradients_of_the_losses():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(5, 3)).astype(np.float32)
    wanted = np.eye(3, dtype=np.float32)[[0, 2, 1, 1, 0]]
    rows, weights = np.arange(5), rng.uniform(0, 2, 5).astype(np.float32)

    def loss(kind, at):
        if kind == "softmax":
            return np.log(np.exp(at).sum(axis=1)) - (wanted * at).sum(axis=1)
        if kind == "logistic":
            return (np.log1p(np.exp(at)) - wanted * at).sum(axis=1)
        return 0.5 * ((at - wanted) ** 2).sum(axis=1)

    for kind in ("softmax", "logistic", "squared"):
        slopes, curvature = Lesson(kind, wanted, weights).slopes(scores, rows)
        second = np.zeros(5)
        for output in range(3):
            by = np.zeros((1, 3))
            by[0, output] = 1e-3
            wide = scores.astype(np.float64)
            above, at, below = loss(kind, wide + by), loss(kind, wide), loss(kind, wide - by)
            np.testing.assert_allclose(
                slopes[:, output], -weights * (above - below) / 2e-3, rtol=1e-3, atol=1e-4
            )
            second += (above - 2 * at + below) / 1e-6 / 3
        np.testing.assert_allclose(curvature, weights * second, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("loss", ["softmax", "logistic", "squared"])
def test_bits_that_tell_together_are_found_among_many(loss):
    bits, truth = parity(np.random.default_rng(1))
    wanted = np.eye(2, dtype=np.float32)[truth] if loss == "softmax" else truth[:, None] * 1.0
    groups = choose_groups(bits, Lesson(loss, wanted.astype(np.float32)), 6, 0)
    assert {0, 1, 2} <= set(groups[0])
    assert all(len(set(group)) == len(group) <= 5 for group in groups)
    assert len(set(map(frozenset, groups))) == len(groups)


def test_samples_of_no_weight_tell_nothing():
    bits, truth = parity(np.random.default_rng(2))
    half = np.arange(len(bits)) % 2 == 0
    truth = np.where(half, truth, bits[:, 9])
    lesson = Lesson("softmax", np.eye(2, dtype=np.float32)[truth], half.astype(np.float32))
    assert {0, 1, 2} <= set(choose_groups(bits, lesson, 1, 0)[0])
    other = Lesson("softmax", lesson.wanted, (~half).astype(np.float32))
    assert choose_groups(bits, other, 1, 0)[0][0] == 9


def test_without_a_number_every_bit_is_read_once_and_then_again():
    bits, truth = parity(np.random.default_rng(3), bits=57)
    groups = choose_groups(bits, Lesson("softmax", np.eye(2, dtype=np.float32)[truth]), 0, 0)
    assert 12 <= len(groups) <= 24
    assert sorted(sum(groups[:12], ())) == list(range(57))


def test_many_scores_are_looked_at_in_few_directions_with_equal_squares_on_average():
    rng = np.random.default_rng(4)
    gradient = rng.normal(size=(1, 40)).astype(np.float32)
    squares = [float((_few_directions(rng, gradient) ** 2).sum()) for _ in range(4000)]
    assert _few_directions(rng, gradient).shape == (1, module._DIRECTIONS)
    assert np.mean(squares) == pytest.approx(float((gradient**2).sum()), rel=0.05)
    few = gradient[:, :5]
    assert _few_directions(rng, few) is few
