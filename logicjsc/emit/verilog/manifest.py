"""``manifest.json``: what a program or a person needs to drive a circuit."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

import numpy as np

from logicjsc import __version__
from logicjsc.core.errors import CircuitError, ConfigError, NetlistError
from logicjsc.emit.ends.categories import CategoryPlace, categories_of
from logicjsc.emit.ends.decision import decision_bits
from logicjsc.emit.ends.encoder_plan import plan_encoder
from logicjsc.emit.hdl.interface import Interface, interface_of
from logicjsc.emit.hdl.options import LATTICE, XILINX, CircuitOptions
from logicjsc.emit.hdl.ports import Block, Port
from logicjsc.emit.verilog.design import Design
from logicjsc.emit.verilog.places import (
    FeaturePlace,
    InputEncoding,
    InputPlace,
    OutputPlace,
    feature_places,
    input_places,
    output_places,
)
from logicjsc.netlist import Decoder, Netlist
from logicjsc.netlist.codec import read_words
from logicjsc.netlist.passes import live_signals

MANIFEST_FORMAT: Final = 3

_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")

_PLAIN: Final = frozenset({bool, int, str, NoneType})

TIE_RULE: Final = "lowest class index wins"


@dataclass(frozen=True)
class FileEntry:
    """A file of the circuit directory."""

    name: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """Contents of ``manifest.json``.

    Attributes:
        format_version: format of the file.
        logicjsc_version: version that wrote the circuit.
        top: name of the top module; its file is ``<top>.v``.
        netlist_name: name of the netlist.
        netlist_digest: digest of ``netlist.npz``, also in the Verilog headers.
        ports: ports of the top module.
        interface: what samples and results look like at them: beats, batches, order of bytes.
        data_in: what goes in: ``in_codes`` or ``in_features``, at the port of that name or in the
            lowest bits of ``s_axis_tdata``.
        data_out: what comes out: ``out_codes``, or ``out_class``, an index of ``outputs``; at the
            port of that name or in the lowest bits of ``m_axis_tdata``.
        features: port map of ``in_features``; empty without an encoder.
        categories: features that are bits of a category, and what stands for an unknown one.
        inputs: port map of ``in_codes``, which lies inside if there is an encoder.
        outputs: port map of ``out_codes``, which lies inside if there is an argmax.
        scores: score by output code, if there is a decoder with one table for all outputs.
        target: what is decided: kind, names, and thresholds as scores and as values of codes.
        tie_rule: how equal class scores are decided.
        latency_cycles: clock cycles from input to output.
        blocks: encoder, network and argmax, as far as there are such.
        options: the circuit's ends and registers.
        ff: flip-flops of all register ranks, valid bits included, three per bit with ``tmr``; the
            buffer of AXI4-Stream is not counted.
        lut: 6-input LUTs of the network, if it is mapped to LUTs, without encoder and argmax; sums
            on carry chains count one per bit of every addition. Three copies count three times,
            voters do not count.
        lut_packed: sites that these LUTs take where two may share one (Xilinx primitives).
        lut4: 4-input LUTs that they are built of (Lattice primitives).
        table_rows: truth-table rows that the network stands for.
        table_bits: truth-table bits in the Verilog, before equal ones are shared.
        dead_nodes: nodes of the netlist that reach no output and were left out.
        provenance: where the netlist comes from.
        files: files of the directory but the manifest; Verilog files start with the top.
    """

    format_version: int
    logicjsc_version: str
    top: str
    netlist_name: str
    netlist_digest: str
    ports: tuple[Port, ...]
    interface: Interface
    data_in: str
    data_out: str
    features: tuple[FeaturePlace, ...]
    categories: tuple[CategoryPlace, ...]
    inputs: tuple[InputPlace, ...]
    outputs: tuple[OutputPlace, ...]
    scores: tuple[float, ...] | None
    target: Mapping[str, Any] | None
    tie_rule: str
    latency_cycles: int
    blocks: tuple[Block, ...]
    options: CircuitOptions
    ff: int | None
    lut: int | None
    lut_packed: int | None
    lut4: int | None
    table_rows: int
    table_bits: int
    dead_nodes: int
    provenance: Mapping[str, str]
    files: tuple[FileEntry, ...]

    def to_json(self) -> str:
        """Text of ``manifest.json``."""
        entries = asdict(self)
        if self.options.words is not None:
            entries["options"]["words"] = self.options.words.to_dict()
        return json.dumps(entries, indent=2, ensure_ascii=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read the text of ``manifest.json``.

        Raises:
            CircuitError: it is not a manifest of this format.
        """
        try:
            entries = json.loads(text)
            version = entries["format_version"]
            if version != MANIFEST_FORMAT:
                raise CircuitError(
                    f"the manifest has format {version!r}; this version of logicjsc reads format "
                    f"{MANIFEST_FORMAT}; write the circuit again"
                )
            manifest = cls(**_typed(entries))
            parts = (
                manifest.options,
                manifest.interface,
                *manifest.ports,
                *manifest.blocks,
                *manifest.files,
            )
            for part in (manifest, *parts):
                _refuse_other_types(part)
            names = [entry.name for entry in manifest.files]
            names += [f"{manifest.top}.v", *(f"{block.module}.v" for block in manifest.blocks)]
            if odd := [name for name in names if not _FILE_NAME.fullmatch(name)]:
                raise CircuitError(f"the manifest lists {odd[0]!r}, which is no plain file name")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CircuitError(f"the manifest is damaged ({error!r})") from error
        except (ConfigError, NetlistError) as error:
            raise CircuitError(f"the manifest has options that no circuit has: {error}") from error
        return manifest


def describe(
    netlist: Netlist,
    design: Design,
    options: CircuitOptions,
    *,
    digest: str,
    built: Netlist,
    lut: int | None,
    files: tuple[FileEntry, ...],
    output_names: tuple[str, ...],
) -> Manifest:
    """Manifest of a circuit.

    Args:
        netlist: the netlist the circuit stands for.
        design: its Verilog.
        options: the circuit's ends and registers.
        digest: the netlist's digest.
        built: the netlist without its dead nodes.
        lut: number of its LUTs, if it is mapped.
        files: files of the directory.
        output_names: names of the outputs, used without a decoder.
    """
    cells = design.cells * options.logic_copies
    return Manifest(
        **facts_of(netlist, options, built, output_names),
        format_version=MANIFEST_FORMAT,
        logicjsc_version=__version__,
        top=design.modules[0].name,
        netlist_digest=digest,
        ports=design.ports,
        latency_cycles=design.latency_cycles,
        blocks=design.blocks,
        options=options,
        ff=design.ff,
        lut=lut,
        lut_packed=cells if options.primitives == XILINX else None,
        lut4=cells if options.primitives == LATTICE else None,
        files=files,
    )


def facts_of(
    netlist: Netlist, options: CircuitOptions, built: Netlist, output_names: Sequence[str]
) -> dict[str, Any]:
    """Entries that follow from the netlist and the options, however the Verilog is written."""
    decoder = netlist.decoder
    features: tuple[FeaturePlace, ...] = ()
    if options.encoder:
        live = np.flatnonzero(live_signals(netlist)[: netlist.inputs]).tolist()
        features = feature_places(plan_encoder(netlist, options, live))
    inputs, outputs = input_places(netlist), output_places(netlist, output_names)
    return {
        "netlist_name": netlist.name,
        "interface": interface_of(
            options,
            sum(place.width for place in features or inputs),
            decision_bits(netlist) if options.argmax else sum(place.width for place in outputs),
        ),
        "data_in": "in_features" if options.encoder else "in_codes",
        "data_out": "out_class" if options.argmax else "out_codes",
        "features": features,
        "categories": categories_of(netlist),
        "inputs": inputs,
        "outputs": outputs,
        "scores": _scores(decoder),
        "target": None if decoder is None else _target(decoder),
        "tie_rule": TIE_RULE,
        "table_rows": built.table_rows,
        "table_bits": built.table_bits,
        "dead_nodes": netlist.signals - built.signals,
        "provenance": dict(netlist.provenance),
    }


def _scores(decoder: Decoder | None) -> tuple[float, ...] | None:
    if decoder is None or decoder.scores.ndim != 1:
        return None
    return tuple(decoder.scores.tolist())


def _target(decoder: Decoder) -> dict[str, Any]:
    return {
        "kind": decoder.kind,
        "names": list(decoder.class_names),
        "thresholds": list(decoder.thresholds),
        "code_thresholds": list(decoder.code_thresholds),
    }


def _refuse_other_types(part: object) -> None:
    """Refuse a truth value, whole number or text that should be of another type.

    Raises:
        CircuitError: there is one.
    """
    for name, kinds in _PLAIN_FIELDS[type(part)].items():
        value = getattr(part, name)
        if type(value) not in kinds:
            raise CircuitError(
                f"the manifest is damaged: {name} is {value!r}, which is no "
                f"{' or '.join(kind.__name__ for kind in kinds)}"
            )


def _typed(entries: dict[str, Any]) -> dict[str, Any]:
    scores, options = entries["scores"], entries["options"]
    if options.get("words") is not None:
        options = options | {"words": read_words(options["words"])}
    return entries | {
        "blocks": tuple(Block(**entry) for entry in entries["blocks"]),
        "ports": tuple(Port(**entry) for entry in entries["ports"]),
        "interface": Interface(**entries["interface"]),
        "features": tuple(
            FeaturePlace(**entry | {"thresholds": tuple(entry["thresholds"])})
            for entry in entries["features"]
        ),
        "categories": tuple(
            CategoryPlace(
                **entry | {"features": tuple(entry["features"]), "values": tuple(entry["values"])}
            )
            for entry in entries["categories"]
        ),
        "inputs": tuple(_input_place(entry) for entry in entries["inputs"]),
        "outputs": tuple(OutputPlace(**entry) for entry in entries["outputs"]),
        "scores": None if scores is None else tuple(map(float, scores)),
        "options": CircuitOptions(**options),
        "files": tuple(FileEntry(**entry) for entry in entries["files"]),
    }


def _input_place(entry: dict[str, Any]) -> InputPlace:
    encoding = entry["encoding"]
    if encoding is not None:
        encoding = InputEncoding(
            encoding["feature"], tuple(encoding["thresholds"]), tuple(encoding["codes"])
        )
    return InputPlace(**entry | {"encoding": encoding})


def _plain_fields(kind: type[Any]) -> Mapping[str, tuple[type, ...]]:
    """Fields of a dataclass that are truth values, whole numbers or texts, and their types."""
    hints = {
        name: get_args(hint) if get_origin(hint) is UnionType else (hint,)
        for name, hint in get_type_hints(kind).items()
    }
    return {name: kinds for name, kinds in hints.items() if _PLAIN.issuperset(kinds)}


_PLAIN_FIELDS: Final[Mapping[type, Mapping[str, tuple[type, ...]]]] = {
    kind: _plain_fields(kind)
    for kind in (Manifest, CircuitOptions, Interface, Port, Block, FileEntry)
}
