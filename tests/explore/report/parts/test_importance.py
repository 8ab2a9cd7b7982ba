import numpy as np
import pytest
from reference.small_points import sample_netlist

from logicjsc.artefacts.netlists import netlist_of, samples_of
from logicjsc.artefacts.sources import identify
from logicjsc.dataset import DataConfig
from logicjsc.dataset.load import load_test
from logicjsc.explore.report.elements import Plot, Table
from logicjsc.explore.report.parts.importance import importances
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist.scoring import metrics_of


def test_shuffling_a_feature_costs_what_it_is_worth(runs):
    source = identify(runs("gradient", "binary"))
    netlist, samples = netlist_of(source), samples_of(source, "test")
    count, worth = importances(netlist, samples)
    assert count == len(samples)
    # "works" is size > 3: everything depends on size, which is read in one place.
    assert worth.mean(axis=0).argmax() == 0
    rng = np.random.default_rng(0)
    order = rng.permutation(len(samples))
    features = samples.features.copy()
    features[:, 0] = features[order, 0]
    moved = samples.take(np.arange(count), "test")
    object.__setattr__(moved, "features", features)
    lost = metrics_of(netlist, samples).accuracy - metrics_of(netlist, moved).accuracy
    assert worth[0, 0] == pytest.approx(lost)
    assert lost > 0.2


def test_a_feature_that_is_not_read_is_worth_nothing():
    netlist = sample_netlist()
    read = {int(source) for source in np.unique(netlist.layers[0].inputs)}
    _, worth = importances(netlist, load_test(DataConfig(task="jets")))
    unread = sorted(set(range(16)) - read)
    assert unread
    assert (worth[:, unread] == 0).all()
    assert (worth[:, sorted(read)] != 0).any()


def test_shares_of_luts_add_up(runs, sections):
    source = identify(runs())
    mapped = map_netlist(netlist_of(source), effort="low", jobs=1)
    elements = sections(runs())["importance"].elements
    plots = [e for e in elements if isinstance(e, Plot)]
    assert [plot.title for plot in plots] == [
        "Permutation importance",
        "LUTs spent on each feature",
    ]
    assert sum(plots[1].data[0]["x"]) == pytest.approx(mapped.luts)
    (table,) = [e for e in elements if isinstance(e, Table)]
    assert max(row[2] for row in table.rows) <= mapped.luts
