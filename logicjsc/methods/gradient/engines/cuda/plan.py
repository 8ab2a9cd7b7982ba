"""How steps are divided among thread blocks, and what lies where in their shared memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Final, NamedTuple, Protocol

from logicjsc.methods.gradient.engines.cuda.layout import Network, Places

LANES: Final = 32
THREADS: Final = 512
_WARPS: Final = THREADS // LANES
_ALIGNMENT: Final = 16
CLUSTERS: Final = (1, 2, 4, 8, 16)
"""Thread blocks that may share a member; of plans that cost the same the first is taken."""

_COSTS: Final = {2: (40.0, 22.0), 4: (46.0, 30.0)}
"""Microseconds of a step with one column, and of each column more, by samples of a lane: those of
JSC-M on an H200. They only rank plans."""

_CROWDED: Final = 1.4
"""Times as long that a step takes if processors have two thread blocks each."""

_PIECES: Final = 32
"""Turns that each of many members takes in an epoch."""

_MORE_THAN_HALF: Final = 120_000
"""Bytes of a processor's shared memory."""

_PLACES: Final = 1 << 16
"""Places of codes in shared memory are numbered with 16 bits."""


@dataclass(frozen=True)
class Grid:
    """The threads of a launch.

    Attributes:
        blocks: thread blocks, all clusters together.
        threads: of each block.
        ranks: thread blocks of a cluster.
        shared_bytes: shared memory of a thread block.
    """

    blocks: int
    threads: int
    ranks: int
    shared_bytes: int


class Device(Protocol):
    """What plans ask of a device."""

    def clusters(self, kernel: str, grid: Grid) -> int:
        """How many clusters of a launch run at a time; 0: it has no room for one."""
        ...


class Task(NamedTuple):
    """What a cluster does in a launch: steps of a member, as in ``layout.h``."""

    member: int
    begin: int
    steps: int


@dataclass(frozen=True)
class Plan:
    """A division of steps.

    Attributes:
        together: clusters that run at a time.
        lane: samples of each lane of a warp.
        ranks: thread blocks that share a member.
        samples: of a batch, in each thread block but perhaps the last.
        columns: of 32 lanes' samples, in a thread block.
        places: offsets into shared memory.
        shared_bytes: shared memory of a thread block.
    """

    together: int
    lane: int
    ranks: int
    samples: int
    columns: int
    places: Places
    shared_bytes: int

    @property
    def kernel(self) -> str:
        """Name of the kernel."""
        return f"logicjsc_train_{self.lane}"

    def grid(self, clusters: int) -> Grid:
        """Threads of so many clusters."""
        return Grid(clusters * self.ranks, THREADS, self.ranks, self.shared_bytes)


def plan_steps(
    network: Network, *, members: int, batch: int, teacher: bool, device: Device
) -> Plan | None:
    """The division that is expected to be fastest; None if no thread block can hold its part.

    Args:
        network: shape of the members.
        members: how many are trained side by side.
        batch: samples per step.
        teacher: whether samples come with a teacher's probabilities.
        device: where.
    """
    best: tuple[float, Plan] | None = None
    for lane, ranks in product(_COSTS, CLUSTERS):
        plan = _plan(network, lane=lane, ranks=ranks, batch=batch, teacher=teacher)
        if plan.samples * (ranks - 1) >= batch:
            continue  # a thread block without samples would be of no use
        if plan.columns > _WARPS or network.rows * plan.columns * LANES * lane > _PLACES:
            continue
        plan = replace(plan, together=device.clusters(plan.kernel, plan.grid(1)))
        if not plan.together:
            continue
        # So much shared memory leaves no room for a second thread block on a processor.
        whole = replace(plan.grid(1), shared_bytes=max(plan.shared_bytes, _MORE_THAN_HALF))
        cost = _cost(plan, members, device.clusters(plan.kernel, whole))
        if best is None or cost < best[0]:
            best = cost, plan
    return None if best is None else best[1]


def _cost(plan: Plan, members: int, apart: int) -> float:
    """Microseconds of a step of all members, roughly.

    Args:
        plan: the division.
        members: how many.
        apart: clusters that run at a time with their processors to themselves.
    """
    first, another = _COSTS[plan.lane]
    crowded = _CROWDED if min(members, plan.together) > apart else 1.0
    return (first + another * (plan.columns - 1)) * crowded * max(members / plan.together, 1.0)


def schedule(members: int, steps: int, together: int, most: int) -> list[list[Task]]:
    """Launches that make all steps of all members, each member's in order.

    If there are more members than run at a time, they take turns in short pieces: in long ones, the
    last few would run alone.

    Args:
        members: how many.
        steps: of each member.
        together: members that run at a time.
        most: steps of a member in one launch.
    """
    piece = most if members <= together else min(most, -(-steps // _PIECES))
    done = [0] * members
    launches = []
    while min(done) < steps:
        # The members with the fewest steps so far, in the order of their numbers.
        waiting = sorted(range(members), key=lambda member: done[member])[:together]
        tasks = [
            Task(member, done[member], min(piece, steps - done[member]))
            for member in sorted(waiting)
            if done[member] < steps
        ]
        for task in tasks:
            done[task.member] += task.steps
        launches.append(tasks)
    return launches


def _plan(network: Network, *, lane: int, ranks: int, batch: int, teacher: bool) -> Plan:
    samples = -(-batch // ranks)
    columns = -(-samples // (LANES * lane))
    stride = columns * LANES * lane
    padded = stride + lane
    rows, blocks = network.rows, network.blocks
    parameters = network.weights + 3 * rows + blocks + 4
    sizes = {
        "rates": 4 * 4,
        "values": parameters * 4,
        "sources": network.weights * 2,
        "readers": network.all_readers * 4,
        "source_blocks": network.weights,
        "chosen": 2 * stride * 8,
        "labels": stride * 8,
        "partials": 2 * network.most_neurons * columns * 8,
        "numbers": network.places * padded * 4,
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
    return Plan(0, lane, ranks, samples, columns, places, total)
