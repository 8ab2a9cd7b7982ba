"""Universal Binary JSON, as XGBoost saves it by default."""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import ImportedModelError

_NUMBERS: Final = {
    key.encode(): dtype
    for key, dtype in zip(
        "i U I l L d D".split(), ">i1 >u1 >i2 >i4 >i8 >f4 >f8".split(), strict=True
    )
}
_CONSTANTS: Final = {b"Z": None, b"T": True, b"F": False}
_DEEPEST: Final = 64


def read_ubj(content: bytes) -> Any:  # noqa: ANN401 - anything that JSON can hold
    """What a UBJSON document holds; arrays of one type become numpy arrays.

    Raises:
        ImportedModelError: it is none, is truncated, or is nested too deeply.
    """
    reader = _Reader(content)
    try:
        found = reader.value(reader.take(1), 0)
    except (struct.error, UnicodeDecodeError, RecursionError) as error:
        raise ImportedModelError("it is no Universal Binary JSON; save it as JSON") from error
    if reader.at != len(content):
        raise ImportedModelError("something follows the end of its document; save it again")
    return found


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.content):
            raise ImportedModelError("it ends too early, or says a wrong length; save it again")
        self.at += count
        return self.content[self.at - count : self.at]

    def value(self, kind: bytes, depth: int) -> Any:  # noqa: ANN401 - as above
        if depth > _DEEPEST:
            raise ImportedModelError(f"it is nested deeper than {_DEEPEST} levels; save it again")
        if kind in _NUMBERS:
            dtype = np.dtype(_NUMBERS[kind])
            return np.frombuffer(self.take(dtype.itemsize), dtype)[0].item()
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind == b"C":
            return self.take(1).decode("ascii")
        if kind == b"S":
            return self.text()
        if kind == b"[":
            return self.array(depth)
        if kind == b"{":
            return self.table(depth)
        raise ImportedModelError(f"byte {self.at - 1} begins nothing that UBJSON knows")

    def text(self) -> str:
        return self.take(self.length()).decode("utf-8")

    def length(self) -> int:
        found = self.value(self.take(1), 0)
        if type(found) is not int:
            raise ImportedModelError("a length is no whole number; save it again")
        return found

    def peek(self, marker: bytes) -> bool:
        """Whether a marker comes next; it is taken if it does."""
        if self.content[self.at : self.at + 1] != marker:
            return False
        self.at += 1
        return True

    def array(self, depth: int) -> Any:  # noqa: ANN401 - a list or an array
        kind = self.take(1) if self.peek(b"$") else b""
        if self.peek(b"#"):
            count = self.length()
            if kind in _NUMBERS:
                dtype = np.dtype(_NUMBERS[kind])
                return np.frombuffer(self.take(count * dtype.itemsize), dtype)
            if kind:
                raise ImportedModelError("an array of one type holds no numbers; save it as JSON")
            if count > len(self.content) - self.at:
                raise ImportedModelError("it ends too early, or says a wrong length; save it again")
            return [self.value(self.take(1), depth + 1) for _ in range(count)]
        found = []
        while not self.peek(b"]"):
            found.append(self.value(self.take(1), depth + 1))
        return found

    def table(self, depth: int) -> dict[str, Any]:
        if self.content[self.at : self.at + 1] in {b"$", b"#"}:
            raise ImportedModelError("a table says its size ahead; save the model as JSON")
        found = {}
        while not self.peek(b"}"):
            key = self.text()
            found[key] = self.value(self.take(1), depth + 1)
        return found
