"""The smallest LUT network that our mapper finds for a netlist, and its circuit."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logicjsc.check.synth.mapper import depth_between_registers, depth_of_segments
from logicjsc.core.errors import ToolTimeoutError
from logicjsc.core.executor import Jobs
from logicjsc.core.progress import OnProgress, silent
from logicjsc.emit.hdl.options import XILINX
from logicjsc.emit.verilog import Circuit, CircuitOptions, write_circuit
from logicjsc.explore.zoo.figures import Area
from logicjsc.map.across import rewrite_across
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.mapper import MappedNetlist, map_netlist
from logicjsc.map.sums import Adders
from logicjsc.netlist import Netlist, SumLayer
from logicjsc.netlist.decision_layers import with_decision

BY_NODE: Final = "by node"
ACROSS: Final = "across nodes"
CHAINS: Final = "carry chains"

_LEAST_GAIN: Final = 0.01
"""Fraction of the LUTs that rewriting across nodes must save: LUTs that belong to no layer take
longer to prove."""

LUT_EFFORT: Final = "low"
"""Enough for netlists whose nodes are LUTs."""


@dataclass(frozen=True)
class Found:
    """LUTs of a netlist.

    Attributes:
        mapped: the LUTs, and the netlist that they belong to: the one given, or a netlist of LUTs.
        way: `BY_NODE`, `ACROSS` or `CHAINS`.
        stages: stages of the netlist given.
    """

    mapped: MappedNetlist
    way: str
    stages: int

    def options(self, *, argmax: bool = False) -> CircuitOptions:
        """Registers behind every stage of the netlist given.

        LUTs that belong to no stage any more are cut into as many segments of equal depth.
        """
        if self.way == BY_NODE:
            return CircuitOptions(argmax=argmax)
        if self.way == CHAINS:
            return CircuitOptions(argmax=argmax, adders="carry", primitives=XILINX)
        return CircuitOptions(
            argmax=argmax, lut_depth=max(1, -(-self.mapped.depth // max(1, self.stages)))
        )

    def write(self, folder: Path, *, argmax: bool = False) -> Circuit:
        """Its circuit."""
        luts = [layer.network for layer in self.mapped.layers]
        return write_circuit(self.mapped.netlist, folder, self.options(argmax=argmax), luts)

    def area(self, circuit: Circuit, *, decision: int = 0) -> Area:
        """Its area, and the registers of its circuit; LUTs that decide are added to ours."""
        mapped, options = self.mapped, circuit.manifest.options.network
        ranks = options.ranks_after(mapped.netlist.depth)
        return Area(
            lut=mapped.luts + decision,
            ff=circuit.manifest.ff or 0,
            depth=mapped.depth,
            path=depth_of_segments(mapped.depth, options.lut_depth)
            if options.lut_depth
            else depth_between_registers(mapped, ranks),
            latency_cycles=circuit.latency_cycles,
            way=self.way,
        )


def find_luts(
    netlist: Netlist,
    *,
    effort: str,
    across: bool = True,
    seconds: float | None = None,
    jobs: Jobs | None = None,
    known: MutableMapping[str, LutNetwork] | None = None,
    on_progress: OnProgress = silent,
) -> Found:
    """Map a netlist in the way that takes the fewest LUTs.

    Node by node; across nodes, if that saves more than a hundredth; or, where there are sums, on
    carry chains with tables inside their LUTs. Sums on which chains save are not tried across
    nodes, which knows no chains.

    Args:
        netlist: the network.
        effort: ``low``, ``medium`` or ``high``.
        across: whether LUTs are rewritten across nodes as well.
        seconds: how long that may search, see `rewrite_across`; then every LUT saved counts.
        jobs: processes, by default one per core, or an executor.
        known: networks of tables found before, see `map_netlist`.
        on_progress: told of finished tables.

    Raises:
        ToolError: ABC is missing, failed, or gave a wrong network.
    """
    chained = _on_chains(netlist, effort, jobs, known)
    mapped = map_netlist(netlist, effort=effort, jobs=jobs, known=known, on_progress=on_progress)
    if chained is not None and chained.luts < mapped.luts:
        return Found(chained, CHAINS, netlist.depth)
    found = Found(mapped, BY_NODE, netlist.depth)
    if not across:
        return found
    try:
        rewritten = rewrite_across(mapped, seconds=seconds, jobs=jobs, on_progress=on_progress)
    except ToolTimeoutError:  # too large for it
        return found
    # Its nodes are LUTs, so mapping it is a formality.
    other = map_netlist(rewritten, effort=LUT_EFFORT, jobs=1, known=known)
    least = _LEAST_GAIN * mapped.luts if seconds is None else 0
    gained = mapped.luts - other.luts > least
    return Found(other, ACROSS, netlist.depth) if gained else found


def whole_luts(
    encoded: Found,
    *,
    effort: str,
    jobs: Jobs | None = None,
    known: MutableMapping[str, LutNetwork] | None = None,
) -> MappedNetlist:
    """The whole circuit: LUTs of a network with its encoder, and the decision behind it.

    Args:
        encoded: the network with its encoder.
        effort: how hard LUTs of the decision are searched for.
        jobs: processes, by default one per core, or an executor.
        known: networks of tables found before, see `map_netlist`.

    Raises:
        NetlistError: nothing is known of the decision.
        ToolError: ABC is missing, failed, or gave a wrong network.
    """
    adders: Adders = "carry" if encoded.way == CHAINS else "lut"
    netlist = with_decision(encoded.mapped.netlist)
    return map_netlist(netlist, effort=effort, adders=adders, jobs=jobs, known=known)


def _on_chains(
    netlist: Netlist,
    effort: str,
    jobs: Jobs | None,
    known: MutableMapping[str, LutNetwork] | None,
) -> MappedNetlist | None:
    if not any(isinstance(layer, SumLayer) for layer in netlist.layers):
        return None
    return map_netlist(netlist, effort=effort, adders="carry", jobs=jobs, known=known)
