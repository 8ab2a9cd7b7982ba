"""Don't-cares from data: rows that hardly any sample reads. Opt-in: it changes behaviour."""

from __future__ import annotations

from logicjsc.core.errors import NetlistError
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array
from logicjsc.netlist.passes.dont_cares import DontCares
from logicjsc.netlist.passes.simulate import address_counts


def observed_dont_cares(netlist: Netlist, codes: Array, min_count: int = 1) -> DontCares:
    """Free the table rows that fewer than ``min_count`` of these inputs read.

    Exploiting them keeps the outputs of every given input that reads no freed row. Other inputs may
    get other outputs, so measure the accuracy on samples that are not among the given ones.

    Args:
        netlist: the network.
        codes: input codes ``[samples, inputs]``, of training samples.
        min_count: rows read less often are free, 1 or more.

    Raises:
        NetlistError: there are no inputs, or ``min_count`` is below 1.
    """
    if not len(codes):
        raise NetlistError("don't-cares from data need samples, and there are none")
    if min_count < 1:
        raise NetlistError(f"min_count is {min_count}; a row that was read may not be free below 1")
    counts = address_counts(netlist, codes)
    return DontCares(tuple(None if count is None else count < min_count for count in counts))
