"""LUTs that share a site: legal, without loops, and about as many pairs as there can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.lut_networks import networks

from logicjsc.emit.verilog.lut_packing import pack


def reads_of(network):
    return {
        f"l{number}": frozenset(
            f"l{source - network.first_lut}" if source >= network.first_lut else f"i{source}"
            for source in lut.inputs
        )
        for number, lut in enumerate(network.luts)
    }


@given(networks())
@settings(deadline=None)
def test_groups_are_legal_and_in_order(network):
    reads = reads_of(network)
    groups = pack(reads)
    assert sorted(name for group in groups for name in group) == sorted(reads)
    made: set[str] = set()
    for group in groups:
        assert len(group) <= 2
        # Both halves of a site read what is made in front of it: there is no loop through sites.
        union = frozenset().union(*(reads[name] for name in group))
        assert union & reads.keys() <= made
        assert len(group) == 1 or len(union) <= 5
        made.update(group)


def most_pairs(reads):
    """By trying everything."""
    if not reads:
        return 0
    first, *rest = reads
    best = most_pairs(rest)
    for place, other in enumerate(rest):
        if len(first | other) <= 5:
            best = max(best, 1 + most_pairs(rest[:place] + rest[place + 1 :]))
    return best


@given(st.lists(st.frozensets(st.sampled_from("abcdefgh"), min_size=1, max_size=6), max_size=8))
@settings(deadline=None)
def test_side_by_side_nearly_all_possible_pairs_are_found(reads):
    groups = pack({f"l{number}": inputs for number, inputs in enumerate(reads)})
    pairs = sum(len(group) == 2 for group in groups)
    assert pairs >= most_pairs(list(reads)) - 1


def test_no_pair_is_missed_that_an_exchange_would_free():
    # Whoever takes the fewest possibilities first joins "acd" and "ade", and leaves two alone.
    reads = [frozenset(text) for text in ("ade", "acef", "bcef", "acd", "bh", "bcef")]
    groups = pack({f"l{number}": inputs for number, inputs in enumerate(reads)})
    assert sum(len(group) == 2 for group in groups) == most_pairs(reads) == 3


def test_luts_of_few_inputs_find_each_other_in_a_crowd():
    reads = {f"l{number}": frozenset(f"x{number}") for number in range(300)}
    assert len(pack(reads)) == 150


def test_a_lut_waits_for_a_partner_below():
    # "late" and "deep" fit; "late" could stand at the first level too.
    reads = {"early": frozenset("abcdef"), "late": frozenset("abc")}
    reads["deep"] = frozenset(["early", "a"])
    assert ("deep", "late") in pack(reads) or ("late", "deep") in pack(reads)


@pytest.mark.parametrize("seed", [0, 1])
def test_most_luts_of_four_inputs_on_eight_wires_find_a_partner(seed):
    rng = np.random.default_rng(seed)
    wires = np.array(list("abcdefgh"))
    reads = {f"l{n}": frozenset(rng.choice(wires, 4, replace=False)) for n in range(200)}
    assert len(pack(reads)) <= 102
