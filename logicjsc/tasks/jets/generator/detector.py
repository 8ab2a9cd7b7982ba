"""A simple detector: resolutions and calorimeter cells, a whole batch of events at once.

=====================  ===================================  ==========================
what                   resolution                           seen as
=====================  ===================================  ==========================
charged hadron, pT     0.00025 pT (+) 0.015                 track, own direction, mass
below 220 GeV; lepton
photon                 0.027 / sqrt(E/1.6) (+)              ECAL cell of 0.005 x 0.005
                       0.15 x 1.6 / E (+) 0.005
other hadron           1.20 / sqrt(E/7) (+) 0.05            HCAL cell of 0.01 x 0.01
=====================  ===================================  ==========================

Resolutions are sigma(pT)/pT or sigma(E)/E in GeV, (+) adds in quadrature, and all are halved. Cells
are squares in pseudorapidity and azimuth; their energy is put, without mass, into their centre.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from logicjsc.dataset.samples import Array

ETA_LIMIT: Final = 3.0
TRACK_LIMIT: Final = 220.0
"""Transverse momentum in GeV up to which a charged hadron is measured by its track."""
ECAL_CELL: Final = 0.005
HCAL_CELL: Final = 0.01
RESOLUTION_SCALE: Final = 0.5

_NEUTRINOS: Final = (12, 14, 16)
_LEPTONS: Final = (11, 13, 15)
_PHOTON: Final = 22

_CELLS_AROUND: Final = 1 << 16
"""More cells than fit into any range of eta or phi: room of one coordinate in a cell's number."""


@dataclass(frozen=True)
class Particles:
    """Stable particles of several events.

    Attributes:
        event: which event, ascending, int64 ``[n]``.
        pdg: species by Particle Data Group number, ``[n]``.
        charged: whether it carries charge, bool ``[n]``.
        momenta: (px, py, pz, E) in GeV, float64 ``[n, 4]``.
    """

    event: Array
    pdg: Array
    charged: Array
    momenta: Array

    def take(self, rows: Array) -> Particles:
        """The particles at ``rows``."""
        return Particles(self.event[rows], self.pdg[rows], self.charged[rows], self.momenta[rows])


@dataclass(frozen=True)
class Objects:
    """Tracks and cells of several events.

    Attributes:
        momenta: (px, py, pz, E) in GeV, float64 ``[n, 4]``, event by event.
        offsets: event ``i`` has rows ``offsets[i]`` up to ``offsets[i + 1]``.
    """

    momenta: Array
    offsets: Array


def settings() -> dict[str, Any]:
    """All constants, for the manifest."""
    return {
        "eta_limit": ETA_LIMIT,
        "track_limit_gev": TRACK_LIMIT,
        "ecal_cell": ECAL_CELL,
        "hcal_cell": HCAL_CELL,
        "resolution_scale": RESOLUTION_SCALE,
        "track_resolution": [0.00025, 0.015],
        "ecal_resolution": [0.027, 0.15, 0.005, 1.6],
        "hcal_resolution": [1.20, 0.05, 7.0],
    }


def measure(particles: Particles, events: int, rng: np.random.Generator) -> Objects:
    """What the detector makes of ``events`` events; uses one normal number per visible particle."""
    seen = particles.take(np.flatnonzero(_visible(particles)))
    noise = rng.standard_normal(len(seen.event))
    species = np.abs(seen.pdg)
    transverse = np.hypot(seen.momenta[:, 0], seen.momenta[:, 1])
    photon = species == _PHOTON
    track = np.isin(species, _LEPTONS) | (seen.charged & (transverse < TRACK_LIMIT))
    hadron = ~photon & ~track

    tracks, track_events = _tracks(seen, transverse, noise, np.flatnonzero(track))
    ecal, ecal_events = _cells(seen, ecal_resolution, ECAL_CELL, noise, np.flatnonzero(photon))
    hcal, hcal_events = _cells(seen, hcal_resolution, HCAL_CELL, noise, np.flatnonzero(hadron))
    event = np.concatenate([track_events, ecal_events, hcal_events])
    order = np.argsort(event, kind="stable")
    momenta = np.concatenate([tracks, ecal, hcal])[order]
    return Objects(momenta, np.searchsorted(event[order], np.arange(events + 1)))


def track_resolution(transverse: Array) -> Array:
    """sigma(pT)/pT of tracks at pT in GeV."""
    return RESOLUTION_SCALE * np.hypot(0.00025 * transverse, 0.015)


def ecal_resolution(energy: Array) -> Array:
    """sigma(E)/E of photons at E in GeV."""
    return RESOLUTION_SCALE * np.sqrt(
        0.027**2 * 1.6 / energy + (0.15 * 1.6 / energy) ** 2 + 0.005**2
    )


def hcal_resolution(energy: Array) -> Array:
    """sigma(E)/E of hadrons in the calorimeter at E in GeV."""
    return RESOLUTION_SCALE * np.sqrt(1.20**2 * 7 / energy + 0.05**2)


def _visible(particles: Particles) -> Array:
    px, py, pz = particles.momenta[:, :3].T
    inside = np.abs(pz) < np.sinh(ETA_LIMIT) * np.hypot(px, py)
    return np.asarray(inside & ~np.isin(np.abs(particles.pdg), _NEUTRINOS))


def _tracks(seen: Particles, transverse: Array, noise: Array, rows: Array) -> tuple[Array, Array]:
    """Momenta scaled along their direction; the mass stays."""
    factor = 1 + track_resolution(transverse[rows]) * noise[rows]
    rows, factor = rows[factor > 0], factor[factor > 0]
    momenta = seen.momenta[rows]
    space2 = (momenta[:, :3] ** 2).sum(axis=1)
    mass2 = np.maximum(momenta[:, 3] ** 2 - space2, 0)
    energy = np.sqrt(space2 * factor**2 + mass2)
    return np.column_stack([momenta[:, :3] * factor[:, None], energy]), seen.event[rows]


def _cells(
    seen: Particles,
    resolution: Callable[[Array], Array],
    size: float,
    noise: Array,
    rows: Array,
) -> tuple[Array, Array]:
    """Energies measured one by one and added up by cell."""
    px, py, pz, energy = seen.momenta[rows].T
    measured = energy * (1 + resolution(energy) * noise[rows])
    column = np.floor(np.arctan2(py, px) / size).astype(np.int64)
    row = np.floor(np.arcsinh(pz / np.hypot(px, py)) / size).astype(np.int64)
    half = _CELLS_AROUND // 2
    number = (seen.event[rows] * _CELLS_AROUND + row + half) * _CELLS_AROUND + column + half
    cells, member = np.unique(number, return_inverse=True)
    energies = np.bincount(member, measured, len(cells))
    cells, energies = cells[energies > 0], energies[energies > 0]
    phi = (cells % _CELLS_AROUND - half + 0.5) * size
    eta = (cells // _CELLS_AROUND % _CELLS_AROUND - half + 0.5) * size
    pt = energies / np.cosh(eta)
    momenta = np.column_stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), energies])
    return momenta, cells // _CELLS_AROUND**2
