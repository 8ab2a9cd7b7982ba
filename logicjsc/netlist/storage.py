"""Netlists as files: an ``.npz`` with a JSON header, and the digest that ties artefacts together.

The header lists the layers; array ``<i>.<field>`` belongs to layer ``i``. Loading never executes
code: pickled arrays are refused, and everything is validated as if built by hand.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.core.files import atomic_file, read_arrays
from logicjsc.netlist.codec import Decoder, Encoder, read_words
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array, Layer, SumLayer, TableLayer

FORMAT_VERSION: Final = 1

_KINDS: Final[dict[str, type[TableLayer | SumLayer]]] = {"table": TableLayer, "sum": SumLayer}

_WRAPS: Final = "wraps"
"""Array of sum layers that is left out if nothing wraps."""


def digest_of(netlist: Netlist) -> str:
    """SHA-256, in hexadecimal, of everything but the provenance."""
    header, arrays = _disassemble(netlist)
    header.pop("provenance")
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name}:{array.dtype.str}:{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def save_netlist(netlist: Netlist, path: Path) -> None:
    """Write a netlist atomically; equal netlists give equal bytes."""
    header, arrays = _disassemble(netlist)
    text = json.dumps(header, sort_keys=True).encode()
    # A stream, not a name: numpy would append ".npz" to the temporary file's.
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream, allow_pickle=False, header=np.frombuffer(text, np.uint8), **arrays
        )


def load_netlist(path: Path) -> Netlist:
    """Read and validate a netlist.

    Raises:
        NetlistError: the file is missing, damaged, of another format, or breaks a rule.
    """
    try:
        arrays = read_arrays(path)
    except FileNotFoundError as error:
        raise NetlistError(f"there is no netlist {path}") from error
    except (OSError, ValueError) as error:
        raise NetlistError(f"{path} is not a netlist, or is damaged ({error})") from error
    try:
        header = json.loads(arrays.pop("header").tobytes())
        if header["format_version"] != FORMAT_VERSION:
            raise NetlistError(
                f"{path} has netlist format {header['format_version']}; this version of logicjsc "
                f"reads format {FORMAT_VERSION}"
            )
        return _assemble(header, arrays)
    except (
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise NetlistError(f"{path} is not a netlist: {error!r}") from error
    except NetlistError as error:
        raise NetlistError(f"{path}: {error}") from error


def _disassemble(netlist: Netlist) -> tuple[dict[str, Any], dict[str, Array]]:
    arrays: dict[str, Array] = {
        "input.widths": netlist.input_widths,
        "input.signed": netlist.input_signed,
        "outputs": netlist.outputs,
    }
    layers = []
    for index, layer in enumerate(netlist.layers):
        kind = "table" if isinstance(layer, TableLayer) else "sum"
        layers.append({"kind": kind, "name": layer.name, "stage": layer.stage})
        arrays |= {f"{index}.{name}": array for name, array in _arrays_of(layer, kind).items()}
    header: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "name": netlist.name,
        "input_names": list(netlist.input_names),
        "layers": layers,
        "provenance": dict(netlist.provenance),
    }
    if netlist.encoder is not None:
        header["feature_names"] = list(netlist.encoder.feature_names)
        for name in ("features", "thresholds", "codes"):
            arrays[f"encoder.{name}"] = getattr(netlist.encoder, name)
        # Absent rather than empty, so that a netlist without words has the digest it always had.
        if netlist.encoder.words is not None:
            header["feature_words"] = netlist.encoder.words.to_dict()
    if netlist.decoder is not None:
        header["class_names"] = list(netlist.decoder.class_names)
        header["decoder_signed"] = netlist.decoder.signed
        arrays["decoder.scores"] = netlist.decoder.scores
        # Absent of classes, whose netlists keep their digest.
        if netlist.decoder.kind != "classes":
            header["decoder_kind"] = netlist.decoder.kind
            header["decoder_thresholds"] = list(netlist.decoder.thresholds)
    return header, arrays


def _assemble(header: dict[str, Any], arrays: dict[str, Array]) -> Netlist:
    for key in ("input_names", "feature_names", "class_names"):
        wrong = [name for name in header.get(key, ()) if not isinstance(name, str)]
        if wrong:
            raise NetlistError(f"{key} holds {wrong[0]!r}, which is no name; write names as text")
    layers: list[Layer] = []
    for index, entry in enumerate(header["layers"]):
        kind = str(entry["kind"])
        parts = {
            name: arrays[f"{index}.{name}"]
            for name in _array_fields(kind)
            if name != _WRAPS or f"{index}.{name}" in arrays
        }
        layers.append(_KINDS[kind](name=str(entry["name"]), stage=int(entry["stage"]), **parts))
    encoder = decoder = None
    if "feature_names" in header:
        encoder = Encoder(
            _names(header["feature_names"]),
            arrays["encoder.features"],
            arrays["encoder.thresholds"],
            arrays["encoder.codes"],
            read_words(header["feature_words"]) if "feature_words" in header else None,
        )
    if "class_names" in header:
        decoder = Decoder(
            _names(header["class_names"]),
            arrays["decoder.scores"],
            bool(header["decoder_signed"]),
            header.get("decoder_kind", "classes"),
            tuple(map(float, header.get("decoder_thresholds", ()))),
        )
    return Netlist(
        name=str(header["name"]),
        input_names=_names(header["input_names"]),
        input_widths=arrays["input.widths"],
        input_signed=arrays["input.signed"],
        layers=tuple(layers),
        outputs=arrays["outputs"],
        encoder=encoder,
        decoder=decoder,
        provenance={str(key): str(value) for key, value in header["provenance"].items()},
    )


def _names(saved: object) -> tuple[str, ...]:
    """Names, which are texts: whoever joins or compares them counts on it."""
    if not isinstance(saved, list) or not all(isinstance(name, str) for name in saved):
        raise TypeError("names must be a list of texts")
    return tuple(saved)


def _arrays_of(layer: Layer, kind: str) -> dict[str, Array]:
    """Arrays of a layer as they are written.

    Those of sums that neither wrap nor drop bits are as they always were, and so is the digest.
    """
    arrays = {name: getattr(layer, name) for name in _array_fields(kind)}
    if isinstance(layer, SumLayer):
        if not layer.wraps.any():
            del arrays[_WRAPS]
        if (layer.shifts >= 0).all():
            arrays["shifts"] = layer.shifts.astype(np.uint8)
    return arrays


def _array_fields(kind: str) -> list[str]:
    return [field.name for field in fields(_KINDS[kind]) if field.name not in {"name", "stage"}]
