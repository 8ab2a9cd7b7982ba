"""LUTs as a smooth function, against an enumeration, counted bits and finite differences."""

import math
from dataclasses import replace

import numpy as np
import pytest
from reference.naive_prune import CODES, random_columns, random_groups, random_state

from logicjsc.methods.prune.cost import smooth_luts, smooth_luts_gradient
from logicjsc.methods.prune.state import Edges, State

LAYERS = ("first", "second", "direct")


def doubled(state):
    """The same network in float64."""
    layers = {
        name: replace(
            layer,
            basis=layer.basis.astype(np.float64),
            coefficients=layer.coefficients.astype(np.float64),
        )
        for name in LAYERS
        for layer in (getattr(state, name),)
    }
    return replace(state, **layers)


def written(contents, widths, steps):
    """Tables whose contents, in steps, are the coefficients."""
    basis = np.broadcast_to(np.eye(CODES), (len(contents), CODES, CODES)).copy()
    sizes = np.exp2(steps)[:, None]
    return Edges(basis, contents * sizes, widths, steps)


def on_the_grid(rng, *, most_bits, density, steps=(-4, 0), direct=False, groups=False):
    """A network whose contents are whole steps."""
    columns, hidden, classes = 4, 5, 3

    def edges(sources, targets):
        widths = rng.integers(1, most_bits + 1, (sources, targets))
        widths *= rng.random((sources, targets)) < density
        highest = np.exp2(widths)[:, None] - 1
        contents = np.floor(rng.random((sources, CODES, targets)) * (highest + 1))
        return written(contents, widths, rng.integers(*steps, (sources, targets), endpoint=True))

    return State(
        (random_groups if groups else random_columns)(rng, columns, columns, 7),
        edges(columns, hidden),
        rng.uniform(-40, 60, hidden),
        edges(hidden, classes),
        np.zeros(classes),
        edges(columns, classes if direct else 0),
    )


def naive_luts(state):
    """The measure of a network on the grid, one table at a time."""
    first, second = state.first, state.second
    tables = [e.basis @ e.coefficients / np.exp2(e.steps)[:, None] for e in (first, second)]
    hidden = range(len(state.offset))
    bits = {}
    behind = {}
    for neuron in hidden:
        low = high = 0.0
        for column in range(len(state.columns)):
            contents = tables[0][column, :, neuron].tolist()
            size = 2.0 ** int(first.steps[column, neuron])
            low, high = low + min(contents) * size, high + max(contents) * size
            most = max(0, 5 - int(first.steps[column, neuron]))
            bits[column, neuron] = min(most, math.log2(1 + max(contents) - min(contents)))
        reached = {
            (code + round(float(state.offset[neuron]))) % CODES
            for code in range(math.floor(low), math.floor(high) + 1)
        }
        for label in range(len(state.bias)):
            contents = [float(tables[1][neuron, code, label]) for code in reached]
            behind[neuron, label] = math.log2(1 + max(contents) - min(contents))
    total = sum(behind.values())
    live = {}
    for (column, neuron), mine in bits.items():
        needed = min(1.0, sum(behind[neuron, label] for label in range(len(state.bias))))
        others = sum(min(1.0, bits[c, neuron]) for c in range(len(state.columns)))
        live[column, neuron] = mine * needed
        total += mine * needed * min(1.0, max(0.0, others - 1))
    beside = {}
    for number in range(len(state.columns)):
        tables = state.direct.basis[number] @ state.direct.coefficients[number]
        tables = tables / np.exp2(state.direct.steps[number])
        beside[number] = sum(math.log2(1 + max(table) - min(table)) for table in tables.T.tolist())
        total += beside[number]
    read = {}
    for number, column in enumerate(state.columns):
        mine = beside[number] + sum(live[number, neuron] for neuron in hidden)
        for part in column.parts:
            luts, so_far = read.get(part.name, (part.luts, 0.0))
            read[part.name] = luts, so_far + mine
    return total + sum(luts * min(1.0, bits) for luts, bits in read.values())


@pytest.mark.parametrize("seed", range(8))
def test_on_the_grid_it_is_what_an_enumeration_of_codes_says(seed):
    rng = np.random.default_rng(seed)
    density = 0.4 + 0.1 * (seed % 4)
    beside = {"direct": seed % 3 > 0, "groups": seed % 2 == 1}
    state = on_the_grid(rng, most_bits=1 + seed // 2, density=density, **beside)
    assert smooth_luts(state) == pytest.approx(naive_luts(state), rel=1e-9)
    # Some sums stay among few codes, so that the reach matters.
    narrow = replace(state, first=replace(state.first, steps=state.first.steps - 3))
    narrow.first.coefficients = narrow.first.coefficients / 8
    assert smooth_luts(narrow) == pytest.approx(naive_luts(narrow), rel=1e-9)
    assert smooth_luts(narrow) < smooth_luts(state)


@pytest.mark.parametrize("seed", range(4))
def test_tables_that_fill_their_widths_cost_what_is_counted(seed):
    rng = np.random.default_rng(seed)
    state = on_the_grid(rng, most_bits=4, density=0.7, steps=(0, 0), direct=seed % 2 == 1)
    # Every sum reaches all codes, and the first neuron adds nothing.
    state.first.widths[:2] = 5
    state.first.widths[1:, 0] = 0
    state.second.widths[:, 0] = 4
    for edges in (state.first, state.second, state.direct):
        edges.coefficients[:, 0] = 0
        edges.coefficients[:, -1] = np.exp2(edges.widths) - 1
    assert state.alone[0]
    assert smooth_luts(state) == pytest.approx(state.luts(), rel=1e-9)


def test_sums_that_stay_in_one_code_cost_nothing_and_those_that_leave_it_do():
    contents = np.zeros((2, CODES, 1))
    contents[:, CODES // 2 :] = 3
    first = written(contents, np.full((2, 1), 2), np.full((2, 1), -3))
    second = written(
        np.arange(CODES)[None, :, None] % 2 * 1.0, np.ones((1, 1), int), np.zeros((1, 1), int)
    )
    columns = random_columns(np.random.default_rng(0), 2, 2, 7)
    direct = written(np.zeros((2, CODES, 0)), np.zeros((2, 0), int), np.zeros((2, 0), int))
    state = State(columns, first, np.zeros(1), second, np.zeros(1), direct)
    # Two tables of 3/8: no sum reaches 1, although 5 LUTs are counted.
    assert state.luts() == 5 + sum(column.luts for column in columns)
    assert smooth_luts(state) == 0
    assert not any(gradient.any() for gradient in smooth_luts_gradient(state))
    # Twice as large they do.
    first.steps += 1
    first.coefficients *= 2
    assert smooth_luts(state) == state.luts()


@pytest.mark.parametrize("seed", range(10))
def test_the_gradient_is_that_of_finite_differences(seed):
    rng = np.random.default_rng(seed)
    narrow = (-6, -4) if seed % 2 else (-3, 1)
    beside = {"direct": 0.4 * (seed % 3), "groups": seed % 4 > 1}
    state = doubled(random_state(rng, columns=4, hidden=4, density=0.7, steps=narrow, **beside))
    found = smooth_luts_gradient(state)
    passed = 0
    for name, gradient in zip(LAYERS, found, strict=True):
        coefficients = getattr(state, name).coefficients
        assert gradient.shape == coefficients.shape
        assert gradient.dtype == np.float64
        for place in np.ndindex(coefficients.shape):
            here, by = coefficients[place], 1e-7
            coefficients[place] = here + by
            above = smooth_luts(state)
            coefficients[place] = here - by
            below = smooth_luts(state)
            coefficients[place] = here
            assert gradient[place] == pytest.approx((above - below) / (2 * by), rel=1e-4, abs=1e-5)
            passed += gradient[place] != 0
    assert passed > 10


@pytest.mark.parametrize("seed", range(6))
def test_it_has_no_jumps(seed):
    """The steepest piece of the way between two networks is halved until a jump would stand out."""
    rng = np.random.default_rng(seed)
    direct = 0.2 * (seed % 2)
    state = random_state(rng, columns=3, hidden=3, density=0.8, steps=(-5, -3), direct=direct)
    state = doubled(state)
    start = [getattr(state, name).coefficients for name in LAYERS]
    change = [rng.normal(size=coefficients.shape) for coefficients in start]

    def at(part):
        moved = [here + part * by for here, by in zip(start, change, strict=True)]
        layers = {
            name: replace(getattr(state, name), coefficients=mine)
            for name, mine in zip(LAYERS, moved, strict=True)
        }
        return smooth_luts(replace(state, **layers))

    parts = np.linspace(0, 1, 100)
    values = np.array([at(part) for part in parts])
    place = int(np.abs(np.diff(values)).argmax())
    low, high = parts[place], parts[place + 1]
    for _ in range(25):
        middle = (low + high) / 2
        left, value, right = at(low), at(middle), at(high)
        low, high = (low, middle) if abs(value - left) > abs(right - value) else (middle, high)
    assert np.ptp(values) > 1
    assert abs(at(high) - at(low)) < 1e-3


def test_small_numbers_give_the_same_and_nothing_is_changed():
    state = random_state(np.random.default_rng(3))
    before = [parameter.copy() for parameter in state.parameters()]
    exact, single = smooth_luts(doubled(state)), smooth_luts(state)
    assert single == pytest.approx(exact, rel=1e-4)
    for mine, theirs in zip(
        smooth_luts_gradient(state), smooth_luts_gradient(doubled(state)), strict=True
    ):
        assert mine == pytest.approx(theirs, rel=1e-3, abs=1e-3)
    for mine, same in zip(state.parameters(), before, strict=True):
        assert (mine == same).all()
