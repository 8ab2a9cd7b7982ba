"""The netlist: a network of truth tables, described by numpy arrays and nothing else."""

from logicjsc.netlist.builder import NetlistBuilder
from logicjsc.netlist.codec import Decoder, Encoder
from logicjsc.netlist.evaluate import evaluate, evaluate_signals
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Layer, SumLayer, TableLayer
from logicjsc.netlist.storage import digest_of, load_netlist, save_netlist

__all__ = [
    "Decoder",
    "Encoder",
    "Layer",
    "Netlist",
    "NetlistBuilder",
    "SumLayer",
    "TableLayer",
    "digest_of",
    "evaluate",
    "evaluate_signals",
    "load_netlist",
    "save_netlist",
]
