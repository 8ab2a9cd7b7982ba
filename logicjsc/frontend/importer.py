"""The contract of an importer, and their registry.

An importer turns models of one kind, made elsewhere, into netlists. It is a folder of
`logicjsc.frontend` whose module ``importer`` has an ``IMPORTER``, or is registered from outside.
Nothing else knows of it: its settings become options of ``logicjsc import`` and keywords of
`logicjsc.import_model`.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from logicjsc.core.errors import ImportedModelError
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.settings import Section
from logicjsc.dataset.provenance import KEY, Provenance
from logicjsc.frontend.encoders import with_uniform_encoder
from logicjsc.netlist import Netlist
from logicjsc.netlist.scoring import check_features, check_target

if TYPE_CHECKING:
    from logicjsc.dataset.samples import Dataset


@dataclass(frozen=True)
class NoSettings(Section):
    """Of importers that have none."""


@dataclass(frozen=True)
class Asked:
    """What an importer is asked for.

    Attributes:
        name: of the netlist.
        settings: the importer's own.
        dataset: samples that the model is meant for, if they were named: their names are used where
            the model has none, and what has to be chosen is chosen on training samples.
        example: features ``[samples, features]`` to trace a program with, if they were given.
        input_scale: step of the codes that a network starts at, if its file does not say how
            features become codes; 0 to leave it without encoder.
        input_offset: the feature whose code is 0.
        on_progress: told how far things are.
    """

    name: str
    settings: Any = field(default_factory=NoSettings)
    dataset: Dataset | None = None
    example: Any = None
    input_scale: float = 0.0
    input_offset: float = 0.0
    on_progress: OnProgress = silent


@dataclass(frozen=True)
class Imported:
    """What an importer made.

    Attributes:
        netlist: the network.
        notes: what a reader should know: what was left out, rounded or assumed; sentences.
        facts: figures of the model, by name, for reports.
        tables: tables of figures by title, each a list of rows by column name, for reports.
    """

    netlist: Netlist
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)


class Importer(ABC):
    """Turns models of one kind into netlists.

    Attributes:
        title: one line for people: which models of which programs.
        settings: dataclass of its settings, a `Section` of plain values with defaults.
        starts_at_codes: whether files of this kind do not say how features become codes.
        file_names: names that only files of this kind have, whatever other kinds share the suffix.
    """

    title: ClassVar[str]
    settings: ClassVar[type[Any]] = NoSettings
    starts_at_codes: ClassVar[bool] = False
    file_names: ClassVar[tuple[str, ...]] = ()

    def recognises(self, model: object) -> bool:  # noqa: ARG002 - most know their files only
        """Whether a model is of this kind: a path by its suffix, an object by its type.

        Looks at names only: no file is opened and no library imported.
        """
        return False

    @abstractmethod
    def read(self, model: Any, asked: Asked) -> Imported:  # noqa: ANN401 - of any library
        """The netlist of a model.

        Args:
            model: a path, or an object of the library that the kind belongs to.
            asked: name, settings, and samples if there are any.

        Raises:
            LogicjscError: it is of another kind, damaged, or holds something that no netlist holds;
                one sentence names it and what to change.
        """


_registered: dict[str, Importer] = {}


def register_importer(name: str, importer: Importer) -> None:
    """Make an importer known that is no part of this package."""
    _registered[name] = importer


def known_importers() -> tuple[str, ...]:
    """Names of all kinds of models."""
    folders = Path(__file__).parent.glob("*/importer.py")
    return tuple(sorted({_kind_of(file.parent.name) for file in folders} | _registered.keys()))


def find_importer(kind: str) -> Importer:
    """The importer of a kind.

    Raises:
        ImportedModelError: there is none.
    """
    if kind in _registered:
        return _registered[kind]
    if kind not in known_importers():
        raise ImportedModelError(
            f"{kind!r} is no kind of model; use one of {', '.join(known_importers())}"
        )
    folder = kind.replace("-", "_")
    importer: Importer = importlib.import_module(f"logicjsc.frontend.{folder}.importer").IMPORTER
    return importer


def kind_of(model: object) -> str:
    """The kind of a model: by its name or suffix, or by the library that its type comes from.

    Raises:
        ImportedModelError: none recognises it, or several do.
    """
    importers = {kind: find_importer(kind) for kind in known_importers()}
    found = [kind for kind, importer in importers.items() if importer.recognises(model)]
    if isinstance(model, Path):
        named = [kind for kind, each in importers.items() if model.name in each.file_names]
        found = named or found
    if len(found) == 1:
        return found[0]
    what = str(model) if isinstance(model, Path) else f"an object of type {type(model).__name__}"
    known = ", ".join(found or known_importers())
    raise ImportedModelError(
        f"{what} may be a model of several kinds; say which: {known}"
        if found
        else f"{what} is of no known kind; say which of {known} it is"
    )


def read_model(kind: str, model: object, asked: Asked) -> Imported:
    """The netlist of a model, with the provenance of its samples if they are known.

    Args:
        kind: of the model.
        model: a path, or an object.
        asked: name, settings, samples.

    Raises:
        LogicjscError: it cannot be had; see `Importer.read`.
        DataError: the samples have other features or another target.
    """
    importer = find_importer(kind)
    if isinstance(model, Path) and not model.exists():
        raise ImportedModelError(f"there is no file {model}")
    imported = _encoded(importer.read(model, asked), asked)
    if asked.dataset is None:
        return imported
    netlist = imported.netlist
    check_features(netlist, asked.dataset.test)
    if netlist.encoder is not None and netlist.decoder is not None:
        check_target(netlist, asked.dataset.test)
    text = Provenance.of(asked.dataset).to_text()
    return replace(imported, netlist=replace(netlist, provenance={**netlist.provenance, KEY: text}))


def _encoded(imported: Imported, asked: Asked) -> Imported:
    """With an encoder of equal steps, if one was asked for."""
    if not asked.input_scale:
        return imported
    names = () if asked.dataset is None else tuple(asked.dataset.test.feature_names)
    scale, offset = asked.input_scale, asked.input_offset
    return replace(imported, netlist=with_uniform_encoder(imported.netlist, scale, offset, names))


def _kind_of(folder: str) -> str:
    return folder.replace("_", "-")
