"""What a manifest says, against the netlist and the options that it was written for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from logicjsc.core.errors import ConfigError
from logicjsc.emit.ends.argmax_verilog import argmax_levels
from logicjsc.emit.ends.decision import ARGMAX, THRESHOLD, decision_bits, decision_of
from logicjsc.emit.hdl.options import LATTICE, XILINX, CircuitOptions
from logicjsc.emit.verilog.manifest import Manifest, facts_of
from logicjsc.netlist import Netlist


def contradictions(
    manifest: Manifest, netlist: Netlist, built: Netlist, output_names: Sequence[str]
) -> list[str]:
    """Entries of a manifest that are not what its netlist and its options say.

    Latency and flip-flops are the Verilog's, too, which is compared elsewhere. How many LUTs
    there are, and how large the files, is a record that nothing depends on.

    Args:
        manifest: of a circuit.
        netlist: the netlist the circuit stands for.
        built: the netlist without its dead nodes.
        output_names: names of the outputs, used without a decoder.

    Raises:
        CircuitError: the netlist cannot have such options.
    """
    facts = facts_of(netlist, manifest.options, built, output_names)
    wrong = [name for name, value in facts.items() if getattr(manifest, name) != value]
    cycles = sum(block.latency_cycles for block in manifest.blocks)
    # The buffer of AXI4-Stream and a batch are one cycle more each, and their flip-flops are not
    # counted, nor are those that hold beats.
    options = manifest.options
    if cycles + options.stages + options.cycles_behind != manifest.latency_cycles:
        wrong.append("latency_cycles")
    interface = facts["interface"]
    stages = options.input_stages * (1 + interface.beats * interface.beat_bits)
    stages += options.output_stages * (1 + interface.result_bits)
    bits = sum(block.ff for block in manifest.blocks) + stages
    if bits * options.register_copies != manifest.ff:
        wrong.append("ff")
    clocked = cycles + options.stages > 0 or options.regrouped
    ports = interface.ports(manifest.data_in, manifest.data_out, clocked=clocked)
    if tuple(ports) != manifest.ports:
        wrong.append("ports")
    blocks = [
        (block.role, block.reads, block.in_width, block.writes, block.out_width)
        for block in manifest.blocks
    ]
    files = {entry.name for entry in manifest.files}
    there = all(f"{block.module}.v" in files for block in manifest.blocks)
    if not there or blocks != list(_blocks(netlist, manifest)):
        return [*wrong, "blocks"]
    latencies = _latencies(manifest.options, built)
    if any(
        block.latency_cycles != latencies.get(block.role, block.latency_cycles)
        for block in manifest.blocks
    ):
        wrong.append("options")
    return [*wrong, *_wrong_counts(manifest)]


def _blocks(netlist: Netlist, manifest: Manifest) -> Iterator[tuple[str, str, int, str, int]]:
    """Role, and port and width on either side, of the blocks that a circuit has."""
    codes = int(netlist.input_widths.sum())
    scores = int(netlist.widths[netlist.outputs].sum())
    if manifest.options.encoder:
        words = sum(place.width for place in manifest.features)
        yield "encoder", "in_features", words, "out_codes", codes
    yield "network", "in_codes", codes, "out_codes", scores
    if manifest.options.argmax:
        role = decision_of(netlist)
        yield role, "in_codes", scores, "out_class", decision_bits(netlist)


def _latencies(options: CircuitOptions, built: Netlist) -> Mapping[str, int]:
    """Clock cycles of each block, as far as the options tell: how deep LUTs are, they do not."""
    latencies = {
        "encoder": options.register_inputs + (options.pipeline > 0),
        ARGMAX: len(options.ranks_in_argmax(argmax_levels(built))),
        THRESHOLD: int(options.register_outputs),
    }
    if not options.cut_freely:
        latencies["network"] = len(options.network.ranks_after(built.depth))
    return latencies


def _wrong_counts(manifest: Manifest) -> Iterator[str]:
    """Numbers of LUTs that are there though the circuit has none such, or the reverse."""
    mapped, style = manifest.lut is not None, manifest.options.primitives
    if not mapped:
        try:
            manifest.options.refuse_tables()
        except ConfigError:
            yield "lut"
    if (manifest.lut_packed is not None) != (mapped and style == XILINX):
        yield "lut_packed"
    if (manifest.lut4 is not None) != (mapped and style == LATTICE):
        yield "lut4"
