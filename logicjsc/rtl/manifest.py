"""``manifest.json``: what a program or a person needs to drive a circuit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from logicjsc import __version__
from logicjsc.errors import CircuitError
from logicjsc.netlist import Decoder, Encoder, Netlist
from logicjsc.rtl.options import CircuitOptions
from logicjsc.rtl.plan import Bus

MANIFEST_FORMAT: Final = 1

TIE_RULE: Final = "lowest class index wins"


@dataclass(frozen=True)
class InputEncoding:
    """How a raw feature becomes an input code; see `logicjsc.netlist.Encoder`.

    Attributes:
        feature: name of the raw feature.
        thresholds: ascending; the number of thresholds reached selects the code.
        codes: one code more than there are thresholds.
    """

    feature: str
    thresholds: tuple[float, ...]
    codes: tuple[int, ...]


@dataclass(frozen=True)
class InputPlace:
    """Bits of ``in_codes`` that carry one input."""

    name: str
    msb: int
    lsb: int
    width: int
    signed: bool
    encoding: InputEncoding | None = None


@dataclass(frozen=True)
class OutputPlace:
    """Bits of ``out_codes`` that carry one output.

    ``scale`` turns the code's value into the class score, if one factor does.
    """

    name: str
    msb: int
    lsb: int
    width: int
    signed: bool
    scale: float | None = None


@dataclass(frozen=True)
class Port:
    """A port of the top module."""

    name: str
    direction: str
    width: int


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
        inputs: port map of ``in_codes``.
        outputs: port map of ``out_codes``.
        scores: class score by output code, if there is a decoder.
        tie_rule: how equal class scores are decided.
        latency_cycles: clock cycles from input to output.
        options: where the circuit has registers.
        table_rows: truth-table rows in the Verilog.
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
    inputs: tuple[InputPlace, ...]
    outputs: tuple[OutputPlace, ...]
    scores: tuple[float, ...] | None
    tie_rule: str
    latency_cycles: int
    options: CircuitOptions
    table_rows: int
    table_bits: int
    dead_nodes: int
    provenance: Mapping[str, str]
    files: tuple[FileEntry, ...]

    def to_json(self) -> str:
        """Text of ``manifest.json``."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=True, allow_nan=False) + "\n"

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
            return cls(**_typed(entries))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CircuitError(f"the manifest is damaged ({error!r})") from error


def describe(
    netlist: Netlist,
    *,
    top: str,
    digest: str,
    latency_cycles: int,
    options: CircuitOptions,
    built: Netlist,
    files: tuple[FileEntry, ...],
    output_names: tuple[str, ...],
) -> Manifest:
    """Manifest of a circuit.

    Args:
        netlist: the netlist the circuit stands for.
        top: name of the top module.
        digest: the netlist's digest.
        latency_cycles: number of register ranks.
        options: where the circuit has registers.
        built: the netlist without its dead nodes.
        files: files of the directory.
        output_names: names of the outputs, used without a decoder.
    """
    decoder = netlist.decoder
    inputs, outputs = _inputs(netlist), _outputs(netlist, output_names)
    ports = (
        *((Port("clk", "input", 1), Port("rst", "input", 1)) if latency_cycles else ()),
        Port("in_valid", "input", 1),
        Port("in_codes", "input", inputs[-1].msb + 1),
        Port("out_valid", "output", 1),
        Port("out_codes", "output", outputs[-1].msb + 1),
    )
    return Manifest(
        format_version=MANIFEST_FORMAT,
        logicjsc_version=__version__,
        top=top,
        netlist_name=netlist.name,
        netlist_digest=digest,
        ports=ports,
        inputs=inputs,
        outputs=outputs,
        scores=None if decoder is None else tuple(decoder.scores.tolist()),
        tie_rule=TIE_RULE,
        latency_cycles=latency_cycles,
        options=options,
        table_rows=built.table_rows,
        table_bits=built.table_bits,
        dead_nodes=netlist.signals - built.signals,
        provenance=dict(netlist.provenance),
        files=files,
    )


def _inputs(netlist: Netlist) -> tuple[InputPlace, ...]:
    bus = Bus.of("in_codes", range(netlist.inputs), netlist)
    places = []
    for index, (name, lsb) in enumerate(zip(netlist.input_names, bus.lsbs, strict=True)):
        width = int(netlist.input_widths[index])
        encoding = None if netlist.encoder is None else _encoding(netlist.encoder, index)
        signed = bool(netlist.input_signed[index])
        places.append(InputPlace(name, lsb + width - 1, lsb, width, signed, encoding))
    return tuple(places)


def _encoding(encoder: Encoder, index: int) -> InputEncoding:
    thresholds = encoder.thresholds[index]
    used = thresholds[np.isfinite(thresholds)]
    return InputEncoding(
        encoder.feature_names[int(encoder.features[index])],
        tuple(used.tolist()),
        tuple(encoder.codes[index, : used.size + 1].tolist()),
    )


def _outputs(netlist: Netlist, names: tuple[str, ...]) -> tuple[OutputPlace, ...]:
    decoder = netlist.decoder
    signals = netlist.outputs.tolist()
    bus = Bus.of("out_codes", signals, netlist)
    scale = None if decoder is None else _scale(decoder)
    chosen = names if decoder is None else decoder.class_names
    places = []
    for name, signal, lsb in zip(chosen, signals, bus.lsbs, strict=True):
        width = int(netlist.widths[signal])
        signed = bool(netlist.signed[signal])
        places.append(OutputPlace(name, lsb + width - 1, lsb, width, signed, scale))
    return tuple(places)


def _scale(decoder: Decoder) -> float | None:
    """The factor between code value and score, if every score is that multiple in float32."""
    size = decoder.scores.size
    values = np.arange(size, dtype=np.int64)
    if decoder.signed:
        values[size // 2 :] -= size
    scale = np.float32(decoder.scores[1]) if size > 1 else np.float32(0)
    if decoder.signed and size == 2:  # noqa: PLR2004 -- one signed bit: the values 0 and -1
        scale = -scale
    exact = (values.astype(np.float32) * scale == decoder.scores).all()
    return float(scale) if exact else None


def _typed(entries: dict[str, Any]) -> dict[str, Any]:
    scores = entries["scores"]
    return entries | {
        "ports": tuple(Port(**entry) for entry in entries["ports"]),
        "inputs": tuple(_input_place(entry) for entry in entries["inputs"]),
        "outputs": tuple(OutputPlace(**entry) for entry in entries["outputs"]),
        "scores": None if scores is None else tuple(map(float, scores)),
        "options": CircuitOptions(**entries["options"]),
        "files": tuple(FileEntry(**entry) for entry in entries["files"]),
    }


def _input_place(entry: dict[str, Any]) -> InputPlace:
    encoding = entry["encoding"]
    if encoding is not None:
        encoding = InputEncoding(
            encoding["feature"], tuple(encoding["thresholds"]), tuple(encoding["codes"])
        )
    return InputPlace(**entry | {"encoding": encoding})
