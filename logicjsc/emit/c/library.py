"""Directories of C code: written whole, and refused when their parts do not belong together."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from logicjsc import __version__
from logicjsc.core.errors import LibraryError, NetlistError
from logicjsc.core.files import atomic_directory
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.texts import read_json
from logicjsc.emit.c.c_text import DIGEST_LINE, header_text, input_codes, output_codes, source_text
from logicjsc.emit.c.program import compile_netlist
from logicjsc.emit.hdl.names import identifier
from logicjsc.map.lut_network import LutNetwork
from logicjsc.netlist import Netlist, digest_of, load_netlist, save_netlist
from logicjsc.netlist.passes import drop_dead_nodes

LIBRARY_FILE: Final = "library.json"
LIBRARY_FORMAT: Final = 1

_NETLIST_FILE: Final = "netlist.npz"


@dataclass(frozen=True)
class LibraryFacts:
    """Contents of ``library.json``.

    Attributes:
        format_version: format of the file.
        logicjsc_version: version that wrote the code.
        name: prefix of the public functions; the files are ``<name>.c`` and ``<name>.h``.
        netlist_name: name of the netlist.
        netlist_digest: digest of ``netlist.npz``, also in the C files.
        code_type: C type of the codes that go in.
        result_type: C type of the codes that come out.
        gates: operations of up to three inputs.
    """

    format_version: int
    logicjsc_version: str
    name: str
    netlist_name: str
    netlist_digest: str
    code_type: str
    result_type: str
    gates: int


@dataclass(frozen=True)
class Library:
    """A directory of C code.

    Attributes:
        directory: where it is.
        facts: what its ``library.json`` says.
        netlist: the netlist it stands for.
    """

    directory: Path
    facts: LibraryFacts
    netlist: Netlist

    @property
    def source(self) -> Path:
        """The C file."""
        return self.directory / f"{self.facts.name}.c"

    @property
    def header(self) -> Path:
        """The header for programs that call it."""
        return self.directory / f"{self.facts.name}.h"


def write_library(
    netlist: Netlist,
    directory: Path,
    luts: Sequence[LutNetwork | None],
    on_progress: OnProgress = silent,
) -> Library:
    """Write a netlist as C, with everything needed to use and to verify it.

    Args:
        netlist: the network.
        directory: written as a whole; a library that is already there is replaced.
        luts: see `compile_netlist`, of the netlist without its dead nodes.
        on_progress: told of finished layers.

    Raises:
        NetlistError: the netlist has no inputs or no outputs.
        OutputError: ``directory`` holds something else, or cannot be written.
    """
    program = compile_netlist(drop_dead_nodes(netlist), luts, on_progress)
    digest = digest_of(netlist)
    facts = LibraryFacts(
        format_version=LIBRARY_FORMAT,
        logicjsc_version=__version__,
        name=identifier(netlist.name),
        netlist_name=netlist.name,
        netlist_digest=digest,
        code_type=input_codes(netlist).c_type,
        result_type=output_codes(netlist).c_type,
        gates=len(program.operations),
    )
    library = Library(directory, facts, netlist)
    with atomic_directory(directory, LIBRARY_FILE) as temporary:
        texts = {
            library.source.name: source_text(facts.name, netlist, program, digest),
            library.header.name: header_text(facts.name, netlist, digest),
            LIBRARY_FILE: json.dumps(asdict(facts), indent=2) + "\n",
        }
        for name, text in texts.items():
            (temporary / name).write_bytes(text.encode("ascii"))
        save_netlist(netlist, temporary / _NETLIST_FILE)
    return library


def load_library(directory: Path) -> Library:
    """Read a directory of C code.

    Raises:
        LibraryError: a file is missing or damaged, or the netlist digests of ``library.json``,
            netlist and C differ.
    """
    facts = _facts(directory / LIBRARY_FILE)
    try:
        netlist = load_netlist(directory / _NETLIST_FILE)
    except NetlistError as error:
        raise LibraryError(f"the library's netlist cannot be used: {error}") from error
    library = Library(directory, facts, netlist)
    digests = {path: _digest_in(path) for path in (library.source, library.header)}
    digests[directory / _NETLIST_FILE] = digest_of(netlist)
    for path, digest in digests.items():
        if digest != facts.netlist_digest:
            raise LibraryError(
                f"{path} belongs to netlist {digest[:12]}, {LIBRARY_FILE} to "
                f"{facts.netlist_digest[:12]}; write the library again"
            )
    return library


def _facts(path: Path) -> LibraryFacts:
    try:
        entries = read_json(path)
        facts = LibraryFacts(**entries)
        for entry in fields(LibraryFacts):
            value = getattr(facts, entry.name)
            wanted = int if entry.type == "int" else str
            if type(value) is not wanted:
                raise TypeError(f"{entry.name} = {value!r}")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise LibraryError(f"{path.parent} is no C library: it has no {LIBRARY_FILE}") from error
    except (OSError, ValueError, TypeError) as error:
        raise LibraryError(f"{path} is damaged ({error}); write the library again") from error
    if facts.format_version != LIBRARY_FORMAT:
        raise LibraryError(
            f"{path} has format {facts.format_version!r}; this version of logicjsc reads format "
            f"{LIBRARY_FORMAT}; write the library again"
        )
    # The name becomes part of paths and of symbols.
    if not re.fullmatch(r"[A-Za-z]\w*", str(facts.name), re.ASCII):
        raise LibraryError(f"{path} names the library {facts.name!r}; write the library again")
    return facts


def _digest_in(path: Path) -> str:
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryError(f"{path} cannot be read ({error}); write the library again") from error
    match = re.search(rf"^{DIGEST_LINE}([0-9a-f]{{64}})$", text, re.MULTILINE)
    if match is None:
        raise LibraryError(f"{path} has no netlist digest in its header; write the library again")
    return match.group(1)
