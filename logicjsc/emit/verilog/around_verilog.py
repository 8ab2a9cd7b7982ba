"""What stands around the blocks of a circuit: chain, register stages, beats, batches, streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from logicjsc.core.errors import ConfigError
from logicjsc.emit.hdl.interface import Interface, interface_of
from logicjsc.emit.hdl.options import FULL, SYNCHRONOUS, CircuitOptions
from logicjsc.emit.hdl.ports import Block, Port
from logicjsc.emit.hdl.registers import register_module
from logicjsc.emit.hdl.text import (
    BATCH_MODULE,
    BUFFER_MODULE,
    COLLECTOR_MODULE,
    MEMORY_COPY_MODULE,
    REGISTER_COPY_MODULE,
    SIDEBAND_MODULE,
    VOTED_MEMORY_MODULE,
    VOTED_REGISTER_MODULE,
    Heading,
    VerilogModule,
    latency_remark,
)
from logicjsc.emit.verilog.chain_verilog import chain_module
from logicjsc.emit.verilog.regroup_verilog import Enclosed, regrouped_module
from logicjsc.emit.verilog.stages_verilog import stages_module, stated_bits, stated_latency
from logicjsc.emit.verilog.stream_verilog import stream_module
from logicjsc.emit.verilog.tripled_verilog import tripled_module


@dataclass(frozen=True)
class Around:
    """What stands around the blocks.

    Attributes:
        modules: the outermost first; empty if a single block is all there is.
        hand_written: names of modules from ``hw/rtl`` that blocks and surroundings use.
        ports: ports of the top module.
        interface: what samples and results look like at them.
        latency_cycles: clock cycles from input to output.
        ff: flip-flops of all register ranks.
        copied: the module of which there are three copies; empty if there is none.
    """

    modules: tuple[VerilogModule, ...]
    hand_written: tuple[str, ...]
    ports: tuple[Port, ...]
    interface: Interface
    latency_cycles: int
    ff: int
    copied: str = ""


def modules_around(
    blocks: Sequence[Block],
    options: CircuitOptions,
    names: tuple[str, str, str, str],
    heading: Callable[[tuple[str, str]], Heading],
) -> Around:
    """Join the blocks, and put around them what the options ask for.

    Args:
        blocks: in the order of the data.
        options: what is asked for.
        names: of the modules that join the blocks, that add stages and that regroup or speak
            AXI4-Stream, and of the top module.
        heading: what stands above a module, by the names of its ports of data.

    Raises:
        ConfigError: there are no registers, and the options ask for what only they have; or a
            sample cannot be shared out among beats.
    """
    chain, staged, outside, top = names
    whole = blocks[0]
    data = (whole.reads, blocks[-1].writes)
    modules: list[VerilogModule] = []
    if len(blocks) > 1:
        whole, module = chain_module(chain, blocks, heading(data), options)
        modules.insert(0, module)
    if options.stages:
        whole, module = stages_module(staged, whole, heading(data), options)
        modules.insert(0, module)
    _refuse_no_registers(whole, options)
    interface = interface_of(options, whole.in_width, whole.out_width)
    hand_written = [register_module(options)] * (whole.latency_cycles > 0)
    latency = whole.latency_cycles + options.cycles_behind
    clocked = latency > 0 or options.regrouped
    ports = interface.ports(*data, clocked=clocked)
    copy = Enclosed(VerilogModule(whole.module, ""), stated_bits(whole, options))
    above = heading(("s_axis_tdata", "m_axis_tdata") if options.axi_stream else data)
    if options.axi_stream:
        copy = stream_module(outside, whole, interface, above, options)
        modules.insert(0, copy.module)
        hand_written.append(BUFFER_MODULE)
        hand_written += [SIDEBAND_MODULE] * (options.tlast or options.tuser > 0)
    elif options.regrouped:
        copy = regrouped_module(outside, whole, interface, above, options)
        modules.insert(0, copy.module)
    hand_written += [COLLECTOR_MODULE] * (options.beats > 1)
    hand_written += [BATCH_MODULE] * (options.batch > 1)
    if options.tmr == FULL:
        hand_written.append(VOTED_REGISTER_MODULE)
        head = above.text(
            "// Three copies of a circuit; registers and outputs are the majority.",
            latency_remark(latency),
            *interface.remarks(),
        )
        stated = stated_latency(latency, options)
        modules.insert(0, tripled_module(top, copy, ports, options, head=head, latency=stated))
    elif options.tmr:
        hand_written += [VOTED_REGISTER_MODULE, REGISTER_COPY_MODULE]
        hand_written += [VOTED_MEMORY_MODULE, MEMORY_COPY_MODULE] * options.axi_stream
    return Around(
        tuple(modules),
        tuple(hand_written),
        tuple(ports),
        interface,
        latency,
        whole.ff * options.register_copies,
        copy.module.name if options.tmr == FULL else "",
    )


def _refuse_no_registers(circuit: Block, options: CircuitOptions) -> None:
    """Refuse what only registers can have.

    Raises:
        ConfigError: there is none, and the options need some.
    """
    if circuit.latency_cycles or options.axi_stream:
        return
    wanted = {
        "a clock enable": options.clock_enable,
        "an asynchronous reset": options.reset != SYNCHRONOUS,
        "several beats or a batch": options.regrouped,
        "three copies that vote": options.tmr != "",
    }
    for what, is_wanted in wanted.items():
        if is_wanted:
            raise ConfigError(
                f"a circuit without registers cannot have {what}; leave that away, or let there be "
                "registers, for example by register_outputs"
            )
