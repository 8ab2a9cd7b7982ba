"""From the objects of an event to the features of its leading jet."""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.tasks.jets.generator.clustering import ANTI_KT, CAMBRIDGE_AACHEN, cluster, leaves_of
from logicjsc.tasks.jets.generator.detector import Objects
from logicjsc.tasks.jets.generator.grooming import Z_CUT, groom
from logicjsc.tasks.jets.generator.observables import FEATURES, jet_features
from logicjsc.tasks.jets.generator.packages import compiled

RADIUS: Final = 0.4
PT_RANGE: Final = (800.0, 2000.0)
"""Transverse momenta of jets that are kept, in GeV, both ends excluded."""
MATCH: Final = 0.4
"""Largest distance of a jet to the parton or boson it is named after."""

_WHOLE: Final = 1000.0
"""A radius beyond every distance: one Cambridge/Aachen tree of all constituents."""


def features_of(objects: Objects, targets: Array, target_events: Array) -> tuple[Array, Array]:
    """Leading jets that fall into `PT_RANGE` and point at what was generated.

    Args:
        objects: what the detector saw.
        targets: momenta of generated partons or bosons, ``[targets, 4]``.
        target_events: event of each target, ascending.

    Returns:
        Features float64 ``[jets, 16]`` and the event of each jet, ascending.
    """
    events = len(objects.offsets) - 1
    ends = np.searchsorted(target_events, np.arange(events + 1))
    features, kept = _leading_jets(
        objects.momenta, objects.offsets, np.ascontiguousarray(targets), ends
    )
    return features[kept], np.flatnonzero(kept)


def compile_features() -> None:
    """Compile `features_of`, whose machine code numba keeps for later processes."""
    nothing = Objects(np.zeros((0, 4)), np.zeros(2, np.int64))
    features_of(nothing, np.zeros((0, 4)), np.zeros(0, np.int64))


@compiled
def _leading_jets(
    momenta: Array, offsets: Array, targets: Array, target_offsets: Array
) -> tuple[Array, Array]:
    events = len(offsets) - 1
    features = np.zeros((events, FEATURES))
    kept = np.zeros(events, np.bool_)
    for event in range(events):
        objects = momenta[offsets[event] : offsets[event + 1]]
        if not len(objects):
            continue
        nodes, parents, jets = cluster(objects, ANTI_KT, RADIUS)
        squares = nodes[jets, 0] ** 2 + nodes[jets, 1] ** 2
        leading = jets[np.argmax(squares)]
        transverse = np.sqrt(squares.max())
        near = targets[target_offsets[event] : target_offsets[event + 1]]
        if not PT_RANGE[0] < transverse < PT_RANGE[1] or not _points_at(nodes[leading], near):
            continue
        constituents = objects[leaves_of(parents, leading)]
        tree, origin, roots = cluster(constituents, CAMBRIDGE_AACHEN, _WHOLE)
        kept_node = groom(tree, origin, roots[0], Z_CUT)
        features[event] = jet_features(constituents, constituents[leaves_of(origin, kept_node)])
        kept[event] = True
    return features, kept


@compiled
def _points_at(jet: Array, targets: Array) -> bool:
    """Whether a target lies within `MATCH` in pseudorapidity and azimuth."""
    jet_eta, jet_phi = _eta_and_phi(jet)
    for target in targets:
        eta, phi = _eta_and_phi(target)
        turn = abs(phi - jet_phi)
        if turn > np.pi:
            turn = 2 * np.pi - turn
        if (eta - jet_eta) ** 2 + turn**2 < MATCH**2:
            return True
    return False


@compiled
def _eta_and_phi(momentum: Array) -> tuple[float, float]:
    px, py, pz = momentum[0], momentum[1], momentum[2]
    return np.arcsinh(pz / np.hypot(px, py)), np.arctan2(py, px)
