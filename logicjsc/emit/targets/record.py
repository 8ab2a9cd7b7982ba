"""``targets.json``: which targets were written beside a circuit, with which settings and files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from logicjsc.core.errors import CircuitError
from logicjsc.core.files import sha256_of
from logicjsc.core.settings import plain
from logicjsc.core.texts import NoTextError, read_plain
from logicjsc.dataset.samples import Array
from logicjsc.emit.targets.target import Job, in_order
from logicjsc.emit.verilog.circuit import Circuit

RECORD_FILE: Final = "targets.json"
RECORD_FORMAT: Final = 1


@dataclass(frozen=True)
class Written:
    """One target beside a circuit.

    Attributes:
        name: of the target.
        settings: its settings by key.
        files: SHA-256 by path within the circuit's folder.
    """

    name: str
    settings: Mapping[str, Any]
    files: Mapping[str, str]


def beside(
    wanted: Mapping[str, Mapping[str, Any]], features: Array | None = None
) -> Callable[[Circuit], None] | None:
    """What writes targets into the folder of a circuit that is being written; None for no target.

    Args:
        wanted: settings by key, by target.
        features: raw features of real samples, float32 ``[samples, features]``.

    Raises:
        ConfigError: there is no such target or setting.
    """
    ordered = in_order(wanted)
    if not ordered:
        return None

    def write(circuit: Circuit) -> None:
        records = []
        for name, (target, settings) in ordered.items():
            contents = target.files(Job(circuit, settings, features))
            digests = {
                path: _write(circuit.directory, name, path, content)
                for path, content in contents.items()
            }
            records.append(Written(name, plain(settings), digests))
        saved = {
            "format_version": RECORD_FORMAT,
            "netlist_digest": circuit.manifest.netlist_digest,
            "targets": [asdict(record) for record in records],
        }
        text = json.dumps(saved, indent=2, allow_nan=False) + "\n"
        (circuit.directory / RECORD_FILE).write_text(text, encoding="ascii")

    return write


def written_targets(circuit: Circuit, *, unchanged: bool = True) -> tuple[Written, ...]:
    """Targets that lie beside a circuit.

    Args:
        circuit: the circuit.
        unchanged: refuse files that are not what was written.

    Raises:
        CircuitError: the record is damaged or of another netlist, or a file is missing or changed.
    """
    place = circuit.directory / RECORD_FILE
    try:
        saved = json.loads(read_plain(place))
        if saved["format_version"] != RECORD_FORMAT:
            raise CircuitError(f"{place} has another format; write the circuit again")
        records = tuple(Written(**entry) for entry in saved["targets"])
        paths = {path: digest for record in records for path, digest in record.files.items()}
        digest = saved["netlist_digest"]
    except FileNotFoundError:
        return ()
    except (OSError, NoTextError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise CircuitError(f"{place} is damaged ({error!r}); write the circuit again") from error
    if digest != circuit.manifest.netlist_digest:
        raise CircuitError(f"{place} belongs to another netlist; write the circuit again")
    for path, expected in paths.items():
        _refuse_odd(path)
        try:
            found = sha256_of(circuit.directory / path)
        except OSError as error:
            raise CircuitError(f"{circuit.directory} lacks {path}; write it again") from error
        if unchanged and found != expected:
            raise CircuitError(
                f"{circuit.directory / path} was changed since logicjsc wrote it; write the "
                "circuit again"
            )
    return records


def _write(folder: Path, target: str, path: str, content: str | bytes) -> str:
    """Write one file of a target; its SHA-256."""
    _refuse_odd(path)
    place = folder / path
    if place.exists():
        raise CircuitError(f"target {target} writes {path}, which the circuit has already")
    place.parent.mkdir(parents=True, exist_ok=True)
    # Bytes, so that line ends are the same everywhere.
    data = content.encode() if isinstance(content, str) else content
    place.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def _refuse_odd(path: object) -> None:
    if not isinstance(path, str) or PurePosixPath(path).is_absolute() or ".." in path.split("/"):
        raise CircuitError(f"{path!r} is no path within a circuit's folder")
