"""PYTHIA makes what a class asks for: flavours, masses, isotropic decays."""

import numpy as np
import pytest
from scipy.stats import kstest

from logicjsc.tasks.jets.generator import processes
from logicjsc.tasks.jets.generator.processes import PROCESSES, EventSource

BOSONS = {"w": (24, 80.419), "z": (23, 91.188)}


def four_vector(entry):
    return np.array([entry.px(), entry.py(), entry.pz(), entry.e()])


def decay_cosine(parent, child):
    """Cosine between a decay product, in its parent's rest frame, and the parent's flight."""
    mass2 = parent[3] ** 2 - parent[:3] @ parent[:3]
    energy = (parent[3] * child[3] - parent[:3] @ child[:3]) / np.sqrt(mass2)
    direction = parent[:3] / np.linalg.norm(parent[:3])
    gamma, along = parent[3] / np.sqrt(mass2), child[:3] @ direction
    momentum = gamma * (along - np.linalg.norm(parent[:3]) / parent[3] * child[3])
    return momentum / energy


def decays(pythia, boson, events):
    """Mass of each boson, species of its products, cosine of the quark."""
    found = []
    for _ in range(events):
        assert pythia.next()
        record = pythia.process
        for row in range(5, record.size()):
            if abs(record[row].id()) == boson and record[row].daughter1():
                first, second = record[row].daughter1(), record[row].daughter2()
                quark = first if record[first].id() > 0 else second
                cosine = decay_cosine(four_vector(record[row]), four_vector(record[quark]))
                pair = tuple(sorted((abs(record[first].id()), abs(record[second].id()))))
                found.append((record[row].m(), pair, cosine))
    return found


@pytest.fixture(scope="module", params=list(BOSONS))
def isotropic(request):
    boson, _ = BOSONS[request.param]
    lines = PROCESSES[request.param].settings
    hard = processes._instance((*lines, *processes._HARD_ONLY), 33)
    source = processes._boson_source(hard)
    pythia = processes._instance(
        (*lines[-6:], "PartonLevel:all = off", *processes._FROM_LES_HOUCHES), 44, source
    )
    return request.param, decays(pythia, boson, 5000)


def test_bosons_decay_isotropically(isotropic):
    _, found = isotropic
    assert len(found) == 10_000
    cosines = np.abs([cosine for *_, cosine in found])
    assert kstest(cosines, "uniform").pvalue > 0.01


def test_that_test_can_fail_pythia_by_itself_correlates_decays():
    pythia = processes._instance((*PROCESSES["w"].settings, "PartonLevel:all = off"), 3)
    cosines = np.abs([cosine for *_, cosine in decays(pythia, 24, 2000)])
    assert kstest(cosines, "uniform").pvalue < 1e-6


def test_bosons_are_on_shell_and_decay_into_the_quarks_asked_for(isotropic):
    name, found = isotropic
    assert max(abs(mass - BOSONS[name][1]) for mass, *_ in found) <= 0.0101
    pairs = {"w": {(1, 2), (3, 4)}, "z": {(1, 1), (2, 2), (3, 3), (4, 4)}}
    assert {pair for _, pair, _ in found} == pairs[name]


def test_equal_seeds_give_equal_events_whatever_ran_before():
    first = EventSource("z", (5, 6)).next_batch(2)
    EventSource("w", (7, 8)).next_batch(1)
    again, other = (EventSource("z", seeds).next_batch(2) for seeds in ((5, 6), (5, 7)))
    np.testing.assert_array_equal(first.particles.momenta, again.particles.momenta)
    assert first.particles.momenta.shape != other.particles.momenta.shape
    # Without the second seed only the decays and what follows differ.
    np.testing.assert_array_equal(first.targets[0], other.targets[0])


def test_a_batch_conserves_momentum_and_names_its_bosons():
    batch = EventSource("w", (1, 2)).next_batch(3)
    assert batch.events == 3
    assert (np.diff(batch.particles.event) >= 0).all()
    for event in range(3):
        total = batch.particles.momenta[batch.particles.event == event].sum(axis=0)
        np.testing.assert_allclose(total, [0, 0, 0, 13000], atol=0.1)
        bosons = batch.targets[batch.target_events == event]
        assert np.hypot(*bosons[:, :2].T) == pytest.approx([1000, 1000], abs=6)


def test_an_unknown_setting_is_refused():
    with pytest.raises(RuntimeError, match="does not know the setting 'No:such = on'"):
        processes._instance(("No:such = on",), 1)
