"""Jet finding, grooming and energy correlators by definition, in plain Python, however slow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

Momentum = tuple[float, float, float, float]


@dataclass(frozen=True)
class Node:
    """A branch of a clustering tree."""

    momentum: Momentum
    members: frozenset[int]
    children: tuple[Node, ...] = ()

    def all_nodes(self) -> list[Node]:
        return [self, *(node for child in self.children for node in child.all_nodes())]


def pt(momentum: Momentum) -> float:
    return math.sqrt(momentum[0] ** 2 + momentum[1] ** 2)


def distance(one: Momentum, other: Momentum) -> float:
    def rapidity(p: Momentum) -> float:
        return 0.5 * math.log((p[3] + p[2]) / (p[3] - p[2]))

    phi = math.atan2(one[1], one[0]) - math.atan2(other[1], other[0])
    phi = (phi + math.pi) % (2 * math.pi) - math.pi
    return math.hypot(rapidity(one) - rapidity(other), phi)


def cluster(momenta: Any, power: int, radius: float) -> list[Node]:
    """All pairs, every time."""
    alive = [Node(tuple(map(float, p)), frozenset([i])) for i, p in enumerate(momenta)]
    jets = []
    while alive:
        beam = min(alive, key=lambda node: pt(node.momentum) ** (2 * power))
        least, pair = pt(beam.momentum) ** (2 * power), (beam,)
        for a, b in combinations(alive, 2):
            weight = min(pt(a.momentum) ** (2 * power), pt(b.momentum) ** (2 * power))
            measure = weight * (distance(a.momentum, b.momentum) / radius) ** 2
            if measure < least:
                least, pair = measure, (a, b)
        for node in pair:
            alive.remove(node)
        if len(pair) == 1:
            jets.append(pair[0])
        else:
            total = tuple(x + y for x, y in zip(pair[0].momentum, pair[1].momentum, strict=True))
            alive.append(Node(total, pair[0].members | pair[1].members, pair))
    return jets


def groom(node: Node, z_cut: float) -> Node:
    """Drop softer branches until both carry enough of pT."""
    if not node.children:
        return node
    softer, harder = sorted(node.children, key=lambda child: pt(child.momentum))
    both = pt(softer.momentum) + pt(harder.momentum)
    return node if pt(softer.momentum) / both > z_cut else groom(harder, z_cut)


def correlator(momenta: Any, points: int, beta: float, angles: int | None = None) -> float:
    """Sum over all groups of ``points`` of z's times the ``angles`` smallest distances^beta."""
    momenta = [tuple(map(float, p)) for p in momenta]
    total = sum(map(pt, momenta))
    result = 0.0
    for group in combinations(momenta, points):
        distances = sorted(distance(a, b) for a, b in combinations(group, 2))
        result += math.prod(pt(p) / total for p in group) * math.prod(
            gap**beta for gap in distances[:angles]
        )
    return result


def features(constituents: Any, groomed: Any) -> list[float]:
    """The 16 features."""
    energies = [float(p[3]) for p in constituents]
    zlogz = sum(e / sum(energies) * math.log(e / sum(energies)) for e in energies)
    pairs = {beta: correlator(groomed, 2, beta) for beta in (0, 1, 2)}
    total = np.sum(np.asarray(groomed), axis=0)
    mass = math.sqrt(max(total[3] ** 2 - total[0] ** 2 - total[1] ** 2 - total[2] ** 2, 0.0))
    ratios = [0.0] * 10
    if len(groomed) > 2:
        e3 = {beta: correlator(groomed, 3, beta) for beta in (1, 2)}
        ratios = [
            e3[1] / pairs[1] ** 2,
            e3[2] / pairs[2] ** 2,
            e3[1] / pairs[1] ** 3,
            e3[2] / pairs[2] ** 3,
            e3[1] / pairs[1] ** 3,
            e3[1] / pairs[2] ** 1.5,
            correlator(groomed, 3, 1, angles=1) / pairs[1],
            correlator(groomed, 3, 2, angles=1) / pairs[2],
            correlator(groomed, 3, 1, angles=2) / pairs[1] ** 2,
            correlator(groomed, 3, 2, angles=2) / pairs[2] ** 2,
        ]
    return [zlogz, pairs[0], pairs[1], pairs[2], *ratios, mass, len(constituents)]


def random_momenta(count: int, width: float, seed: int) -> Any:
    """Massive objects around the axis at phi = pi, where azimuths wrap, some of them collimated."""
    rng = np.random.default_rng(seed)
    transverse = rng.exponential(30.0, count) + 0.1
    rapidity = rng.normal(0.5, width, count)
    phi = math.pi + rng.normal(0, width, count)
    mass = rng.choice([0.0, 0.1396, 0.4976], count)
    across = np.hypot(transverse, mass)
    return np.column_stack([
        transverse * np.cos(phi), transverse * np.sin(phi),
        across * np.sinh(rapidity), across * np.cosh(rapidity),
    ])  # fmt: skip
