"""The published sets: where they are, and how to know them.

No checksum of theirs is built in. OpenML's interface gives an MD5 of the ARFF file; beyond that a
file is known by its contents: number of rows, names, classes and marginal distributions.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import urlsplit

from logicjsc.tasks.jets.fetch.exchange import Limits, MirrorError, get_json

_MODULES: Final = {".parquet": "pyarrow", ".z": "h5py", ".h5": "h5py"}


@dataclass(frozen=True)
class Address:
    """One place that has a file.

    Attributes:
        url: the place.
        file: name of the file in the cache.
        md5: what its publisher says of it, if anything.
    """

    url: str
    file: str
    md5: str = ""

    @property
    def missing_module(self) -> str:
        """Package that reading the file needs and that is not installed, if any."""
        module = _MODULES.get(PurePath(self.file).suffix, "")
        return module if module and find_spec(module) is None else ""


@dataclass(frozen=True)
class Published:
    """A published set of jets.

    Attributes:
        name: word on the command line.
        title: name for people.
        rows: rows in the file, repeated ones included.
        farthest: largest accepted distance of a feature's distribution from the reference table.
        mirrors: addresses of the file.
        interfaces: addresses of OpenML's description of the set, asked before the mirrors.
        files: names that the set may have in the cache, best first.
    """

    name: str
    title: str
    rows: int
    farthest: float
    mirrors: tuple[Address, ...]
    interfaces: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


_ARFF: Final = "openml-42468.arff"
_PARQUET: Final = "openml-42468.parquet"
_HDF5: Final = "processed-pythia82-lhc13-all-pt1-50k-r1_h022_e0175_t220_nonu_truth.z"

CATALOGUE: Final = {
    "openml": Published(
        name="openml",
        title="OpenML 42468 (hls4ml_lhc_jets_hlf)",
        rows=830_000,
        # Its own table: what remains is rounding and the rows that the table left out.
        farthest=0.005,
        interfaces=(
            "https://www.openml.org/api/v1/json/data/42468",
            "https://api.openml.org/api/v1/json/data/42468",
        ),
        # Where OpenML's scheme of names puts the Parquet file of this number.
        mirrors=(
            Address("https://data.openml.org/datasets/0004/42468/dataset_42468.pq", _PARQUET),
            Address("https://openml1.win.tue.nl/datasets/0004/42468/dataset_42468.pq", _PARQUET),
        ),
        files=(_ARFF, _PARQUET),
    ),
    "cernbox": Published(
        name="cernbox",
        title="LogicNets' jets on CERNBox",
        rows=986_806,
        # Another selection of similar jets, without a table of its own: this tells physical units
        # and the right columns from anything else, and no more.
        farthest=0.4,
        mirrors=(
            Address("https://cernbox.cern.ch/index.php/s/jvFd5MoWhGs1l5v/download", _HDF5),
            Address(
                f"https://cernbox.cern.ch/remote.php/dav/public-files/AgzB93y3ac0yuId/{_HDF5}",
                _HDF5,
            ),
        ),
        files=(_HDF5,),
    ),
}
"""The sets that `fetch` knows, by name."""


def addresses_of(published: Published, limits: Limits) -> tuple[list[Address], list[str]]:
    """Where to look, in that order, and what the interfaces that failed answered."""
    found: list[Address] = []
    failures: list[str] = []
    for interface in published.interfaces:
        try:
            found += _described(get_json(interface, limits), published)
            break
        except MirrorError as error:
            failures.append(f"{interface} {error}")
    known = {address.url for address in found}
    return [*found, *(mirror for mirror in published.mirrors if mirror.url not in known)], failures


def _described(answer: Any, published: Published) -> list[Address]:  # noqa: ANN401 - any JSON
    """Addresses in OpenML's description; the MD5 in it is the ARFF file's."""
    try:
        description = answer["data_set_description"]
        url, md5 = description["url"], description.get("md5_checksum", "")
        parquet = description.get("parquet_url", "")
        texts = [str(text or "") for text in (url, md5, parquet)]
    except (KeyError, TypeError, AttributeError) as error:
        raise MirrorError("describes no data set") from error
    arff, columns = published.files
    found = [Address(_encrypted(texts[0]), arff, texts[1].lower())] if texts[0] else []
    return [*found, *([Address(_encrypted(texts[2]), columns)] if texts[2] else [])]


def _encrypted(url: str) -> str:
    """The same address over HTTPS where OpenML still writes HTTP."""
    host = urlsplit(url).hostname or ""
    ours = host == "openml.org" or host.endswith(".openml.org")
    return f"https:{url.removeprefix('http:')}" if ours and url.startswith("http:") else url
