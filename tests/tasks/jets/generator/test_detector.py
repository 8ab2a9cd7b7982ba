"""The detector smears by the formulas, and turns what it cannot track into massless cells."""

import numpy as np
import pytest

from logicjsc.tasks.jets.generator.detector import (
    ECAL_CELL,
    HCAL_CELL,
    Particles,
    ecal_resolution,
    hcal_resolution,
    measure,
    track_resolution,
)

PHOTON, PION, NEUTRON, MUON, NEUTRINO = 22, 211, 2112, -13, 14
EVENTS = 40_000


PHI = 1.0


def one_each(pdg, pt, eta=0.3, mass=0.0, events=EVENTS):
    """One particle in each event, all alike."""
    across = np.hypot(pt, mass)
    y = np.arcsinh(pt * np.sinh(eta) / across)
    momentum = [pt * np.cos(PHI), pt * np.sin(PHI), across * np.sinh(y), across * np.cosh(y)]
    charged = np.full(events, pdg in {PION, MUON})
    return Particles(
        np.arange(events), np.full(events, pdg), charged, np.tile(momentum, (events, 1))
    )


def seen(particles, seed=0):
    objects = measure(particles, len(particles.event), np.random.default_rng(seed))
    assert objects.offsets[-1] == len(objects.momenta)
    return objects.momenta


def masses2(momenta):
    return momenta[:, 3] ** 2 - (momenta[:, :3] ** 2).sum(axis=1)


def assert_moments(values, mean, deviation):
    scatter = deviation / np.sqrt(len(values))
    assert abs(values.mean() - mean) < 5 * scatter
    assert values.std() == pytest.approx(deviation, rel=0.03)


@pytest.mark.parametrize(("pdg", "mass"), [(PION, 0.13957), (MUON, 0.10566)])
def test_tracks_keep_direction_and_mass(pdg, mass):
    found = seen(one_each(pdg, 100.0, mass=mass))
    pt = np.hypot(found[:, 0], found[:, 1])
    assert len(found) == EVENTS
    assert_moments(pt, 100.0, 100.0 * 0.5 * np.hypot(0.025, 0.015))
    np.testing.assert_allclose(np.arctan2(found[:, 1], found[:, 0]), PHI)
    np.testing.assert_allclose(np.arcsinh(found[:, 2] / pt), 0.3)
    np.testing.assert_allclose(masses2(found), mass**2, rtol=1e-6)


@pytest.mark.parametrize(
    ("pdg", "energy", "resolution", "size"),
    [
        (PHOTON, 50.0, 0.5 * np.sqrt(0.027**2 * 1.6 / 50 + 0.0048**2 + 0.005**2), ECAL_CELL),
        (NEUTRON, 300.0, 0.5 * np.sqrt(1.44 * 7 / 300 + 0.0025), HCAL_CELL),
        (PION, 300.0, 0.5 * np.sqrt(1.44 * 7 / 300 + 0.0025), HCAL_CELL),
    ],
)
def test_cells_are_massless_and_centred(pdg, energy, resolution, size):
    found = seen(one_each(pdg, energy / np.cosh(0.3)))
    assert_moments(found[:, 3], energy, energy * resolution)
    np.testing.assert_allclose(masses2(found) / found[:, 3] ** 2, 0, atol=1e-12)
    eta = np.arcsinh(found[:, 2] / np.hypot(found[:, 0], found[:, 1]))
    phi = np.arctan2(found[:, 1], found[:, 0])
    for angle, centre in ((eta, 0.3), (phi, PHI)):
        assert np.abs(angle - centre).max() <= size / 2 + 1e-9
        np.testing.assert_allclose(angle / size % 1, 0.5, atol=1e-6)


def test_resolutions_are_halved_and_fall_or_rise_as_they_should():
    assert track_resolution(np.array([0.0])) == pytest.approx(0.0075, rel=1e-4)
    assert ecal_resolution(np.array([1e9])) == pytest.approx(0.0025, rel=1e-4)
    assert hcal_resolution(np.array([1e9])) == pytest.approx(0.025, rel=1e-4)
    assert track_resolution(np.array([200.0])) > track_resolution(np.array([20.0]))
    assert hcal_resolution(np.array([1.0])) > hcal_resolution(np.array([10.0]))


def test_energies_in_a_cell_add_up():
    pair = one_each(PHOTON, 50.0, events=2)
    together = Particles(np.zeros(2, np.int64), pair.pdg, pair.charged, pair.momenta)
    objects = measure(together, 1, np.random.default_rng(0))
    assert len(objects.momenta) == 1
    assert objects.momenta[0, 3] == pytest.approx(100 * np.cosh(0.3), rel=0.05)


@pytest.mark.parametrize(
    "particles",
    [
        one_each(NEUTRINO, 50.0, events=5),
        one_each(-NEUTRINO, 50.0, events=5),
        one_each(PION, 50.0, eta=3.01, events=5),
        one_each(PHOTON, 50.0, eta=-3.01, events=5),
    ],
)
def test_neutrinos_and_the_far_forward_are_not_seen(particles):
    objects = measure(particles, 5, np.random.default_rng(0))
    assert objects.momenta.shape == (0, 4)
    assert objects.offsets.tolist() == [0] * 6


def test_no_energy_is_negative_however_bad_the_resolution():
    found = seen(one_each(NEUTRON, 0.5))
    assert 0 < len(found) < EVENTS
    assert found[:, 3].min() > 0


def test_objects_stay_in_their_events():
    mixed = [one_each(pdg, pt, events=50) for pdg, pt in ((PION, 20.0), (PHOTON, 30.0))]
    particles = Particles(*(
        np.concatenate([getattr(part, name) for part in mixed])
        for name in ("event", "pdg", "charged", "momenta")
    )).take(np.argsort(np.tile(np.arange(50), 2), kind="stable"))  # fmt: skip
    objects = measure(particles, 50, np.random.default_rng(0))
    assert np.diff(objects.offsets).tolist() == [2] * 50
