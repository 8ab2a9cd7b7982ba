"""The search for fewer LUTs of a whole network: proven, repeatable, resumed."""

from functools import cache

import numpy as np
import pytest

from logicjsc.core.errors import NetlistError
from logicjsc.map import across_search
from logicjsc.map.across_search import compacted, expanded, search_across
from logicjsc.map.lut_network import CARRY_SUM, Lut, LutNetwork, exhaustive_words


@pytest.fixture(autouse=True)
def _cached(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))


@cache
def wasteful() -> LutNetwork:
    """Parity of nine bits of eleven, as a chain of LUTs of two."""
    luts = [Lut((3, 4), 6), *(Lut((4 + place, 12 + place), 6) for place in range(1, 8))]
    return LutNetwork(11, tuple(luts), (20, 3, 1))


def words():
    return exhaustive_words(11)


def test_a_chain_of_small_luts_becomes_two_and_stays_the_same():
    found = search_across(wasteful(), rounds=1)
    assert len(found.luts) == 2
    np.testing.assert_array_equal(found.evaluate(words()), wasteful().evaluate(words()))


def test_rounds_are_repeatable_whoever_does_them_and_are_resumed(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    luts = [
        Lut(tuple(rng.choice(8 + place, 3, replace=False).tolist()), int(rng.integers(1, 255)))
        for place in range(2, 14)
    ]
    network = LutNetwork(8, tuple(luts), (21, 20, 19, 18))
    told = []
    found = search_across(network, rounds=2, on_progress=lambda *args: told.append(args))
    assert [done for done, _, _ in told] == [1, 2]
    again = search_across(network, rounds=2, on_progress=lambda *args: told.append(args))
    assert again == found
    assert len(told) == 2  # nothing was searched for again
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "other"))
    assert search_across(network, rounds=2, jobs=2) == found
    words = exhaustive_words(8)
    np.testing.assert_array_equal(found.evaluate(words), network.evaluate(words))
    assert len(found.luts) < len(network.luts)


def test_a_state_that_stands_for_another_network_is_not_believed(monkeypatch):
    search_across(wasteful(), rounds=1)
    wrong = LutNetwork(9, (Lut((2, 3), 8),), (11, 3, 1))
    monkeypatch.setattr(across_search, "_loaded", lambda _: wrong)
    found = search_across(wasteful(), rounds=1)
    np.testing.assert_array_equal(found.evaluate(words()), wasteful().evaluate(words()))


def test_wrong_networks_of_scripts_are_not_kept(monkeypatch):
    # One that agrees on the random vectors is left to ABC.
    start, _ = compacted(wasteful())
    wrong = LutNetwork(start.inputs, (Lut((2, 3), 8),), (start.inputs + 2, 3, 1))
    result = across_search._Result(wrong)
    monkeypatch.setattr(across_search, "_batch", lambda *_: [result])
    found = search_across(wasteful(), rounds=1)
    assert found.luts == wasteful().luts


def test_unread_inputs_come_back_where_they_were():
    small, kept = compacted(wasteful())
    assert kept == list(range(1, 10))
    assert expanded(small, kept, 11) == wasteful()


def test_carry_chains_are_refused():
    chain = LutNetwork(2, (Lut((2, 3), CARRY_SUM, carry=True),), (4,))
    with pytest.raises(NetlistError, match="carry chains"):
        search_across(chain, rounds=1)
