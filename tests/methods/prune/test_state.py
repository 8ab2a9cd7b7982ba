"""The network that is trained: its contents, and how its LUTs are counted."""

from dataclasses import replace

import numpy as np
import pytest
from reference.naive_prune import CODES, random_state

from logicjsc.methods.prune.decision import argmax_luts, threshold_luts
from logicjsc.methods.prune.native.library import CodedSamples, look
from logicjsc.methods.prune.state import Edges, code_slopes


@pytest.mark.parametrize("seed", range(5))
def test_contents_are_whole_steps_within_the_width(seed):
    state = random_state(np.random.default_rng(seed), direct=0.3 * (seed % 2))
    contents = state.contents()
    for edges, found in (
        (state.first, contents.first),
        (state.second, contents.second),
        (state.direct, contents.direct),
    ):
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
    edges = (state.second, state.direct)
    assert unit == 2.0 ** min(int(step) for e in edges for step in e.steps[e.widths > 0])
    assert np.abs(contents.bias - state.bias).max() <= unit / 2
    assert (contents.bias / unit == np.rint(contents.bias / unit)).all()


def test_a_network_without_score_tables_counts_in_whole_steps():
    state = random_state(np.random.default_rng(0))
    state.second.widths[:] = 0
    assert state.score_unit == 1.0


@pytest.mark.parametrize("groups", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_a_lut_for_every_bit_of_a_table_and_those_of_the_codes_that_are_read(seed, groups):
    rng = np.random.default_rng(seed)
    state = random_state(rng, columns=6, density=0.9, direct=0.4, groups=groups)
    # Every sum has more than one table.
    state.first.widths[:2] = np.maximum(state.first.widths[:2], 1)
    state.first.widths[3] = state.direct.widths[3] = 0
    tables, bits = 0, {}
    for number, column in enumerate(state.columns):
        widths = [*state.first.widths[number].tolist(), *state.direct.widths[number].tolist()]
        tables += sum(widths)
        # Bits that several codes share are made once.
        bits |= {part.name: part.luts for part in column.parts if any(widths)}
    for row in state.second.widths.tolist():
        tables += sum(row)
    assert state.table_luts() == tables
    assert state.code_luts() == sum(bits.values())
    assert state.luts() == tables + sum(bits.values())


@pytest.mark.parametrize("seed", range(6))
def test_what_decides_is_counted_by_the_bits_that_scores_can_have(seed):
    rng = np.random.default_rng(seed)
    state = random_state(rng, classes=4, direct=0.3 * (seed % 2), end="argmax")
    state.grain = seed - 2
    width = state.score_width()
    grain = max(state.score_unit, 2.0 ** (seed - 2))
    contents = state.contents()
    reached = [
        float(contents.bias[c])
        + sum(
            float(table[:, c].max()) for table in (*contents.second, *contents.direct) if table.size
        )
        for c in range(4)
    ]
    base = min(float(bias) // grain * grain for bias in contents.bias)
    most = max((score - base) // grain for score in reached)
    assert 2 ** (width - 1) <= max(most, 1) < 2**width
    network = state.code_luts() + state.table_luts()
    assert state.luts() == network + argmax_luts(4, width)
    assert replace(state, counted=False).luts() == network
    assert replace(state, end="nothing").luts() == network
    yes = replace(state, end="thresholds")
    assert yes.luts() == network + 4 * threshold_luts(yes.score_width())
    # No sample has a higher score.
    codes = rng.integers(0, CODES, (500, len(state.columns))).astype(np.uint8)
    seen = look(contents, CodedSamples(codes, np.zeros(500, np.uint8)), step=0.01, scores=True)
    assert (seen.scores - base).max() / grain < 2**width


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
