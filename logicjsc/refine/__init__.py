"""Fine-tuning: better contents for the tables of a finished netlist, found by local search.

A table may hold any codes, not only those that a neuron of some family can compute. Wiring, widths,
sums, encoder and decoder stay as they are.
"""

from logicjsc.refine.cone import Cone
from logicjsc.refine.refine import Refined, Sweep, refine
from logicjsc.refine.search import Rules, Sample, Search

__all__ = ["Cone", "Refined", "Rules", "Sample", "Search", "Sweep", "refine"]
