"""Ways in which a file on disk goes wrong."""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

HTML_PAGE = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>\n"


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """``content`` cut short, with bytes added, or with a few bytes changed."""
    kind = draw(st.sampled_from(("cut", "extended", "changed")))
    if kind == "cut":
        return content[: draw(st.integers(0, len(content) - 1))]
    if kind == "extended":
        return content + draw(st.binary(min_size=1, max_size=40))
    result = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(content) - 1))
        result[place] ^= draw(st.integers(1, 255))
    return bytes(result)


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, evidence: Path) -> None:
        self.evidence = evidence

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.evidence,)


def trapped_array(evidence: Path) -> np.ndarray[Any, Any]:
    """An array whose loading with pickle would create ``evidence``; checks that it would."""
    trap = np.array([Trap(evidence)], dtype=object)
    pickle.loads(pickle.dumps(trap))  # noqa: S301 - shows that the trap works
    assert evidence.exists()
    evidence.unlink()
    return trap


def archive_bytes(arrays: dict[str, Any], *, compressed: bool = True) -> bytes:
    """An ``.npz`` archive in memory."""
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **arrays)
    return stream.getvalue()


def with_member(content: bytes, name: str, data: bytes) -> bytes:
    """The archive ``content`` with the bytes of one member replaced, checksum and all."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for member in old.namelist():
            new.writestr(member, data if member == name else old.read(member))
    return stream.getvalue()
