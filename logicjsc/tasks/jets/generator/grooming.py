"""Jet grooming: the modified mass-drop tagger."""

from __future__ import annotations

import math
from typing import Final

from logicjsc.dataset.samples import Array
from logicjsc.tasks.jets.generator.packages import compiled

Z_CUT: Final = 0.1


@compiled
def groom(nodes: Array, parents: Array, root: int, z_cut: float) -> int:
    """The node of a Cambridge/Aachen tree that mMDT keeps.

    From the root on, each merger is undone; if ``min(pT_1, pT_2) / (pT_1 + pT_2) > z_cut`` the jet
    is what is left, else the branch of lower pT is dropped. This is mMDT (arXiv:1307.0007) and
    equally soft drop (arXiv:1402.2657) with beta = 0.

    Args:
        nodes: momenta of the tree, ``[nodes, 4]``.
        parents: as `clustering.cluster` returns them.
        root: the node of the whole jet.
        z_cut: smallest part of pT that counts as a branch.

    Returns:
        A node; one of a single object if no merger passes.
    """
    node = root
    while parents[node, 0] >= 0:
        first, second = parents[node]
        pt1 = math.hypot(nodes[first, 0], nodes[first, 1])
        pt2 = math.hypot(nodes[second, 0], nodes[second, 1])
        if min(pt1, pt2) > z_cut * (pt1 + pt2):
            break
        node = first if pt1 >= pt2 else second
    return node
