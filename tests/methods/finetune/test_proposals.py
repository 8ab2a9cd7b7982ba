"""Which codes are tried."""

from __future__ import annotations

import numpy as np
import pytest

from logicjsc.methods.finetune.proposals import best_codes
from logicjsc.netlist.codes import values_of


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_narrow_table_meets_every_code_once_and_gets_the_best(width):
    rng = np.random.default_rng(width)
    costs = rng.normal(size=(20, 1 << width))
    table = rng.integers(0, 1 << width, 20).astype(np.uint8)
    tried = [table]

    def measure(codes):
        tried.append(codes)
        return costs[np.arange(20), codes] - costs[np.arange(20), table]

    best, change = best_codes(table, width, measure, signed=True)
    np.testing.assert_array_equal(
        np.sort(tried, axis=0), np.arange(1 << width)[:, None].repeat(20, 1)
    )
    np.testing.assert_array_equal(best, costs.argmin(axis=1))
    np.testing.assert_allclose(change, costs.min(axis=1) - costs[np.arange(20), table])


@pytest.mark.parametrize("signed", [False, True])
def test_a_wide_table_jumps_to_the_lowest_point_of_a_parabola(signed):
    rng = np.random.default_rng(5)
    table, goals = rng.integers(0, 256, (2, 300))
    start, goals = (values_of(codes, 8, signed=signed) for codes in (table, goals))
    slopes = rng.uniform(0.5, 2, 300)

    def measure(codes):
        values = values_of(codes, 8, signed=signed)
        return slopes * ((values - goals) ** 2 - (start - goals) ** 2)

    best, change = best_codes(table, 8, measure, signed=signed)
    np.testing.assert_array_equal(values_of(best, 8, signed=signed), goals)
    np.testing.assert_allclose(change, -slopes * (start - goals) ** 2)


def test_a_table_that_cannot_get_better_stays():
    table = np.array([0, 9, 15], np.uint8)
    best, change = best_codes(table, 4, lambda codes: (codes != table) * 1.0, signed=False)
    np.testing.assert_array_equal(best, table)
    np.testing.assert_array_equal(change, 0.0)
