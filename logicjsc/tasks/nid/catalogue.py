"""The published partition of UNSW-NB15: copies of it, and how to know it.

Its publisher gives it by a web page for people, not by an address. Copies in public repositories
call it ``UNSW_NB15_testing-set.csv`` or, with the names of both partitions swapped,
``UNSW_NB15_training-set.csv``; the numbers of flows tell which one a file is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.fetch import Address, Facts, Published, PublishedFile
from logicjsc.dataset.readers import read_table
from logicjsc.tasks.nid.names import ATTACK, ATTACK_NAMES, LABEL
from logicjsc.tasks.nid.tidy import TASK, tidy_attacks, tidy_labels

FLOWS: Final = {
    "Normal": 37_000,
    "Analysis": 677,
    "Backdoor": 583,
    "DoS": 4_089,
    "Exploits": 11_132,
    "Fuzzers": 6_062,
    "Generic": 18_871,
    "Reconnaissance": 3_496,
    "Shellcode": 378,
    "Worms": 44,
}
"""Flows of each class."""

_FILE: Final = "unsw-nb15-82332.csv"
_GITHUB: Final = "https://raw.githubusercontent.com"
_PACKETS: Final = "Nir-J/ML-Projects/master/UNSW-Network_Packet_Classification"
_COPIES: Final = (
    "https://huggingface.co/datasets/Mouwiya/UNSW-NB15/resolve/main/UNSW_NB15_testing-set.csv",
    f"{_GITHUB}/{_PACKETS}/UNSW_NB15_testing-set.csv",
    f"{_GITHUB}/ushukkla/nospammers/master/UNSW_NB15_training-set.csv",
)


def check(path: Path) -> Facts:
    """Compare a file with the known number of flows of each class.

    Raises:
        DataError: it is no table of flows, or another one.
    """
    table = read_table(path)
    attacks = np.bincount(tidy_attacks(table).columns[ATTACK], minlength=len(ATTACK_NAMES))
    found = dict(zip(ATTACK_NAMES, attacks.tolist(), strict=True))
    wrong = [name for name in ATTACK_NAMES if found[name] != FLOWS[name]]
    if wrong:
        raise DataError(
            f"{path} holds {len(table):,} flows, {found[wrong[0]]:,} of class {wrong[0]}; the "
            f"partition has {sum(FLOWS.values()):,}, {FLOWS[wrong[0]]:,} of that class"
        )
    labels = tidy_labels(table).columns[LABEL]
    if int(labels.sum()) != sum(FLOWS.values()) - FLOWS["Normal"]:
        raise DataError(f"{path}: column {LABEL!r} is not 1 of attacks alone")
    return {"flows": len(table), "classes": found}


SETS: Final = (
    Published(
        name="nid",
        title="UNSW-NB15, the partition of 82,332 flows",
        task=TASK,
        files=(
            PublishedFile(
                names=(_FILE,),
                mirrors=tuple(Address(url, _FILE) for url in _COPIES),
                check=check,
            ),
        ),
        terms="by N. Moustafa and J. Slay, UNSW Canberra; for academic research only, cite their "
        "papers",
    ),
)
