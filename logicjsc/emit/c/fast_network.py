"""A compiled network, called from Python. Needs numpy and a C compiler, nothing else."""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import LibraryError, NetlistError, OutputError, ToolFailedError
from logicjsc.core.programs import Tool
from logicjsc.core.shared_library import opened_library
from logicjsc.core.trust import why_unsafe
from logicjsc.emit.c.compilation import compile_library
from logicjsc.emit.c.library import Library, load_library
from logicjsc.netlist import Decoder, Netlist
from logicjsc.netlist.evaluate import check_codes
from logicjsc.netlist.layers import code_dtype
from logicjsc.netlist.scoring import codes_of

Array: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class FastNetwork:
    """A network as machine code of this processor.

    Attributes:
        library: the directory of C code that it was compiled from.
        program: the shared library.
    """

    library: Library
    program: Path

    @classmethod
    def open(
        cls, directory: str | Path, *, cxx: Tool | None = None, cache: Path | None = None
    ) -> FastNetwork:
        """Compile what ``logicjsc export-c`` wrote, or find it compiled already.

        Args:
            directory: the directory that was written.
            cxx: the compiler; by default ``$CXX``, else ``g++``, else ``clang++``.
            cache: directory of finished libraries; by default logicjsc's.

        Raises:
            LibraryError: the directory is incomplete, its parts do not belong together, or somebody
                else could have written them.
            ToolError: the compiler is missing, fails or takes too long.
        """
        return cls.compiled(load_library(Path(directory)), cxx=cxx, cache=cache)

    @classmethod
    def compiled(
        cls, library: Library, *, cxx: Tool | None = None, cache: Path | None = None
    ) -> FastNetwork:
        """See `open`, of a directory that was read already."""
        reason = why_unsafe(library.source, group=True)
        if reason is not None:
            raise LibraryError(f"{library.source} is not compiled and run, because {reason}")
        program = compile_library(library.source.read_bytes(), cxx, cache)
        network = cls(library, program)
        found = network._digest()
        if found != library.facts.netlist_digest:
            raise LibraryError(
                f"{library.source} was made from netlist {found[:12]}, its header says "
                f"{library.facts.netlist_digest[:12]}; write the library again"
            )
        return network

    @property
    def netlist(self) -> Netlist:
        """The netlist that the network realises."""
        return self.library.netlist

    def evaluate(self, codes: Array, *, threads: int = 1) -> Array:
        """Output codes of input codes.

        Fastest on a contiguous array of the smallest unsigned type that holds every input, which
        is checked while it is read; others are checked and copied first.

        Args:
            codes: input codes, non-negative integers ``[samples, inputs]``.
            threads: share the samples between so many threads.

        Returns:
            Output codes ``[samples, outputs]`` of the smallest unsigned type that holds them.

        Raises:
            NetlistError: ``codes`` has another shape or type, or a code does not fit its input's
                width.
        """
        is_fast = isinstance(codes, np.ndarray) and codes.dtype == self._code_dtype
        if not is_fast or codes.shape[1:] != (self.netlist.inputs,):
            codes = check_codes(self.netlist, codes)
        rows = np.ascontiguousarray(codes, self._code_dtype)
        results = np.empty((len(rows), len(self.netlist.outputs)), self._result_dtype)
        bounds = self._bounds(len(rows), threads)
        parts = [slice(*pair) for pair in pairwise(bounds)]
        if len(parts) == 1:
            wrong = [self._run(rows, results)]
        else:
            with ThreadPoolExecutor(threads) as pool:
                wrong = list(pool.map(lambda part: self._run(rows[part], results[part]), parts))
        if any(wrong):
            check_codes(self.netlist, rows)  # says where
        return results

    def scores(self, features: Any, *, threads: int = 1) -> Array:  # noqa: ANN401 - see `classify`
        """Scores of raw features ``[samples, features]``, float32 ``[samples, outputs]``.

        Raises:
            NetlistError, DataError: see `classify`.
        """
        return self._decoder.decode(self._of_features(features, threads))

    def classify(self, features: Any, *, threads: int = 1) -> Array:  # noqa: ANN401 - as below
        """What is decided of raw features: class index, int64 ``[samples]``.

        The lowest class wins a tie. Of other targets than classes see `Decoder.classify`.

        Args:
            features: an array ``[samples, features]``, or a data frame with the columns that the
                network was made for.
            threads: share the samples between so many threads.

        Raises:
            NetlistError: the netlist has no encoder or no decoder.
            DataError: features are missing or too many, or one is not finite in float32 or, of a
                bit, neither 0 nor 1.
        """
        return self._decoder.classify(self._of_features(features, threads))

    @property
    def _decoder(self) -> Decoder:
        if self.netlist.encoder is None or self.netlist.decoder is None:
            raise NetlistError(
                f"netlist {self.netlist.name!r} has no encoder and decoder; use evaluate on codes"
            )
        return self.netlist.decoder

    def _of_features(self, features: Any, threads: int) -> Array:  # noqa: ANN401 - as above
        codes = codes_of(self.netlist, features).astype(self._code_dtype)
        return self.evaluate(codes, threads=threads)

    def _bounds(self, samples: int, threads: int) -> list[int]:
        """Where each thread's samples begin and end: whole words of samples."""
        word = 64 * self._lanes
        share = -(-samples // (max(threads, 1) * word)) * word
        return [*range(0, samples, max(share, word)), samples] if samples else [0, 0]

    def _run(self, codes: Array, results: Array) -> int:
        """Fill ``results``; 0, or 1 + the index of an input with a code that does not fit."""
        # ctypes lets other threads run meanwhile.
        return int(self._evaluate(codes.ctypes.data, results.ctypes.data, len(codes)))

    @cached_property
    def _code_dtype(self) -> np.dtype[Any]:
        return code_dtype(int(self.netlist.input_widths.max()))

    @cached_property
    def _result_dtype(self) -> np.dtype[Any]:
        return code_dtype(int(self.netlist.widths[self.netlist.outputs].max()))

    @cached_property
    def _symbols(self) -> ctypes.CDLL:
        try:
            return opened_library(self.program)
        except OutputError as error:
            raise ToolFailedError(f"the compiled library cannot be loaded: {error}") from error

    def _symbol(self, suffix: str, result: Any, *arguments: Any) -> Any:  # noqa: ANN401 - ctypes
        name = f"{self.library.facts.name}_{suffix}"
        try:
            function = self._symbols[name]
        except AttributeError as error:
            raise LibraryError(
                f"{self.library.source} lacks {name}; write the library again"
            ) from error
        function.restype, function.argtypes = result, arguments
        return function

    @cached_property
    def _evaluate(self) -> Any:  # noqa: ANN401 - ctypes
        pointer = ctypes.c_void_p
        return self._symbol("evaluate", ctypes.c_size_t, pointer, pointer, ctypes.c_size_t)

    @cached_property
    def _lanes(self) -> int:
        return int(self._symbol("lanes", ctypes.c_size_t)())

    def _digest(self) -> str:
        return bytes(self._symbol("digest", ctypes.c_char_p)()).decode("ascii", "replace")
