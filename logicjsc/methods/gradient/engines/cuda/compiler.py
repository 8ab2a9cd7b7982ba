"""The kernels, compiled for a kind of GPU by NVRTC, which comes with torch; kept in the cache."""

from __future__ import annotations

import ctypes
import hashlib
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import torch

from logicjsc.core.built import built_file
from logicjsc.core.errors import ToolFailedError, ToolNotFoundError

_FOLDER: Final = Path(__file__).parent
_UNIT: Final = "training.cu"
_OPTIONS: Final = ("--std=c++17",)


def compiled_kernels(capability: tuple[int, int], *, anew: bool = False) -> bytes:
    """Machine code for GPUs of a compute capability, compiled unless the cache holds it.

    Args:
        capability: major and minor number.
        anew: whether to compile in any case.

    Raises:
        ToolNotFoundError: there is no NVRTC.
        ToolFailedError: NVRTC does not know such GPUs, or refuses the source.
        OutputError: the cache cannot be written.
    """
    sources = {
        path.name: path.read_bytes()
        for path in sorted(_FOLDER.iterdir())
        if path.suffix in {".h", ".cu"}
    }
    compiler = _Compiler(_library())
    options = (*_OPTIONS, f"--gpu-architecture=sm_{capability[0]}{capability[1]}")
    digest = hashlib.sha256("\n".join([compiler.version, *options]).encode())
    for name, content in sources.items():
        digest.update(f"\0{name}:{len(content)}\n".encode())
        digest.update(content)
    name = f"{digest.hexdigest()}.cubin"

    def build(made: Path, _logs: Path) -> None:
        made.write_bytes(compiler.compile(sources, options))

    return built_file("libraries", name, build, anew=anew).read_bytes()


class _Compiler:
    """NVRTC's C interface."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        library.nvrtcGetErrorString.restype = ctypes.c_char_p
        major, minor = ctypes.c_int(), ctypes.c_int()
        self._check(library.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor)))
        self.version = f"nvrtc {major.value}.{minor.value}"

    def compile(self, sources: dict[str, bytes], options: tuple[str, ...]) -> bytes:
        """Machine code of the unit."""
        headers = {name: text for name, text in sources.items() if name != _UNIT}
        program = ctypes.c_void_p()
        self._check(
            self._library.nvrtcCreateProgram(
                ctypes.byref(program),
                sources[_UNIT],
                _UNIT.encode(),
                len(headers),
                (ctypes.c_char_p * len(headers))(*headers.values()),
                (ctypes.c_char_p * len(headers))(*(name.encode() for name in headers)),
            )
        )
        try:
            encoded = (ctypes.c_char_p * len(options))(*(option.encode() for option in options))
            status = self._library.nvrtcCompileProgram(program, len(options), encoded)
            if status:
                log = self._text(program, "ProgramLog").decode(errors="replace").strip("\0\n ")
                raise ToolFailedError(
                    f"{self.version} cannot compile the training kernels "
                    f"({self._name(status)}): {log.partition(chr(10))[0]}"
                )
            return self._text(program, "CUBIN")
        finally:
            self._library.nvrtcDestroyProgram(ctypes.byref(program))

    def _text(self, program: ctypes.c_void_p, what: str) -> bytes:
        size = ctypes.c_size_t()
        self._check(getattr(self._library, f"nvrtcGet{what}Size")(program, ctypes.byref(size)))
        buffer = ctypes.create_string_buffer(size.value)
        self._check(getattr(self._library, f"nvrtcGet{what}")(program, buffer))
        return buffer.raw

    def _check(self, status: int) -> None:
        if status:
            raise ToolFailedError(f"NVRTC failed: {self._name(status)}")

    def _name(self, status: int) -> str:
        text: bytes = self._library.nvrtcGetErrorString(status)
        return text.decode()


@cache
def _library() -> ctypes.CDLL:
    """NVRTC of torch's own CUDA release."""
    major = (torch.version.cuda or "").partition(".")[0]
    names = [f"libnvrtc.so.{major}"] if major else []
    for candidate in [*names, *_packaged(names), "libnvrtc.so"]:
        try:
            return ctypes.CDLL(candidate)
        except OSError:
            continue
    raise ToolNotFoundError(
        f"NVRTC of CUDA {torch.version.cuda} was not found; pip install nvidia-cuda-nvrtc"
    )


def _packaged(names: list[str]) -> Iterator[str]:
    """Paths of libraries in NVIDIA's Python packages."""
    try:
        packages = importlib.import_module("nvidia")
    except ImportError:
        return
    for folder in packages.__path__:
        for name in names:
            yield from map(str, sorted(Path(folder).glob(f"*/lib/{name}")))
