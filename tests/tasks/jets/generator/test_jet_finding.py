"""Jet finding, grooming and features agree with their definitions, worked out by brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import brute_force_jets as slow

from logicjsc.tasks.jets.generator.clustering import ANTI_KT, CAMBRIDGE_AACHEN, cluster, leaves_of
from logicjsc.tasks.jets.generator.detector import Objects
from logicjsc.tasks.jets.generator.grooming import groom
from logicjsc.tasks.jets.generator.jets import features_of
from logicjsc.tasks.jets.generator.observables import jet_features
from logicjsc.tasks.jets.names import FEATURE_NAMES

momenta = st.builds(
    slow.random_momenta,
    st.integers(1, 25),
    st.sampled_from([0.05, 0.3, 1.5]),
    st.integers(0, 2**32 - 1),
)
few = settings(max_examples=25, deadline=None)


def members(parents, node):
    return frozenset(leaves_of(parents, node).tolist())


@given(momenta, st.sampled_from([0.2, 0.4, 1.0, 3.0]), st.sampled_from([ANTI_KT, CAMBRIDGE_AACHEN]))
@few
def test_jets_have_the_constituents_that_the_definition_gives_them(objects, radius, power):
    nodes, parents, jets = cluster(objects, power, radius)
    expected = {jet.members: jet.momentum for jet in slow.cluster(objects, power, radius)}
    assert {members(parents, jet) for jet in jets} == set(expected)
    for jet in jets:
        np.testing.assert_allclose(nodes[jet], expected[members(parents, jet)], rtol=1e-9)


@given(momenta)
@few
def test_the_tree_is_built_in_the_order_of_angles(objects):
    nodes, parents, jets = cluster(objects, CAMBRIDGE_AACHEN, 1000.0)
    (tree,) = slow.cluster(objects, CAMBRIDGE_AACHEN, 1000.0)
    assert len(jets) == 1
    assert jets[0] == len(nodes) - 1
    found = {members(parents, node) for node in range(len(nodes))}
    assert found == {node.members for node in tree.all_nodes()}


@given(momenta, st.sampled_from([0.05, 0.1, 0.3]))
@few
def test_grooming_keeps_the_branch_that_the_definition_keeps(objects, z_cut):
    nodes, parents, jets = cluster(objects, CAMBRIDGE_AACHEN, 1000.0)
    (tree,) = slow.cluster(objects, CAMBRIDGE_AACHEN, 1000.0)
    kept = members(parents, groom(nodes, parents, jets[0], z_cut))
    assert kept == slow.groom(tree, z_cut).members


@given(momenta, st.integers(1, 12))
@few
def test_features_are_what_their_formulas_say(objects, kept):
    groomed = objects[:kept]
    found = jet_features(objects, groomed)
    expected = slow.features(objects, groomed)
    # Distances of nearly collinear objects and masses lose digits in subtractions, either way.
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-4)
    np.testing.assert_allclose(found[:14], expected[:14], rtol=1e-6, atol=1e-12)


def test_features_without_meaning_are_zero():
    single = slow.random_momenta(1, 0.1, 0)
    single[:, 3] = np.linalg.norm(single[:, :3], axis=1)
    found = dict(zip(FEATURE_NAMES, jet_features(single, single), strict=True))
    assert found == {**dict.fromkeys(FEATURE_NAMES, 0.0), "multiplicity": 1.0}
    pair = slow.random_momenta(2, 0.1, 0)
    found = dict(zip(FEATURE_NAMES, jet_features(pair, pair), strict=True))
    assert {name for name, value in found.items() if value == 0} == set(FEATURE_NAMES[4:14])


def test_of_many_particles_at_one_point_nothing_breaks():
    same = np.repeat(slow.random_momenta(1, 0.1, 3), 30, axis=0)
    nodes, parents, jets = cluster(same, ANTI_KT, 0.4)
    assert [len(leaves_of(parents, jet)) for jet in jets] == [30]
    assert np.isfinite(jet_features(same, same)).all()
    assert len(nodes) == 59


def test_no_objects_make_no_jets():
    nodes, _, jets = cluster(np.empty((0, 4)), ANTI_KT, 0.4)
    assert len(nodes) == len(jets) == 0


def massless(pt, eta, phi):
    return [pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), pt * np.cosh(eta)]


@pytest.mark.parametrize(
    ("pt", "target", "kept"),
    [
        (900.0, (0.1, 3.1), True),
        (900.0, (0.1, -3.1), True),
        (900.0, (0.5, 3.1), False),
        (799.0, (0.0, 3.1), False),
        (2001.0, (0.0, 3.1), False),
    ],
)
def test_leading_jets_are_kept_in_a_range_of_pt_and_near_their_origin(pt, target, kept):
    event = np.array(
        [massless(0.7 * pt, 0.0, 3.1), massless(0.3 * pt, 0.01, 3.1), massless(200.0, 1.0, 0.0)]
    )
    other = np.array([massless(300.0, 0.0, 0.0)])
    objects = Objects(np.concatenate([other, event]), np.array([0, 1, 1, 4]))
    features, events = features_of(
        objects, np.array([massless(1000.0, *target)]), np.array([2], np.int64)
    )
    assert events.tolist() == ([2] if kept else [])
    assert features.shape == (int(kept), 16)
    if kept:
        assert features[0, -1] == 2
