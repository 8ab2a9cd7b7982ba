"""PYTHIA 8 events of the five jet classes (arXiv:2203.11601; Monash tune, arXiv:1404.5630).

PYTHIA's defaults hold where nothing is set: initial- and final-state radiation, multiple
interactions, NNPDF2.3. W and Z decay isotropically in their rest frame. PYTHIA would correlate them
with the hard process, so one instance makes the pair of bosons and hands it, undecayed, to a second
instance as a Les Houches event (arXiv:hep-ph/0609017), which knows nothing of where it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.tasks.jets.generator.detector import Particles
from logicjsc.tasks.jets.generator.packages import require

PYTHIA_SEEDS: Final = 900_000_000
"""PYTHIA takes seeds from 1 up to this number."""

_NARROW: Final = ("Beams:eCM = 13000.", "PhaseSpace:pTHatMin = 995.", "PhaseSpace:pTHatMax = 1005.")
_OPEN: Final = ("Beams:eCM = 13000.", "PhaseSpace:pTHatMin = 995.", "PhaseSpace:pTHatMax = 3000.")
_W: Final = (
    "24:m0 = 80.419", "24:mMin = 80.409", "24:mMax = 80.429",
    "24:onMode = off", "24:onIfMatch = 1 2", "24:onIfMatch = 3 4",
)  # fmt: skip
_Z: Final = (
    "23:m0 = 91.188", "23:mMin = 91.178", "23:mMax = 91.198",
    "23:onMode = off", "23:onIfAny = 1 2 3 4",
)  # fmt: skip
_TOP: Final = ("6:m0 = 173.0", "6:mMin = 172.99", "6:mMax = 173.01")

_OUTGOING: Final = 23
_RESONANCE: Final = 22
"""Codes of PYTHIA for particles of the hard process: outgoing ones, and ones that decay."""

_LES_HOUCHES_PROCESS: Final = 9999
_UNPOLARISED: Final = 9.0
_BEAM_ENERGY: Final = 6500.0


@dataclass(frozen=True)
class Process:
    """How one class is made.

    Attributes:
        settings: lines for PYTHIA.
        targets: absolute PDG numbers of what the jet comes from.
        status: PYTHIA's absolute status code of those.
        isotropic: whether bosons decay in a second instance.
    """

    settings: tuple[str, ...]
    targets: tuple[int, ...]
    status: int
    isotropic: bool = False


PROCESSES: Final = {
    "g": Process(
        ("HardQCD:gg2gg = on", "HardQCD:qqbar2gg = on", *_OPEN), (21,), _OUTGOING
    ),
    "q": Process(
        ("HardQCD:qq2qq = on", "HardQCD:gg2qqbar = on", "HardQCD:qqbar2qqbarNew = on", *_NARROW),
        (1, 2, 3, 4, 5), _OUTGOING,
    ),
    "t": Process(
        ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", *_NARROW, *_TOP, *_W), (6,), _RESONANCE
    ),
    "w": Process(
        ("WeakDoubleBoson:ffbar2WW = on", *_NARROW, *_W), (24,), _RESONANCE, isotropic=True
    ),
    "z": Process(
        ("WeakDoubleBoson:ffbar2gmZgmZ = on", "WeakZ0:gmZmode = 2", *_NARROW, *_Z),
        (23,), _RESONANCE, isotropic=True,
    ),
}  # fmt: skip
"""By class name."""

_COMMON: Final = ("Print:quiet = on", "Random:setSeed = on")
_HARD_ONLY: Final = ("PartonLevel:all = off", "ProcessLevel:resonanceDecays = off")
_FROM_LES_HOUCHES: Final = ("Beams:frameType = 5",)


@dataclass(frozen=True)
class Batch:
    """Several events.

    Attributes:
        events: how many.
        particles: the stable ones.
        targets: momenta of what jets come from, float64 ``[targets, 4]``, event by event.
        target_events: event of each of those.
    """

    events: int
    particles: Particles
    targets: Array
    target_events: Array


def settings() -> dict[str, list[str]]:
    """All lines for PYTHIA by class, for the manifest."""
    return {name: list(process.settings) for name, process in PROCESSES.items()}


class EventSource:
    """PYTHIA, set up for one class.

    The same class and seeds give the same events, whatever ran before in the process.

    Args:
        class_name: one of `PROCESSES`.
        seeds: for PYTHIA, each from 1 to `PYTHIA_SEEDS`; the second is for a second instance.

    Raises:
        ToolNotFoundError: PYTHIA or awkward is not installed.
    """

    def __init__(self, class_name: str, seeds: tuple[int, int]) -> None:
        self._process = PROCESSES[class_name]
        self._awkward = require("awkward")  # what PYTHIA hands out whole batches in
        lines = self._process.settings
        if self._process.isotropic:
            hard = _instance((*lines, *_HARD_ONLY), seeds[0])
            # PYTHIA keeps no reference of its own: the bosons' source has to outlive it.
            self._bosons = _boson_source(hard)
            decays = tuple(line for line in lines if line[:2] in {"23", "24"})
            self._pythia = _instance((*decays, *_FROM_LES_HOUCHES), seeds[1], self._bosons)
        else:
            self._pythia = _instance(lines, seeds[0])

    def next_batch(self, events: int) -> Batch:
        """Up to ``events`` events; PYTHIA leaves out the rare one that it cannot finish."""
        record = self._pythia.nextBatch(events).prt
        counts = np.asarray(self._awkward.num(record))
        event = np.repeat(np.arange(len(counts)), counts)
        flat = self._awkward.flatten(record)
        pdg, status = np.asarray(flat.id), np.asarray(flat.status)

        stable = np.flatnonzero(status > 0)
        species, kind = np.unique(pdg[stable], return_inverse=True)
        data = self._pythia.particleData
        charged = np.array([data.chargeType(int(number)) != 0 for number in species], np.bool_)
        particles = Particles(event[stable], pdg[stable], charged[kind], _momenta(flat, stable))
        wanted = np.isin(np.abs(pdg), self._process.targets)
        targets = np.flatnonzero(wanted & (np.abs(status) == self._process.status))
        return Batch(len(counts), particles, _momenta(flat, targets), event[targets])


def _momenta(record: Any, rows: Array) -> Array:  # noqa: ANN401 - an awkward array
    columns = (record.p.px, record.p.py, record.p.pz, record.p.e)
    return np.column_stack([np.asarray(column)[rows] for column in columns])


def _instance(lines: tuple[str, ...], seed: int, source: Any = None) -> Any:  # noqa: ANN401
    pythia = require("pythia8mc").Pythia("", False)
    for line in (*_COMMON, *lines, f"Random:seed = {seed}"):
        if not pythia.readString(line):
            raise RuntimeError(f"PYTHIA does not know the setting {line!r}")
    if source is not None:
        pythia.setLHAupPtr(source)
    if not pythia.init():
        raise RuntimeError("PYTHIA could not be set up")
    return pythia


def _boson_source(hard: Any) -> Any:  # noqa: ANN401 - PYTHIA has no types
    """A Les Houches source of the undecayed bosons that ``hard`` makes."""

    class Bosons(require("pythia8mc").LHAup):  # type: ignore[misc]
        def setInit(self) -> bool:  # noqa: N802 - PYTHIA's name
            self.setBeamA(2212, _BEAM_ENERGY, 0, 0)
            self.setBeamB(2212, _BEAM_ENERGY, 0, 0)
            self.setStrategy(3)  # all events of weight one
            self.addProcess(_LES_HOUCHES_PROCESS, 1.0, 0.0, 1.0)
            return True

        def setEvent(self, idProcess: int = 0) -> bool:  # noqa: N802, N803, ARG002
            while not hard.next():
                pass
            info = hard.infoPython()
            self.setProcess(_LES_HOUCHES_PROCESS, 1.0, info.QRen(), info.alphaEM(), info.alphaS())
            for row in (3, 4, 5, 6):  # two partons in, two bosons out
                entry = hard.process[row]
                incoming = row < 5  # noqa: PLR2004
                self.addParticle(
                    entry.id(), -1 if incoming else 1,
                    0 if incoming else 1, 0 if incoming else 2,
                    entry.col(), entry.acol(),
                    entry.px(), entry.py(), entry.pz(), entry.e(), entry.m(),
                    0.0, _UNPOLARISED,
                )  # fmt: skip
            return True

    return Bosons()
