"""How steps are divided among thread blocks, and what lies where in their shared memory."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

from logicjsc.training.cuda.layout import Network, Places

LANES: Final = 32
THREADS: Final = 512
_WARPS: Final = THREADS // LANES
_ALIGNMENT: Final = 16
CLUSTERS: Final = (16, 8, 4, 2, 1)
"""Thread blocks that may share a member; only a power of two divides a cluster's processors."""

_STEP_COST: Final = 10.0
_COLUMN_COST: Final = {2: 4.0, 4: 5.0}
"""Microseconds of a step, and of each column, by jets of a lane; estimates that only rank plans."""

_PLACES: Final = 1 << 16
"""Places of codes in shared memory are numbered with 16 bits."""


@dataclass(frozen=True)
class Limits:
    """What a device has.

    Attributes:
        processors: multiprocessors.
        shared_bytes: shared memory that a thread block may use.
        largest_cluster: thread blocks that may form a cluster.
    """

    processors: int
    shared_bytes: int
    largest_cluster: int


@dataclass(frozen=True)
class Plan:
    """A division of steps.

    Attributes:
        lane: jets of each lane of a warp.
        ranks: thread blocks that share a member.
        jets: of a batch, in each thread block but perhaps the last.
        columns: of 32 lanes' jets, in a thread block.
        places: offsets into shared memory.
        shared_bytes: shared memory of a thread block.
    """

    lane: int
    ranks: int
    jets: int
    columns: int
    places: Places
    shared_bytes: int


def plan_steps(
    network: Network, *, members: int, batch: int, teacher: bool, limits: Limits
) -> Plan | None:
    """The division that is expected to be fastest; None if no thread block can hold its part.

    Args:
        network: shape of the members.
        members: how many are trained side by side.
        batch: jets per step.
        teacher: whether jets come with a teacher's probabilities.
        limits: of the device.
    """
    best: tuple[float, Plan] | None = None
    for lane, ranks in product(_COLUMN_COST, CLUSTERS):
        # A thread block without jets would be of no use.
        if ranks > limits.largest_cluster or (ranks > 1 and batch <= LANES * (ranks - 1)):
            continue
        plan = _plan(network, lane=lane, ranks=ranks, batch=batch, teacher=teacher)
        if (
            plan.shared_bytes > limits.shared_bytes
            or plan.columns > _WARPS
            or network.rows * plan.columns * LANES * lane > _PLACES
        ):
            continue
        together = max(limits.processors // ranks, 1)
        waves = -(-members // together)
        cost = waves * (_STEP_COST + _COLUMN_COST[lane] * plan.columns)
        if best is None or cost < best[0]:
            best = cost, plan
    return None if best is None else best[1]


def _plan(network: Network, *, lane: int, ranks: int, batch: int, teacher: bool) -> Plan:
    jets = -(-batch // ranks)
    columns = -(-jets // (LANES * lane))
    stride = columns * LANES * lane
    padded = stride + lane
    rows, blocks = network.rows, network.blocks
    parameters = network.weights + 3 * rows + blocks + 4
    sizes = {
        "rates": 4 * 4,
        "values": parameters * 4,
        "sources": network.weights * 2,
        "chosen": 2 * stride * 8,
        "labels": stride * 8,
        "partials": 2 * network.most_neurons * columns * 8,
        "numbers": rows * padded * 4,
        "lines": rows * 8,
        "steps": blocks * 4,
        "means": rows * 4,
        "inverses": rows * 4,
        "of_slopes": rows * 4,
        "of_offsets": rows * 4,
        "running_means": rows * 4,
        "running_variances": rows * 4,
        "slots": -(-network.weights // ranks) * ranks * columns * 4,
        "scalars": (blocks + 3) * _WARPS * 4,
        "scalar_sums": (blocks + 3) * 4,
        "owned": 5 * -(-parameters // ranks) * 4,
        "of_scores": network.classes * padded * 4,
        "teacher": stride * network.classes * 4 if teacher else 0,
        "codes": rows * stride,
    }
    places, total = Places(), 0
    for name, size in sizes.items():
        setattr(places, name, total)
        total += -(-size // _ALIGNMENT) * _ALIGNMENT
    return Plan(lane, ranks, jets, columns, places, total)
