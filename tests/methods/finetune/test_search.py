"""Local search, held against trying one entry at a time."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from reference.naive_finetune import (
    SCORES,
    naive_changes,
    naive_cost,
    small_sample,
    small_scorer,
    with_entry,
)
from reference.netlist_reference import reference_outputs

from logicjsc.core.errors import NetlistError
from logicjsc.dataset import Target
from logicjsc.methods.finetune import CodedSamples, Rules, Search, finetune
from logicjsc.netlist import Decoder, Netlist, SumLayer, digest_of, evaluate

TARGET = Target("classes", ("x", "y", "z"))
RULES = Rules(error_weight=1.5, least_gain=0.5)

TABLES = {4: ("narrow", 0), 6: ("narrow", 2), 8: ("wide", 0), 9: ("wide", 1)}
"""Signals, and where they come from."""


@pytest.mark.parametrize("signal", TABLES)
def test_rows_change_as_trying_one_entry_at_a_time_says(signal):
    netlist, sample = small_scorer(signal), small_sample(signal, 30)
    name, node = TABLES[signal]
    changes = naive_changes(netlist, name, node, sample, RULES.error_weight)
    search = Search(netlist, sample, RULES)
    entries = search.improve(signal)
    before, after = ({layer.name: layer for layer in n.layers} for n in (netlist, search.netlist))
    old, new = before[name].tables[node], after[name].tables[node]
    assert entries == (old != new).sum() > 0
    for row, code in enumerate(new):
        if code != old[row]:
            assert changes[row, int(code)] < -RULES.least_gain
        if name == "narrow":
            best = min(changes[row, code] for code in range(4))
            gains = best < -RULES.least_gain
            assert changes[row, int(code)] == pytest.approx(best if gains else 0, abs=1e-9)
    # Rows do not influence each other: what they change adds up, to the whole network's cost.
    change = sum(changes[row, int(code)] for row, code in enumerate(new))
    start = naive_cost(netlist, sample, RULES.error_weight)
    assert naive_cost(search.netlist, sample, RULES.error_weight) - start == pytest.approx(change)
    assert search.costs.sum() == pytest.approx(start + change)


def test_a_sweep_never_costs_more_and_its_books_are_right():
    netlist, sample = small_scorer(1), small_sample(1, 200)
    search = Search(netlist, sample, RULES)
    for _ in range(3):
        before = search.costs.sum()
        entries = search.sweep()
        assert search.costs.sum() <= before - entries * RULES.least_gain
        # Codes and costs that were brought up to date equal those computed afresh.
        np.testing.assert_allclose(search.costs, Search(search.netlist, sample, RULES).costs)
        total = naive_cost(search.netlist, sample, RULES.error_weight)
        assert search.costs.sum() == pytest.approx(total)
    assert search.costs.sum() < Search(netlist, sample, RULES).costs.sum()


def test_nothing_but_contents_changes():
    netlist, sample = small_scorer(2), small_sample(2, 200)
    result = finetune(netlist, sample, sample, RULES, sweeps=2).netlist
    assert digest_of(result) != digest_of(netlist)
    for old, new in zip(netlist.layers, result.layers, strict=True):
        for entry in fields(old):
            if entry.name != "tables":
                np.testing.assert_array_equal(getattr(old, entry.name), getattr(new, entry.name))
    for entry in fields(Netlist):
        if entry.name != "layers":
            np.testing.assert_array_equal(
                getattr(netlist, entry.name), getattr(result, entry.name), strict=False
            )
    # The dead node's table is nobody's business.
    np.testing.assert_array_equal(netlist.layers[0].tables[3], result.layers[0].tables[3])


def test_damaged_entries_are_repaired():
    netlist = small_scorer(4)
    codes = np.random.default_rng(4).integers(0, 4, (3000, 4))
    sample = CodedSamples(codes, netlist.decoder.classify(evaluate(netlist, codes)), TARGET)
    damaged = netlist
    for row in (1, 6, 11):
        code = int(netlist.layers[0].tables[0, row])
        damaged = with_entry(damaged, "narrow", 0, row, 3 - code)
    rules = Rules(error_weight=50.0, least_gain=1.0)
    wrong = netlist.decoder.classify(evaluate(damaged, codes)) != sample.targets
    assert wrong.sum() > 100
    result = finetune(damaged, sample, sample, rules, sweeps=5).netlist
    np.testing.assert_array_equal(result.decoder.classify(evaluate(result, codes)), sample.targets)


def test_the_same_again_gives_the_same():
    netlist, sample = small_scorer(5), small_sample(5, 200)
    first, second = (finetune(netlist, sample, sample, RULES, sweeps=3) for _ in range(2))
    assert first.sweeps == second.sweeps
    assert digest_of(first.netlist) == digest_of(second.netlist)


def test_the_sweep_that_is_best_by_validation_is_kept():
    netlist, sample = small_scorer(6), small_sample(6, 300)
    worst = Search(netlist, sample, RULES)
    worst.sweep()
    # Samples for which whatever training gains is a loss.
    outputs = [evaluate(n, sample.codes) for n in (netlist, worst.netlist)]
    old, new = (netlist.decoder.classify(codes) for codes in outputs)
    lost = (old != new).nonzero()[0]
    against = CodedSamples(sample.codes[lost], old[lost], TARGET)
    found = finetune(netlist, sample, against, RULES, sweeps=4)
    assert found.kept == 0
    assert found.netlist is netlist
    assert [sweep.number for sweep in found.sweeps] == [0, 1]
    assert found.sweeps[1].entries > 0
    for_it = finetune(netlist, sample, sample, RULES, sweeps=4)
    costs = [sweep.validation_cost(RULES.error_weight) for sweep in for_it.sweeps]
    assert for_it.kept == int(np.argmin(costs)) > 0
    assert for_it.sweeps[0].training_loss > for_it.sweeps[for_it.kept].training_loss


def test_what_gains_too_little_stays():
    netlist, sample = small_scorer(7), small_sample(7)
    found = finetune(netlist, sample, sample, Rules(1.0, 1e6), sweeps=3)
    assert found.netlist is netlist
    assert (found.kept, len(found.sweeps)) == (0, 1)


def test_large_tables_can_be_left_alone():
    netlist, sample = small_scorer(9), small_sample(9, 200)
    rules = replace(RULES, address_bits=4)
    assert Search(netlist, sample, rules).tables() == [4, 5, 6, 8, 9]
    result = finetune(netlist, sample, sample, rules, sweeps=2).netlist
    assert (result.layers[0].tables != netlist.layers[0].tables).any()
    np.testing.assert_array_equal(result.layers[3].tables, netlist.layers[3].tables)


def test_mistakes_are_refused():
    netlist, sample = small_scorer(8), small_sample(8)
    with pytest.raises(NetlistError, match="'scorer' has no decoder"):
        finetune(replace(netlist, decoder=None), sample, sample, RULES, sweeps=1)
    assert isinstance(netlist.layers[2], SumLayer)
    with pytest.raises(TypeError, match="is no table"):
        Search(netlist, sample, RULES).improve(10)


KINDS = {
    "binary": Target("binary", ("no", "yes")),
    "labels": Target("labels", ("x", "y", "z")),
    "value": Target("value", ("x", "y", "z")),
}


def scorer_of(kind, seed):
    """The small scorer with another kind of outputs, and samples for it."""
    target, netlist = KINDS[kind], small_scorer(seed)
    thresholds = () if kind == "value" else (0.5,) * target.outputs
    decoder = Decoder(target.names, SCORES, signed=True, kind=kind, thresholds=thresholds)
    netlist = replace(netlist, outputs=netlist.outputs[: target.outputs], decoder=decoder)
    codes = np.random.default_rng(seed).integers(0, 4, (150, 4))
    wanted = np.stack([codes[:, 0] > 1, codes[:, 1] > codes[:, 2], codes[:, 3] > 0], axis=1)
    if kind == "value":
        return netlist, CodedSamples(codes, np.float32(3) * wanted, target, variance=2.0)
    targets = wanted[:, 0] if kind == "binary" else wanted
    return netlist, CodedSamples(codes, targets.astype(np.uint8), target)


def cost_of(netlist, sample):
    """Losses and fines of all samples, one number at a time."""
    total, kind = 0.0, sample.target.kind
    for vector, target in zip(sample.codes, sample.targets, strict=True):
        scores = [float(SCORES[code]) for code in reference_outputs(netlist, vector)]
        wanted = np.atleast_1d(target).tolist()
        pairs = list(zip(scores, wanted, strict=True))
        if kind == "value":
            total += sum((score - want) ** 2 for score, want in pairs) / len(pairs) / 2.0
            continue
        total += sum(math.log1p(math.exp(s)) - want * s for s, want in pairs) / len(pairs)
        wrong = sum((score >= 0.5) != bool(want) for score, want in pairs)
        total += RULES.error_weight * wrong / len(pairs)
    return total


@pytest.mark.parametrize("kind", KINDS)
def test_networks_of_any_kind_get_better_by_what_the_search_says(kind):
    netlist, sample = scorer_of(kind, 3)
    search = Search(netlist, sample, RULES)
    before = cost_of(netlist, sample)
    assert search.costs.sum() == pytest.approx(before)
    assert search.sweep() > 0
    after = cost_of(search.netlist, sample)
    assert search.costs.sum() == pytest.approx(after)
    assert after < before
    found = finetune(netlist, sample, sample, RULES, sweeps=3)
    assert found.kept > 0
    assert found.sweeps[found.kept].training_loss < found.sweeps[0].training_loss
    first = found.sweeps[0]
    if kind == "value":
        assert first.training_loss == pytest.approx(before / len(sample.codes))
        assert first.training_accuracy == 0
    else:
        decided = netlist.decoder.classify(evaluate(netlist, sample.codes))
        assert first.training_accuracy == (decided == sample.targets).mean()
