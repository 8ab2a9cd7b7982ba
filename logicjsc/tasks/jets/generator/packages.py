"""The packages of the ``physics`` extra, imported when used, and numba's compiler, typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from logicjsc.core import extras

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def require(name: str) -> Any:  # noqa: ANN401 - a module without types
    """Import a package of the ``physics`` extra.

    Raises:
        ToolNotFoundError: it is not installed; the sentence says how to install it.
    """
    return extras.require(name, "physics")


def compiled(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Compile a function of numbers and arrays to machine code, kept on disk for later processes.

    Sums stay in the order in which they are written (no fast-math), so that equal input gives equal
    bits on every machine.
    """
    njit = require("numba").njit
    return cast("Callable[_Arguments, _Result]", njit(cache=True)(function))
