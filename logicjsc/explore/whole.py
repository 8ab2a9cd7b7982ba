"""The whole circuit of a source as one netlist: words of features in, the decision out."""

from __future__ import annotations

from pathlib import Path

from logicjsc.artefacts.sources import POINT, Source
from logicjsc.core.errors import NetlistError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.explore.frontier.rows import words_of
from logicjsc.explore.zoo.points import read_point
from logicjsc.netlist import Netlist
from logicjsc.netlist.decision_layers import Comparison, with_decision
from logicjsc.netlist.word_inputs import takes_words, with_word_inputs


def whole_netlist(
    source: Source,
    netlist: Netlist,
    bits: int,
    *,
    data: Path | None = None,
    comparison: Comparison | None = None,
) -> Netlist:
    """Encoder, network and decision of a source, all of them layers of one netlist.

    Args:
        source: what the netlist is of.
        netlist: the network.
        bits: width of words that are fitted to training samples, for a network without words.
        data: the samples that the words are fitted to; by default the source's own.
        comparison: how classes are compared; see `with_decision`.

    Raises:
        DataError: words are to be fitted, and the samples cannot be had.
        NetlistError: nothing is known of the inputs or of the decision, or words are too wide.
    """
    if not takes_words(netlist):
        netlist = with_word_inputs(netlist, _words(source, netlist, bits, data))
    return with_decision(netlist, comparison)


def _words(source: Source, netlist: Netlist, bits: int, data: Path | None) -> FixedPoint:
    """The formats that a network learned from, that a point records, or that are fitted."""
    if source.kind == "point":
        recorded = read_point(source.path / POINT).words
        if recorded is not None:
            return recorded.format
    words = words_of(source, netlist, bits, data)
    if words is None:
        raise NetlistError(
            f"netlist {netlist.name!r} has no words of its own, and does not say which samples "
            "they could be fitted to"
        )
    return words
