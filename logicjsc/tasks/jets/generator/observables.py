"""The 16 features of a jet.

Energy correlators of the groomed jet, with ``z_i = pT_i / sum pT`` and distances ``R_ij`` in
rapidity and azimuth (arXiv:1305.0007, arXiv:1609.07483), beta an angular exponent::

     e2 = sum_{i<j} z_i z_j R_ij^beta
     e3 = sum_{i<j<k} z_i z_j z_k (R_ij R_ik R_jk)^beta
    1e3 = sum_{i<j<k} z_i z_j z_k min(R_ij, R_ik, R_jk)^beta
    2e3 = sum_{i<j<k} z_i z_j z_k (product of the two smallest of R_ij, R_ik, R_jk)^beta

and their ratios::

    C1 = e2                          C2 = e3 / e2^2                    arXiv:1305.0007
    D2 = e3 / e2^3                                                     arXiv:1409.6298
    D2(alpha, beta) = e3(alpha) / e2(beta)^(3 alpha / beta)            arXiv:1411.0665
    M2 = 1e3 / e2                    N2 = 2e3 / e2^2                   arXiv:1609.07483

They are 0 where they have no meaning: with fewer than three groomed constituents (C1: two).
``d2_a1_b1`` is by definition ``d2_b1``. Of the whole jet come ``zlogz``, sum z ln z over fractions
of the energy, and ``multiplicity``, its number of constituents; ``mass`` is that of the groomed jet
in GeV.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.tasks.jets.generator.clustering import distance2, rapidity_and_phi
from logicjsc.tasks.jets.generator.packages import compiled

FEATURES: Final = 16

_MASSLESS: Final = 1e-14
"""Part of E^2 below which m^2 is rounding of a massless cell's momentum."""


@compiled
def jet_features(constituents: Array, groomed: Array) -> Array:
    """The features of a jet, in the order of `logicjsc.dataset.samples.FEATURE_NAMES`.

    Args:
        constituents: momenta (px, py, pz, E) of the jet in GeV, ``[n, 4]``.
        groomed: those of the groomed jet.

    Returns:
        float64 ``[16]``.
    """
    pairs0, pairs1, pairs2 = two_point(groomed)
    full, smallest, two_smallest = three_point(groomed)
    features = np.zeros(FEATURES)
    features[0] = zlogz(constituents)
    features[1], features[2], features[3] = pairs0, pairs1, pairs2
    if len(groomed) > 2 and pairs1 > 0 and pairs2 > 0:  # noqa: PLR2004 - three-point
        features[4] = full[0] / pairs1**2
        features[5] = full[1] / pairs2**2
        features[6] = full[0] / pairs1**3
        features[7] = full[1] / pairs2**3
        features[8] = features[6]
        features[9] = full[0] / pairs2**1.5
        features[10] = smallest[0] / pairs1
        features[11] = smallest[1] / pairs2
        features[12] = two_smallest[0] / pairs1**2
        features[13] = two_smallest[1] / pairs2**2
    features[14] = mass(groomed)
    features[15] = len(constituents)
    return features


@compiled
def zlogz(momenta: Array) -> float:
    """Sum of z ln z over the fractions z of the energy."""
    total = momenta[:, 3].sum()
    result = 0.0
    for energy in momenta[:, 3]:
        if energy > 0:
            result += energy / total * math.log(energy / total)
    return result


@compiled
def mass(momenta: Array) -> float:
    """Invariant mass in GeV."""
    px, py, pz, energy = 0.0, 0.0, 0.0, 0.0
    for index in range(len(momenta)):
        px += momenta[index, 0]
        py += momenta[index, 1]
        pz += momenta[index, 2]
        energy += momenta[index, 3]
    mass2 = energy * energy - px * px - py * py - pz * pz
    return math.sqrt(mass2) if mass2 > _MASSLESS * energy * energy else 0.0


@compiled
def two_point(momenta: Array) -> tuple[float, float, float]:
    """e2 for beta = 0, 1 and 2."""
    parts, distances = _fractions_and_distances(momenta)
    sum0, sum1, sum2 = 0.0, 0.0, 0.0
    for i in range(len(parts)):
        for j in range(i + 1, len(parts)):
            product = parts[i] * parts[j]
            gap = distances[i, j]
            sum0 += product
            sum1 += product * gap
            sum2 += product * gap * gap
    return sum0, sum1, sum2


@compiled
def three_point(momenta: Array) -> tuple[Array, Array, Array]:
    """e3, 1e3 and 2e3, each for beta = 1 and 2."""
    parts, distances = _fractions_and_distances(momenta)
    full, smallest, two_smallest = np.zeros(2), np.zeros(2), np.zeros(2)
    for i in range(len(parts)):
        for j in range(i + 1, len(parts)):
            product, side = parts[i] * parts[j], distances[i, j]
            for k in range(j + 1, len(parts)):
                weight = product * parts[k]
                other, third = distances[i, k], distances[j, k]
                least = min(side, other, third)
                lesser = least * max(min(side, other), min(max(side, other), third))
                area = side * other * third
                full[0] += weight * area
                full[1] += weight * area * area
                smallest[0] += weight * least
                smallest[1] += weight * least * least
                two_smallest[0] += weight * lesser
                two_smallest[1] += weight * lesser * lesser
    return full, smallest, two_smallest


@compiled
def _fractions_and_distances(momenta: Array) -> tuple[Array, Array]:
    """Fractions of pT ``[n]`` and distances ``[n, n]``."""
    count = len(momenta)
    parts, rapidity, phi = np.empty(count), np.empty(count), np.empty(count)
    for index in range(count):
        px, py, pz, energy = momenta[index]
        parts[index] = math.hypot(px, py)
        rapidity[index], phi[index] = rapidity_and_phi(px, py, pz, energy)
    total = 0.0
    for part in parts:
        total += part
    parts /= total
    distances = np.zeros((count, count))
    for i in range(count):
        for j in range(i + 1, count):
            gap = math.sqrt(distance2(rapidity[i], phi[i], rapidity[j], phi[j]))
            distances[i, j] = gap
            distances[j, i] = gap
    return parts, distances
