"""Circuit directories: written whole, and refused when their parts do not belong together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import CircuitError, ConfigError, NetlistError
from logicjsc.core.files import atomic_directory
from logicjsc.core.texts import NoTextError, read_plain
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.shared import shared_modules, shared_text
from logicjsc.emit.hdl.text import DIGEST_LINE
from logicjsc.emit.verilog.contradictions import contradictions
from logicjsc.emit.verilog.design import build_design
from logicjsc.emit.verilog.manifest import FileEntry, Manifest, describe
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.sums import carry_luts, sum_nodes
from logicjsc.netlist import Netlist, SumLayer, TableLayer, digest_of, load_netlist, save_netlist
from logicjsc.netlist.passes import drop_dead_nodes, live_signals

MANIFEST_FILE: Final = "manifest.json"
NETLIST_FILE: Final = "netlist.npz"


@dataclass(frozen=True)
class Circuit:
    """A circuit directory.

    Attributes:
        directory: where it is.
        manifest: its manifest.
        netlist: the netlist it stands for.
    """

    directory: Path
    manifest: Manifest
    netlist: Netlist

    @property
    def top(self) -> str:
        """Name of the top module."""
        return self.manifest.top

    @property
    def latency_cycles(self) -> int:
        """Clock cycles from input to output."""
        return self.manifest.latency_cycles

    @property
    def top_file(self) -> Path:
        """Verilog file of the top module."""
        return self.directory / f"{self.top}.v"

    @property
    def verilog_files(self) -> tuple[Path, ...]:
        """All Verilog files, the top first."""
        names = [entry.name for entry in self.manifest.files]
        return tuple(self.directory / name for name in names if name.endswith(".v"))


def write_circuit(
    netlist: Netlist,
    directory: Path,
    options: CircuitOptions | None = None,
    luts: Sequence[LutNetwork | None] | None = None,
    beside: Callable[[Circuit], None] | None = None,
) -> Circuit:
    """Write a netlist as Verilog, with everything needed to use and to verify it.

    Dead nodes are left out of the Verilog; ``netlist.npz`` holds the netlist as it was given.

    Args:
        netlist: the network.
        directory: written as a whole; a circuit that is already there is replaced.
        options: the circuit's ends and registers.
        luts: the LUTs of each layer of the netlist without dead nodes, for a mapped circuit; they
            must be proven to realise its tables. A layer of sums may have None: it becomes adders.
        beside: writes more into the circuit's folder before it gets its name; if it raises,
            nothing is written.

    Raises:
        CircuitError: the netlist has no inputs, does not say what the options need, a layer of
            tables has no LUTs, or there are carry chains that the options do not speak of.
        ConfigError: the options need LUTs and there are none, or the circuit cannot have them.
        OutputError: ``directory`` holds something else, or cannot be written.
    """
    options = options or CircuitOptions()
    if not netlist.inputs:
        raise CircuitError(f"netlist {netlist.name!r} has no inputs, so no circuit can be built")
    if luts is None:
        options.refuse_tables()
    built = drop_dead_nodes(netlist)
    digest = digest_of(netlist)
    for layer, network in zip(built.layers, luts or (), strict=luts is not None):
        if network is None and isinstance(layer, TableLayer):
            raise CircuitError(f"layer {layer.name!r} has no LUTs; adders are for sums only")
    chains = any(network is not None and network.has_chains for network in luts or ())
    if chains and not options.chained:
        raise CircuitError(
            "a circuit with carry chains needs the options adders = carry and primitives = xilinx"
        )
    labels = _labels(netlist)
    design = build_design(built, options, digest, labels, luts)
    with atomic_directory(directory, MANIFEST_FILE) as temporary:
        names = []
        for module in design.modules:
            names.append(f"{module.name}.v")
            # Bytes, so that line ends are the same everywhere.
            (temporary / names[-1]).write_bytes(module.text.encode("ascii"))
        for hand_written in design.hand_written:
            names.append(f"{shared_modules(options)[hand_written]}.v")
            text = shared_text(hand_written, options)
            (temporary / names[-1]).write_bytes(text.encode("ascii"))
        save_netlist(netlist, temporary / NETLIST_FILE)
        names.append(NETLIST_FILE)
        manifest = describe(
            netlist,
            design,
            options,
            digest=digest,
            built=built,
            lut=None if luts is None else _luts(built, luts) * options.logic_copies,
            files=tuple(FileEntry(name, (temporary / name).stat().st_size) for name in names),
            output_names=tuple(labels[signal] for signal in built.outputs),
        )
        (temporary / MANIFEST_FILE).write_bytes(manifest.to_json().encode("ascii"))
        if beside is not None:
            beside(Circuit(temporary, manifest, netlist))
    return Circuit(directory, manifest, netlist)


def load_circuit(directory: Path) -> Circuit:
    """Read a circuit directory.

    Raises:
        CircuitError: a file is missing or damaged, or the netlist digests of manifest, netlist
            and Verilog differ.
    """
    try:
        manifest = Manifest.from_json(read_plain(directory / MANIFEST_FILE))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CircuitError(f"{directory} is not a circuit: it has no {MANIFEST_FILE}") from error
    except (OSError, NoTextError) as error:
        raise CircuitError(f"{directory / MANIFEST_FILE} cannot be read ({error})") from error
    except CircuitError as error:
        raise CircuitError(f"{directory / MANIFEST_FILE}: {error}") from error
    for entry in manifest.files:
        if not (directory / entry.name).is_file():
            raise CircuitError(f"{directory} lacks {entry.name}; write the circuit again")
    try:
        netlist = load_netlist(directory / NETLIST_FILE)
    except NetlistError as error:
        raise CircuitError(f"the circuit's netlist cannot be used: {error}") from error
    circuit = Circuit(directory, manifest, netlist)
    shared = set(shared_modules(manifest.options).values())
    generated = [path for path in circuit.verilog_files if path.stem not in shared]
    digests = {path.name: verilog_digest(path) for path in (circuit.top_file, *generated)}
    for place, digest in {NETLIST_FILE: digest_of(netlist), **digests}.items():
        if digest != manifest.netlist_digest:
            raise CircuitError(
                f"{directory / place} belongs to netlist {digest[:12]}, the manifest to "
                f"{manifest.netlist_digest[:12]}; write the circuit again"
            )
    _refuse_contradictions(circuit)
    return circuit


def _refuse_contradictions(circuit: Circuit) -> None:
    netlist = circuit.netlist
    labels, built = _labels(netlist), drop_dead_nodes(netlist)
    names = [labels[signal] for signal in built.outputs]
    try:
        wrong = contradictions(circuit.manifest, netlist, built, names)
    except ConfigError as error:
        raise CircuitError(f"{circuit.directory / MANIFEST_FILE}: {error}") from error
    if wrong:
        raise CircuitError(
            f"{circuit.directory / MANIFEST_FILE} says something else than its netlist about "
            f"{', '.join(wrong)}; write the circuit again"
        )


def verilog_digest(path: Path) -> str:
    """Netlist digest in the header of a generated Verilog file.

    Raises:
        CircuitError: the file is missing or has no such header.
    """
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise CircuitError(f"{path} cannot be read ({error})") from error
    return digest_in(text, str(path))


def digest_in(text: str, source: str) -> str:
    """Netlist digest in the header of generated Verilog text.

    Raises:
        CircuitError: there is none; ``source`` names the text in the message.
    """
    match = re.search(rf"^{DIGEST_LINE}([0-9a-f]{{64}})$", text, re.MULTILINE)
    if match is None:
        raise CircuitError(f"{source} has no netlist digest in its header; write the circuit again")
    return match.group(1)


def used_by(module: str, texts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files of a module and of all that it instantiates, in the order of the circuit.

    Args:
        module: its name.
        texts: the circuit's Verilog by file name, one module each.

    Raises:
        CircuitError: a module's file is missing, or is no text.
    """
    used, waiting = set(), [module]
    stems = "|".join(re.escape(name.removesuffix(".v")) for name in texts)
    while waiting:
        current = waiting.pop()
        if current not in used:
            used.add(current)
            try:
                text = texts[f"{current}.v"].decode("ascii")
            except (KeyError, UnicodeDecodeError) as error:
                raise CircuitError(f"{current}.v cannot be read ({error!r})") from error
            waiting += re.findall(rf"^ +({stems}) (?:#|\w+ )\(", text, re.MULTILINE)
    return {name: text for name, text in texts.items() if name.removesuffix(".v") in used}


def _luts(built: Netlist, luts: Sequence[LutNetwork | None]) -> int:
    """LUTs of all layers; sums on carry chains take one per bit of every addition."""
    total = 0
    for layer, network in zip(built.layers, luts, strict=True):
        if network is not None:
            total += network.area
        elif isinstance(layer, SumLayer):
            total += sum(carry_luts(node) for node in sum_nodes(built, layer))
    return total


def _labels(netlist: Netlist) -> Sequence[str]:
    """Names, in the netlist as given, of the signals that remain without dead nodes."""
    keep = live_signals(netlist)
    keep[: netlist.inputs] = True
    return [netlist.node_name(signal) for signal in np.flatnonzero(keep).tolist()]
