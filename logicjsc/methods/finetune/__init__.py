"""Fine-tuning: better contents for the tables of a finished netlist, found by local search.

A table may hold any codes, not only those that a neuron of some family can compute. Wiring, widths,
sums, encoder and decoder stay as they are.
"""

from logicjsc.methods.finetune.cone import Cone
from logicjsc.methods.finetune.finetune import Finetuned, Sweep, finetune
from logicjsc.methods.finetune.search import CodedSamples, Rules, Search

__all__ = ["CodedSamples", "Cone", "Finetuned", "Rules", "Search", "Sweep", "finetune"]
