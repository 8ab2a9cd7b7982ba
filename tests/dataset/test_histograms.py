"""Groups and bins of histograms."""

import numpy as np
import pytest
from reference.small_samples import TARGETS, mixed_samples

from logicjsc.dataset.histograms import edges_of, groups_of


@pytest.mark.parametrize("kind", TARGETS)
def test_groups_hold_the_samples_that_they_name(kind):
    samples = mixed_samples(kind, 200)
    groups = groups_of(samples)
    assert all(mask.dtype == np.bool_ and mask.any() for _, mask in groups)
    if kind in {"classes", "binary"}:
        assert [name for name, _ in groups] == list(TARGETS[kind].names)
        assert sum(mask.sum() for _, mask in groups) == len(samples)
    elif kind == "value":
        (low, below), (high, above) = groups
        assert low.startswith("height up to ")
        assert high == "height above"
        assert (below != above).all()
        assert samples.targets[below, 0].max() <= samples.targets[above, 0].min()
    else:
        assert [name for name, _ in groups] == list(TARGETS[kind].names)
        assert (groups[1][1] == (samples.targets[:, 1] == 1)).all()


def test_whole_numbers_get_whole_bins_and_others_the_bulk():
    whole = np.repeat([0.0, 1.0, 3.0], 500)
    assert edges_of(whole).tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5]
    spread = np.r_[np.linspace(0.1, 1.1, 2000), 1e6]
    edges = edges_of(spread)
    assert edges[-1] < 2
    assert (np.diff(edges) > 0).all()
    flat = edges_of(np.full(10, 0.5))
    assert (flat[0], flat[-1]) == (0.5, 1.5)
