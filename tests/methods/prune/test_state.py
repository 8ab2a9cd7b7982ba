"""The network that is trained: its start, its contents, and how its LUTs are counted."""

from dataclasses import replace

import numpy as np
import pytest
from reference.naive_prune import CODES, random_columns, random_state

from logicjsc.methods.prune.config import PruneConfig, ScheduleConfig, ShapeConfig
from logicjsc.methods.prune.state import Edges, State, code_slopes


def started(seed=0, **shape):
    config = PruneConfig(
        network=ShapeConfig(**{"hidden": 7, **shape}), prune=ScheduleConfig(seed=seed)
    )
    rng = np.random.default_rng(4)
    codes = rng.integers(0, CODES, (500, 4)).astype(np.uint8)
    return State.start(random_columns(rng, 4, 4, 7), codes, 5, config), codes


def test_the_same_seed_starts_the_same_network():
    (first, _), (second, _), (other, _) = started(), started(), started(1)
    for mine, same, different in zip(
        first.parameters(), second.parameters(), other.parameters(), strict=True
    ):
        assert mine.dtype == np.float32
        assert (mine == same).all()
        assert (mine != different).any() or not mine.any()


def test_a_network_starts_with_all_tables_and_sums_among_the_codes():
    state, codes = started(fraction_bits=2, edge_bits=7, score_bits=5)
    assert (state.first.widths == 7).all()
    assert (state.second.widths == 5).all()
    assert (state.first.steps == -2).all()
    assert (state.second.steps == 0).all()
    contents = state.contents()
    sums = contents.offset + sum(contents.first[c, codes[:, c]] for c in range(4))
    assert sums.shape == (500, 7)
    assert ((sums >= 0) & (sums < CODES)).mean() > 0.9
    # No neuron stands still.
    assert (sums.std(axis=0) > 2).all()


@pytest.mark.parametrize("seed", range(5))
def test_contents_are_whole_steps_within_the_width(seed):
    state = random_state(np.random.default_rng(seed))
    contents = state.contents()
    for edges, found in ((state.first, contents.first), (state.second, contents.second)):
        smooth = edges.smooth()
        for source, target in np.ndindex(edges.widths.shape):
            width, size = int(edges.widths[source, target]), 2.0 ** edges.steps[source, target]
            expected = edges.basis[source] @ edges.coefficients[source, :, target] / size
            np.testing.assert_allclose(smooth[source, :, target], expected, rtol=1e-4, atol=1e-4)
            for value, code in zip(
                smooth[source, :, target].tolist(), found[source, :, target].tolist(), strict=True
            ):
                assert code == min(max(round(value), 0), 2**width - 1) * size
    assert (contents.offset == np.rint(state.offset)).all()
    unit = state.score_unit
    there = state.second.widths > 0
    assert unit == 2.0 ** state.second.steps[there].min()
    assert np.abs(contents.bias - state.bias).max() <= unit / 2
    assert (contents.bias / unit == np.rint(contents.bias / unit)).all()


def test_a_network_without_score_tables_counts_in_whole_steps():
    state = random_state(np.random.default_rng(0))
    state.second.widths[:] = 0
    assert state.score_unit == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_a_lut_for_every_bit_of_a_table_and_those_of_the_codes_that_are_read(seed):
    rng = np.random.default_rng(seed)
    state = random_state(rng, columns=6, density=0.9)
    # Every sum has more than one table.
    state.first.widths[:2] = np.maximum(state.first.widths[:2], 1)
    state.first.widths[3] = 0
    expected = 0
    for number, column in enumerate(state.columns):
        widths = state.first.widths[number].tolist()
        expected += sum(widths) + (column.luts if any(widths) else 0)
    for row in state.second.widths.tolist():
        expected += sum(row)
    assert state.luts() == expected


def test_gradients_pass_through_the_splines_unless_they_lead_further_out_of_range():
    rng = np.random.default_rng(0)
    basis = np.eye(4, dtype=np.float32)[None]
    smooth = np.array([-2.0, 0.2, 3.4, 5.0], np.float32)[None, :, None]
    edges = Edges(basis, smooth.copy(), np.full((1, 1), 2), np.zeros((1, 1), np.int64))
    assert edges.rounded(smooth).ravel().tolist() == [0, 0, 3, 3]
    # A step goes against the gradient.
    up, down = -np.ones((1, 4, 1), np.float32), np.ones((1, 4, 1), np.float32)
    assert edges.pass_back(up, smooth).ravel().tolist() == [-1, -1, -1, 0]
    assert edges.pass_back(down, smooth).ravel().tolist() == [0, 1, 1, 1]
    # Coefficients get the sum of what their codes get.
    mixing = rng.uniform(0, 1, (1, 4, 3)).astype(np.float32)
    mixed = replace(edges, basis=mixing)
    gradient = rng.normal(size=(1, 4, 1)).astype(np.float32)
    inside = np.full((1, 4, 1), 1.0, np.float32)
    expected = [
        sum(float(mixing[0, code, knot] * gradient[0, code, 0]) for code in range(4))
        for knot in range(3)
    ]
    assert mixed.pass_back(gradient, inside).ravel() == pytest.approx(expected, rel=1e-5)


def test_slopes_are_those_of_straight_lines_and_smaller_at_the_ends():
    line = (3.0 * np.arange(CODES) - 7)[None, :, None]
    slopes = code_slopes(line)
    assert slopes.shape == line.shape
    assert slopes[0, 2:-2, 0] == pytest.approx(3.0)
    assert (slopes[0, [0, 1, -2, -1], 0] < 3.0).all()
    table = np.random.default_rng(0).normal(size=(1, 8, 1))
    for code in range(8):
        at = [float(table[0, min(max(code + by, 0), 7), 0]) for by in (-2, -1, 1, 2)]
        expected = (at[2] - at[1]) / 4 + (at[3] - at[0]) / 8
        assert code_slopes(table)[0, code, 0] == pytest.approx(expected)


def test_some_tables_are_kept_with_their_splines():
    state = random_state(np.random.default_rng(3), columns=6, density=1.0)
    kept = state.first.kept(np.array([1, 4]), np.array([0, 2, 3]))
    whole, part = state.first.smooth(), kept.smooth()
    for mine, source in enumerate((1, 4)):
        for place, target in enumerate((0, 2, 3)):
            assert (part[mine, :, place] == whole[source, :, target]).all()
            assert kept.widths[mine, place] == state.first.widths[source, target]
