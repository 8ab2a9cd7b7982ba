"""Modules that have been read, and how large a network they make."""

from __future__ import annotations

from typing import Final

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.logicnets.modules import Instance, Module
from logicjsc.frontend.logicnets.parse import parse_module
from logicjsc.frontend.logicnets.sources import ModuleText, Sources
from logicjsc.netlist.layers import code_dtype

_DEEPEST: Final = 30


class Library:
    """Modules that have been read."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._modules: dict[tuple[str, tuple[tuple[str, int], ...]], Module] = {}
        self._sizes: dict[tuple[str, tuple[tuple[str, int], ...]], tuple[int, int, int]] = {}

    def get(self, text: ModuleText, widths: dict[str, int]) -> Module:
        """A module for values of its parameters; see `parse_module`."""
        key = (text.name, tuple(sorted(widths.items())))
        if key not in self._modules:
            self._modules[key] = parse_module(text, widths)
        return self._modules[key]

    def inside(self, instance: Instance, outer: Module) -> tuple[ModuleText, Module]:
        """The module of an instance inside another."""
        text = self._sources.module(instance.module, outer.text)
        return text, self.get(text, instance.parameters)

    def size(
        self, text: ModuleText, widths: dict[str, int], above: tuple[str, ...]
    ) -> tuple[int, int, int]:
        """Nodes, bytes of tables and connected bits of a module with all that is in it.

        Args:
            text: the module.
            widths: values of its parameters.
            above: modules that it is in.

        Raises:
            ImportedModelError: it is inside itself, or many modules deep.
        """
        key = (text.name, tuple(sorted(widths.items())))
        if text.name in above:
            raise ImportedModelError(f"{text.path}: module {text.name} is inside itself")
        if len(above) > _DEEPEST:
            raise ImportedModelError(
                f"{text.path}: module {text.name} lies more than {_DEEPEST} modules deep"
            )
        if key not in self._sizes:
            module = self.get(text, widths)
            nodes, held, bits = 0, 0, module.bits
            if module.table is not None:
                _, target, codes = module.table
                nodes, held = 1, codes.size * code_dtype(module.nets[target]).itemsize
            for instance in module.instances:
                inner = self._sources.module(instance.module, text)
                more = self.size(inner, instance.parameters, (*above, text.name))
                nodes, held, bits = nodes + more[0], held + more[1], bits + more[2]
            self._sizes[key] = nodes, held, bits
        return self._sizes[key]
