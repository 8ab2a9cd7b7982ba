"""A netlist and its options become modules: which there are, and how they are joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from logicjsc.emit.ends.categories import category_lines
from logicjsc.emit.ends.decision import decision_module, decision_of
from logicjsc.emit.ends.encoder_plan import FeatureSteps, plan_encoder
from logicjsc.emit.ends.encoder_verilog import encoder_module
from logicjsc.emit.ends.port_map import code_lines, decision_lines, feature_lines
from logicjsc.emit.hdl.interface import Interface
from logicjsc.emit.hdl.names import Names, comment_text
from logicjsc.emit.hdl.options import FULL, GENERIC, CircuitOptions
from logicjsc.emit.hdl.ports import Block, Port
from logicjsc.emit.hdl.shared import shared_modules, with_prefix
from logicjsc.emit.hdl.text import (
    CHAIN_MODULE,
    HAND_WRITTEN,
    LUT_MODULE,
    VENDOR_CELLS,
    Heading,
    VerilogModule,
)
from logicjsc.emit.verilog.around_verilog import modules_around
from logicjsc.emit.verilog.network_verilog import network_modules
from logicjsc.emit.verilog.tripled_verilog import kept_apart
from logicjsc.map.lut_network import LutNetwork
from logicjsc.netlist import Netlist


@dataclass(frozen=True)
class Design:
    """Verilog of a circuit, and what there is to know about it.

    Attributes:
        modules: generated modules, the top first.
        hand_written: names of modules from ``hw/rtl`` that they use.
        ports: ports of the top module.
        interface: what samples and results look like at them.
        blocks: encoder, network and argmax, as far as there are such, in the order of the data.
        features: what the encoder makes of each feature; empty without one.
        data_in: port of the first block, whose data the top takes.
        data_out: port of the last block, whose data the top gives.
        latency_cycles: clock cycles from input to output.
        ff: flip-flops of all register ranks.
        cells: what the network's LUTs take of the target; see `primitives.LutText`.
    """

    modules: tuple[VerilogModule, ...]
    hand_written: tuple[str, ...]
    ports: tuple[Port, ...]
    interface: Interface
    blocks: tuple[Block, ...]
    features: tuple[FeatureSteps, ...]
    data_in: str
    data_out: str
    latency_cycles: int
    ff: int
    cells: int


def build_design(
    netlist: Netlist,
    options: CircuitOptions,
    digest: str,
    labels: Sequence[str],
    luts: Sequence[LutNetwork | None] | None = None,
) -> Design:
    """All modules of a circuit.

    Args:
        netlist: what to build; every node in it is emitted.
        options: the circuit's ends and registers.
        digest: digest of the netlist the circuit stands for, written into every header.
        labels: name of every signal, for comments.
        luts: the LUTs of each layer, for a mapped circuit; None for a layer of adders.

    Raises:
        CircuitError: the netlist does not say what an encoder or an argmax must know, or a layer of
            tables has no LUTs.
        ConfigError: the circuit has no registers for what the options ask of them, or a sample
            cannot be shared out among beats.
    """
    names = Names(*HAND_WRITTEN, *shared_modules(options).values(), *VENDOR_CELLS)
    (top,) = names.claim(f"{options.prefix}{netlist.name}")
    chained = options.encoder or options.argmax
    outside = options.axi_stream or options.regrouped
    tripled = options.tmr == FULL
    wrapped = outside or options.stages > 0 or tripled
    (module,) = names.claim(f"{top}_network") if chained or wrapped else (top,)
    (chain,) = names.claim(f"{top}_chain") if chained and wrapped else (top,)
    (staged,) = names.claim(f"{top}_stages") if options.stages and (outside or tripled) else (top,)
    (enclosed,) = names.claim(f"{top}_enclosed") if outside and tripled else (top,)
    features: tuple[FeatureSteps, ...] = ()
    blocks: list[Block] = []
    modules: list[VerilogModule] = []
    if options.encoder:
        live = set(netlist.outputs.tolist()).union(*(e.inputs.flat for e in netlist.layers))
        features = plan_encoder(netlist, options, live)
        (name,) = names.claim(f"{top}_encoder")
        block, text = encoder_module(name, netlist, features, options, digest)
        blocks.append(block)
        modules.append(text)
    (argmax,) = names.claim(f"{top}_{decision_of(netlist)}") if options.argmax else ("",)
    block, texts, cells = network_modules(
        netlist, options.network, digest, labels, top=top, module=module, taken=names, luts=luts
    )
    blocks.append(block)
    modules += texts
    if options.argmax:
        block, text = decision_module(argmax, netlist, options, digest)
        blocks.append(block)
        modules.append(text)
    about = f'Netlist "{comment_text(netlist.name)}"'
    data = (blocks[0].reads, blocks[-1].writes)
    if chained:
        about += ": {} in, {} out".format(*(port.split("_")[1] for port in data))

    def heading(ports: tuple[str, str]) -> Heading:
        maps = _port_maps(netlist, features, labels, data, ports)
        return Heading(about, digest, tuple(maps))

    around = modules_around(blocks, options, (chain, staged, enclosed, top), heading)
    hand_written = around.hand_written
    if options.primitives == GENERIC and cells:
        hand_written = (*hand_written, LUT_MODULE)
    if any(network is not None and network.has_chains for network in luts or ()):
        hand_written = (*hand_written, CHAIN_MODULE)
    generated = (*around.modules, *modules)
    return Design(
        tuple(
            replace(each, text=with_prefix(text, options))
            for each in generated
            for text in [kept_apart(each.text) if each.name == around.copied else each.text]
        ),
        hand_written,
        around.ports,
        around.interface,
        tuple(blocks),
        features,
        *data,
        around.latency_cycles,
        around.ff,
        cells,
    )


def _port_maps(
    netlist: Netlist,
    features: Sequence[FeatureSteps],
    labels: Sequence[str],
    data: tuple[str, str],
    ports: tuple[str, str],
) -> list[str]:
    """Lines on what the data at both ends means, under the names of the ports that carry it."""
    outputs = [int(signal) for signal in netlist.outputs]
    decoder = netlist.decoder
    classes = [labels[signal] for signal in outputs] if decoder is None else decoder.output_names
    first = (
        feature_lines(ports[0], features)
        if data[0] == "in_features"
        else code_lines(ports[0], netlist, range(netlist.inputs), netlist.input_names)
    )
    last = (
        decision_lines(ports[1], decoder)
        if data[1] == "out_class" and decoder is not None
        else code_lines(ports[1], netlist, outputs, classes)
    )
    return [*first, *category_lines(netlist), *last]
