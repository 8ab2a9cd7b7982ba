"""What this installation has, what it lacks, and what each missing thing would be for.

Every folder tells of what it uses itself, in a module ``needs`` that holds ``NEEDS``; nothing else
knows of them. Such a module is found by its name, and imports no library.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from logicjsc.core.errors import LogicjscError, ToolNotFoundError

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

DISTRIBUTION: Final = "logicjsc"

_PACKAGE: Final = Path(__file__).parent.parent
_AGAIN: Final = "install logicjsc again"

Kind: TypeAlias = Literal["python", "program", "package", "place", "device"]


@dataclass(frozen=True)
class Found:
    """A thing that is there and can be used.

    Attributes:
        version: its version, as far as it has one.
        path: where it lies, as far as that is one place.
        packages: version of each Python package that belongs to it, by name.
    """

    version: str = ""
    path: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        listed = ", ".join(f"{name} {version}" for name, version in self.packages.items())
        place = f"({self.path})" if self.version and self.path else self.path
        return " ".join(part for part in (self.version, place, listed) if part)


@dataclass(frozen=True)
class Need:
    """A thing outside the code of a folder that it uses.

    Attributes:
        name: what people call it.
        kind: what it is.
        purpose: what it is for, as the end of a sentence.
        look: finds it; raises a `LogicjscError` that says how to get it if it cannot be used.
        required: whether training, writing a circuit and verifying it need it.
    """

    name: str
    kind: Kind
    purpose: str
    look: Callable[[], Found]
    required: bool = False


@dataclass(frozen=True)
class Finding:
    """What was found of a need.

    Attributes:
        need: the need.
        found: what is there; None if it cannot be used.
        problem: why it cannot be used and what to do, one sentence; empty if it can.
    """

    need: Need
    found: Found | None
    problem: str = ""

    @property
    def hinders(self) -> bool:
        """Whether training, writing a circuit and verifying it cannot work without it."""
        return self.need.required and self.found is None


def known_needs() -> Iterator[Need]:
    """The needs of all folders, those of the lowest first.

    A folder whose module cannot be imported, because a package is missing, becomes a need that
    cannot be met.
    """
    places = sorted(_PACKAGE.rglob("needs.py"), key=_order)
    for file in places:
        name = ".".join((DISTRIBUTION, *file.relative_to(_PACKAGE).with_suffix("").parts))
        try:
            needs: tuple[Need, ...] = importlib.import_module(name).NEEDS
        except ImportError as error:
            needs = (_unreadable(name, error),)
        yield from needs


def examine(need: Need) -> Finding:
    """Look for a need; whatever goes wrong becomes a sentence."""
    try:
        return Finding(need, need.look())
    except (LogicjscError, ImportError, OSError, ValueError) as error:
        return Finding(need, None, " ".join(str(error).split()))


def extra(name: str, purpose: str) -> Need:
    """The packages of an optional extra, as this installation's own description lists them."""
    return Need(f"extra {name}", "package", purpose, lambda: packages_of(name))


def packages_of(extra_name: str = "") -> Found:
    """The packages that logicjsc, or an extra of it, asks for, with their versions.

    Raises:
        ToolNotFoundError: one is missing or of a version that is not asked for, or logicjsc itself
            is no installed package.
    """
    advice = f"pip install 'logicjsc[{extra_name}]'" if extra_name else "pip install logicjsc"
    versions, wrong = {}, []
    for name, allowed in _asked_for(extra_name):
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{name} is not installed")
            continue
        versions[name] = version
        if not allowed.contains(version, prereleases=True):
            wrong.append(f"{name} is of version {version}")
    if wrong:
        raise ToolNotFoundError(f"{', '.join(wrong)}; {advice}")
    return Found(packages=versions)


def package(name: str, advice: str) -> Found:
    """One installed package, not imported.

    Raises:
        ToolNotFoundError: it is not installed; ends with the advice.
    """
    try:
        return Found(packages={name: importlib.metadata.version(name)})
    except importlib.metadata.PackageNotFoundError as error:
        raise ToolNotFoundError(f"the Python package {name} is not installed; {advice}") from error


def own_description() -> importlib.metadata.PackageMetadata:
    """What the installed package says of itself.

    Raises:
        ToolNotFoundError: logicjsc runs from a folder, without having been installed.
    """
    try:
        return importlib.metadata.metadata(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError as error:
        raise ToolNotFoundError(
            "logicjsc is not installed as a package, so its packages are not known; pip install "
            "-e . in its folder"
        ) from error


def _asked_for(extra_name: str) -> Iterator[tuple[str, SpecifierSet]]:
    """Names of packages that this system needs, and which versions of them will do."""
    from packaging.requirements import Requirement

    for line in own_description().get_all("Requires-Dist") or ():
        requirement = Requirement(line)
        marker = requirement.marker
        always = marker is None or marker.evaluate({"extra": ""})
        of_extra = marker is not None and marker.evaluate({"extra": extra_name})
        # Extras may name other extras of ours; those have needs of their own.
        if (of_extra and not always if extra_name else always) and requirement.name != DISTRIBUTION:
            yield requirement.name, requirement.specifier


def _order(file: Path) -> tuple[int, str]:
    """The core first, then the others by name."""
    return int(file.parent != _PACKAGE / "core"), str(file)


def _unreadable(module: str, error: ImportError) -> Need:
    folder = module.removeprefix(f"{DISTRIBUTION}.").removesuffix(".needs")
    sentence = f"logicjsc.{folder} cannot be imported ({error}); {_AGAIN}"

    def look() -> Found:
        raise ToolNotFoundError(sentence)

    return Need(folder, "package", "that part of logicjsc", look, required=True)
