"""Random small changes of emitted Verilog and manifests, the same for a seed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

_COMMENT = re.compile(r"//[^\n]*")
_WORD = re.compile(r"(?<![\w'\\])[A-Za-z_]\w*")
_KEYWORDS = {
    "module", "endmodule", "input", "output", "wire", "reg", "assign", "localparam", "parameter",
    "always", "begin", "end", "if", "else", "posedge", "genvar", "generate", "endgenerate", "for",
    "signed",
}  # fmt: skip
_OPERATORS = {
    "+": "-", "-": "+", ">=": ">", " > ": " >= ", "==": "!=", "!=": "==", "&": "|", "|": "&",
    "^": "|", "<=": "=", "~": "", "!": "", "posedge": "negedge", "1'b0": "1'b1", "1'b1": "1'b0",
    "?": "&& !", "$signed": "", "signed ": "",
}  # fmt: skip


def change_verilog(folder: Path, rng: np.random.Generator) -> str:
    """Change one Verilog file of a circuit in one place, comments apart; what was done."""
    files = sorted(path for path in folder.iterdir() if path.suffix == ".v")
    path = files[int(rng.integers(len(files)))]
    text = path.read_text(encoding="ascii")
    for _ in range(100):
        kind = _KINDS[int(rng.integers(len(_KINDS)))]
        changed = kind(text, rng)
        if _COMMENT.sub("", changed).split() != _COMMENT.sub("", text).split():
            path.write_text(changed, encoding="ascii")
            return f"{path.name}: {_difference(text, changed)}"
    raise ValueError("nothing can be changed")


def change_manifest(folder: Path, rng: np.random.Generator) -> str:
    """Give one entry of a circuit's manifest another value; what was done."""
    path = folder / "manifest.json"
    text = path.read_text(encoding="ascii")
    entries = json.loads(text)
    places = list(_leaves(entries))
    while True:
        holder, key = places[int(rng.integers(len(places)))]
        old = holder[key]
        holder[key] = _other(old, rng)
        if json.dumps(holder[key]) != json.dumps(old):
            changed = json.dumps(entries, indent=2) + "\n"
            path.write_text(changed, encoding="ascii")
            return f"manifest.json: {_difference(text, changed)}"


def replaced(text: str, pattern: str, replacement: str) -> str:
    """A text with the first match of a pattern outside comments replaced.

    Raises:
        ValueError: there is none.
    """
    match = re.search(pattern, _without_comments(text))
    if match is None:
        raise ValueError(f"there is no {pattern}")
    return _put(text, match, match.expand(replacement))


def _difference(old: str, new: str) -> str:
    start = next(
        (place for place, (a, b) in enumerate(zip(old, new, strict=False)) if a != b),
        min(len(old), len(new)),
    )
    first = max(0, start - 30)
    return f"{old[first : start + 30]!r} -> {new[first : start + 30]!r}"


def _without_comments(text: str) -> str:
    """The text with spaces in the place of comments."""
    return _COMMENT.sub(lambda match: " " * len(match[0]), text)


def _at(text: str, pattern: str, rng: np.random.Generator) -> re.Match[str] | None:
    found = list(re.finditer(pattern, _without_comments(text)))
    return found[int(rng.integers(len(found)))] if found else None


def _put(text: str, match: re.Match[str] | None, new: str) -> str:
    return text if match is None else text[: match.start()] + new + text[match.end() :]


def _number(text: str, rng: np.random.Generator) -> str:
    match = _at(text, r"(?<![\w'])\d+(?!\w)|(?<='d)\d+", rng)
    step = int(rng.choice([-1, 1]))
    return text if match is None else _put(text, match, str(max(0, int(match[0]) + step)))


def _digit(text: str, rng: np.random.Generator) -> str:
    match = _at(text, r"(?<='h)[0-9a-f_]+", rng)
    if match is None:
        return text
    places = [place for place, digit in enumerate(match[0]) if digit != "_"]
    place = places[int(rng.integers(len(places)))]
    digit = int(match[0][place], 16) ^ (1 << int(rng.integers(4)))
    return _put(text, match, f"{match[0][:place]}{digit:x}{match[0][place + 1 :]}")


def _operator(text: str, rng: np.random.Generator) -> str:
    old = list(_OPERATORS)[int(rng.integers(len(_OPERATORS)))]
    return _put(text, _at(text, re.escape(old), rng), _OPERATORS[old])


def _names(text: str) -> list[re.Match[str]]:
    return [match for match in _WORD.finditer(_without_comments(text)) if match[0] not in _KEYWORDS]


def _name(text: str, rng: np.random.Generator) -> str:
    found = _names(text)
    here, there = (found[int(number)] for number in rng.integers(len(found), size=2))
    return _put(text, here, there[0])


def _neighbours(text: str, rng: np.random.Generator) -> str:
    match = _at(text, r"(\w+(?:\[[\d:]+\])?), (\w+(?:\[[\d:]+\])?)", rng)
    return text if match is None else _put(text, match, f"{match[2]}, {match[1]}")


def _slice(text: str, rng: np.random.Generator) -> str:
    """A slice of as many bits beside its place."""
    match = _at(text, r"(?<=\w)\[(\d+):(\d+)\]", rng)
    if match is None:
        return text
    step = 1 if match[2] == "0" else int(rng.choice([-1, 1]))
    return _put(text, match, f"[{int(match[1]) + step}:{int(match[2]) + step}]")


def _line(text: str, rng: np.random.Generator) -> str:
    lines = text.split("\n")
    place = int(rng.integers(len(lines) - 1))
    action = int(rng.integers(3))
    if action == 0:
        del lines[place]
    elif action == 1:
        lines.insert(place, lines[place])
    else:
        lines[place : place + 2] = lines[place : place + 2][::-1]
    return "\n".join(lines)


_KINDS: tuple[Callable[[str, np.random.Generator], str], ...] = (
    _number, _digit, _operator, _name, _neighbours, _slice, _line,
)  # fmt: skip


def _leaves(entries: Any):
    pairs = entries.items() if isinstance(entries, dict) else enumerate(entries)
    for key, value in list(pairs):
        if isinstance(value, (dict, list)) and value:
            yield from _leaves(value)
        else:
            yield entries, key


def _other(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + int(rng.choice([-1, 1]))
    if isinstance(value, float):
        return value + float(rng.choice([-0.5, 0.5]))
    if isinstance(value, str):
        return f"{value}x" if rng.integers(2) else value[:-1]
    return 1 if value is None else None
