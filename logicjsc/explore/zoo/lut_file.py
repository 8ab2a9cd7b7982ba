"""LUT networks by the key of their task, as a small file beside a point.

Searching LUTs takes minutes, proving them takes a second. The file's content is not trusted:
mapping with it proves every network again and searches anew where one is missing or wrong.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.core.files import atomic_file, read_arrays
from logicjsc.map.lut_network import LUT_INPUTS, Lut, LutNetwork

_FORMAT: Final = 1


def save_luts(networks: Mapping[str, LutNetwork], path: Path) -> None:
    """Write networks atomically; equal ones give equal bytes."""
    keys = sorted(networks)
    chosen = [networks[key] for key in keys]
    luts = [lut for network in chosen for lut in network.luts]
    header = json.dumps({"format_version": _FORMAT, "keys": keys}).encode()
    sizes = [len(lut.inputs) for lut in luts]
    inputs = np.zeros((len(luts), LUT_INPUTS), np.int32)
    for row, lut in zip(inputs, luts, strict=True):
        row[: len(lut.inputs)] = lut.inputs
    outputs = [output for network in chosen for output in network.outputs]
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            allow_pickle=False,
            header=np.frombuffer(header, np.uint8),
            shapes=np.array(
                [(n.inputs, len(n.luts), len(n.outputs)) for n in chosen], np.int32
            ).reshape(-1, 3),
            sizes=np.array(sizes, np.uint8),
            inputs=inputs,
            tables=np.array([lut.table for lut in luts], np.uint64),
            outputs=np.array(outputs, np.int32),
        )


def load_luts(path: Path) -> dict[str, LutNetwork]:
    """Read networks.

    Raises:
        NetlistError: the file is missing, damaged or of another format.
    """
    try:
        arrays = read_arrays(path)
        header = json.loads(arrays["header"].tobytes())
        if header["format_version"] != _FORMAT:
            raise NetlistError(f"{path} has format {header['format_version']}, not {_FORMAT}")
        return dict(zip(header["keys"], _networks(arrays), strict=True))
    except (OSError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise NetlistError(f"{path} holds no LUTs, or is damaged ({error!r})") from error


def _networks(arrays: Mapping[str, Any]) -> list[LutNetwork]:
    luts = [
        Lut(tuple(row[:size]), table)
        for row, size, table in zip(
            arrays["inputs"].tolist(), arrays["sizes"].tolist(), arrays["tables"].tolist(),
            strict=True,
        )
    ]  # fmt: skip
    outputs = arrays["outputs"].tolist()
    built, lut, output = [], 0, 0
    for inputs, lut_count, output_count in arrays["shapes"].tolist():
        own = tuple(luts[lut : lut + lut_count])
        built.append(LutNetwork(inputs, own, tuple(outputs[output : output + output_count])))
        lut, output = lut + lut_count, output + output_count
    return built
