"""OpenML's description of a data set: where its files are now, and their checksum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from logicjsc.dataset.fetch.catalogue import Address
from logicjsc.dataset.fetch.exchange import Limits, MirrorError, get_json


@dataclass(frozen=True)
class OpenMl:
    """Asks OpenML for addresses.

    Attributes:
        interfaces: addresses of the description, asked in turn until one answers.
        arff: name of the ARFF file in the cache.
        parquet: name of the Parquet file in the cache.
    """

    interfaces: tuple[str, ...]
    arff: str
    parquet: str

    def __call__(self, limits: Limits) -> tuple[list[Address], list[str]]:
        """Addresses in the description, and what interfaces that failed answered."""
        failures: list[str] = []
        for interface in self.interfaces:
            try:
                return self._described(get_json(interface, limits)), failures
            except MirrorError as error:
                failures.append(f"{interface} {error}")
        return [], failures

    def _described(self, answer: Any) -> list[Address]:  # noqa: ANN401 - any JSON
        """Addresses in an answer; the MD5 in it is the ARFF file's."""
        try:
            description = answer["data_set_description"]
            url, md5 = description["url"], description.get("md5_checksum", "")
            parquet = description.get("parquet_url", "")
            texts = [str(text or "") for text in (url, md5, parquet)]
        except (KeyError, TypeError, AttributeError) as error:
            raise MirrorError("describes no data set") from error
        found = [Address(_encrypted(texts[0]), self.arff, texts[1].lower())] if texts[0] else []
        return [*found, *([Address(_encrypted(texts[2]), self.parquet)] if texts[2] else [])]


def _encrypted(url: str) -> str:
    """The same address over HTTPS where OpenML still writes HTTP."""
    host = urlsplit(url).hostname or ""
    ours = host == "openml.org" or host.endswith(".openml.org")
    return f"https:{url.removeprefix('http:')}" if ours and url.startswith("http:") else url
