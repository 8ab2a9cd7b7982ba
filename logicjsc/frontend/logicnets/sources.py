"""Files of Verilog, cut into modules without reading their insides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.model_files import read_model_text

_WHAT: Final = "file of Verilog"
_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
# What stays open ends with the text, so that many such places cost no more than one.
_BOUND: Final = re.compile(r"\bmodule\s+([A-Za-z_]\w*)|\bendmodule\b")
_CASE: Final = re.compile(r"\bcase\b.*?(?:\bendcase\b|\Z)", re.DOTALL)
_DIRECTIVE: Final = re.compile(r"`(?:timescale|default_nettype)\b[^\n]*")
_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_USUAL_TOP: Final = "logicnet"
_SHOWN: Final = 5
_LARGEST: Final = 1 << 29
"""Bytes of all files together; tables are most of them, and are read row by row."""


@dataclass(frozen=True)
class ModuleText:
    """A module as it stands in a file.

    Attributes:
        name: of the module.
        path: the file.
        line: on which it begins.
        text: from behind its name to before ``endmodule``, without comments.
    """

    name: str
    path: Path
    line: int
    text: str


class Sources:
    """The modules of a file or folder.

    A module that a single file lacks is looked for beside it, in the file of its name.

    Args:
        model: the file or folder.

    Raises:
        ImportedModelError: it cannot be read, is no Verilog, or two modules share a name.
    """

    def __init__(self, model: Path) -> None:
        self.model = model
        self._modules: dict[str, ModuleText] = {}
        self._is_folder = model.is_dir()
        files = sorted(model.glob("*.v")) if self._is_folder else [model]
        if not files:
            raise ImportedModelError(f"{model} holds no file of Verilog (*.v)")
        size = 0
        for file in files:
            size += file.stat().st_size if file.is_file() else 0
            if size > _LARGEST:
                raise ImportedModelError(
                    f"the files in {model} have more than {_LARGEST:,} bytes; give fewer"
                )
            self._take(file)
        if not self._modules:
            raise ImportedModelError(f"{model} is no Verilog: it holds no module")

    def module(self, name: str, reader: ModuleText | None = None) -> ModuleText:
        """A module.

        Raises:
            ImportedModelError: there is none; ``reader`` is the module that holds an instance.
        """
        if name not in self._modules and not self._is_folder:
            beside = self.model.with_name(f"{name}.v")
            if beside.is_file():
                self._take(beside)
        if name not in self._modules:
            held = f", which {reader.path} holds an instance of" if reader is not None else ""
            raise ImportedModelError(
                f"{self.model} has no module {name!r}{held}; give the folder that has its file"
            )
        return self._modules[name]

    def top(self, asked: str) -> ModuleText:
        """The top module: the one asked for, ``logicnet``, or the only one that none holds.

        Raises:
            ImportedModelError: there is none of that name, or several may be meant.
        """
        if asked or _USUAL_TOP in self._modules:
            return self.module(asked or _USUAL_TOP)
        held: set[str] = set()
        for module in self._modules.values():
            outside = _CASE.sub(" ", module.text)
            held |= self._modules.keys() & set(_WORD.findall(outside)) - {module.name}
        found = sorted(self._modules.keys() - held)
        if len(found) != 1:
            some = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
            why = f"may be any of {some}" if found else "is none, since each is held by another"
            raise ImportedModelError(f"the top module of {self.model} {why}; say which by top")
        return self._modules[found[0]]

    def _take(self, file: Path) -> None:
        text = read_model_text(file, _WHAT, _LARGEST)
        plain = _COMMENT.sub(lambda found: "\n" * found[0].count("\n") or " ", text)
        plain = _DIRECTIVE.sub("", plain)
        end = line = 0
        begin: re.Match[str] | None = None
        for found in _BOUND.finditer(plain):
            if (found[1] is None) != (begin is not None):
                break  # a module in a module, or an end without a beginning
            if begin is None:
                self._check_between(file, plain[end : found.start()], line)
                line += plain.count("\n", end, found.start())
                begin = found
            else:
                self._keep(ModuleText(begin[1], file, line + 1, plain[begin.end() : found.start()]))
                line += plain.count("\n", begin.start(), found.end())
                begin = None
            end = found.end()
        if begin is not None:
            raise ImportedModelError(
                f"{file}: line {line + 1}: module {begin[1]!r} has no end; the file is truncated"
            )
        self._check_between(file, plain[end:], line)

    def _keep(self, module: ModuleText) -> None:
        if module.name in self._modules:
            raise ImportedModelError(
                f"{module.path}: line {module.line}: module {module.name!r} is also in "
                f"{self._modules[module.name].path}; keep one of them"
            )
        self._modules[module.name] = module

    def _check_between(self, file: Path, text: str, line: int) -> None:
        if text.strip():
            place = line + 1 + text[: len(text) - len(text.lstrip())].count("\n")
            raise ImportedModelError(
                f"{file} is no {_WHAT} of this kind: {text.strip()[:30]!r} in line {place} is no "
                "module"
            )
