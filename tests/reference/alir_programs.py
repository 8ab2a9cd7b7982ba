"""Programs traced by alkaid, with everything that its language has."""

from __future__ import annotations

import numpy as np
from alkaid.trace import FVariable, HWConfig, trace
from alkaid.trace.fixed_variable import FVariableInput
from alkaid.types import CombLogic, Op, QInterval

HARDWARE = HWConfig(1, -1, -1)


def feature_rows(program: CombLogic, rows: int, seed: int = 0) -> np.ndarray:
    """Features inside and outside of the inputs' formats, on and beside their steps."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, program.shape[0])) * 4
    quarter = rows // 4
    features[:quarter] = np.round(features[:quarter] * 8) / 8
    ends = np.array([[qint.min, qint.max] for qint in program.inp_qint])
    corners = ends[:, 0] + rng.integers(0, 2, (quarter, len(ends))) * (ends[:, 1] - ends[:, 0])
    features[quarter : 2 * quarter] = corners
    found = features.astype(np.float32)
    found[: quarter // 2] = np.nextafter(found[: quarter // 2], np.float32(-np.inf))
    return found


def every_operation() -> CombLogic:
    """A program of every operation that tracing makes."""
    inputs = [FVariableInput(hwconf=HARDWARE) for _ in range(4)]
    a, b, c = (entry.quantize(1, 2, 3) for entry in inputs[:3])
    u = inputs[3].quantize(0, 3, 2)
    sine = np.round(np.sin(np.arange(64)) * 8) / 8
    outputs = [
        a * 3.25 - b + 0.375,
        (a + b).quantize(1, 1, 2, "SAT", "RND"),
        (a * 5 - c).quantize(0, 2, 1, "SAT_SYM", "TRN"),
        (a + b + c).quantize(1, 3, 1, "WRAP", "RND_CONV"),
        (a - b).relu(2, 2),
        (a - b).relu(1, 1, "RND"),
        u.relu(1, 1),
        a.max_of(b),
        a.min_of(-b),
        abs(c),
        a * b,
        c**2,
        (a + u) * (b - u),
        a & b,
        a | u,
        u ^ b,
        ~a,
        ~u,
        b.unary_bit_op("any"),
        u.unary_bit_op("all"),
        b.unary_bit_op("all"),
        a.is_negative(),
        a > b,
        u.msb_mux(a, b),
        a.msb_mux(b * 2, c + 1),
        a.lookup(sine),
        FVariable.from_const(1.25, HARDWARE),
        -(a + b),
    ]
    return trace(inputs, outputs)


def random_program(seed: int, operations: int = 25) -> CombLogic:
    """A program drawn from a seed; every number has few bits, so that products stay small."""
    rng = np.random.default_rng(seed)
    inputs = [FVariableInput(hwconf=HARDWARE) for _ in range(4)]
    known = [
        entry.quantize(int(rng.integers(2)), int(rng.integers(1, 4)), int(rng.integers(-1, 4)))
        for entry in inputs
    ]

    def narrow() -> FVariable:
        number = known[int(rng.integers(max(0, len(known) - 8), len(known)))]
        if sum(number.kif) <= 8:
            return number
        i, f = number.kif[1:]
        return number.quantize(1, min(i, 3), min(f, 3), *_modes(rng))

    for _ in range(operations):
        one, other = narrow(), narrow()
        power = 2.0 ** int(rng.integers(-2, 3)) * (-1 if rng.integers(3) == 0 else 1)
        known.append(_made(rng, one, other * power))
    return trace(inputs, known[-6:])


def _modes(rng: np.random.Generator) -> tuple[str, str]:
    return str(rng.choice(["WRAP", "SAT", "SAT_SYM"])), str(rng.choice(["TRN", "RND"]))


def _made(rng: np.random.Generator, one: FVariable, other: FVariable) -> FVariable:
    bits = int(rng.integers(0, 3)), int(rng.integers(0, 3))
    makers = [
        lambda: one + other * float(rng.choice([1, 1, 0.75, -3])),
        lambda: one - other,
        lambda: one + float(rng.integers(-20, 20)) / 8,
        lambda: one.relu(*bits),
        lambda: one.quantize(1, *bits, *_modes(rng)),
        lambda: one * other,
        lambda: one.max_of(other),
        lambda: one.msb_mux(one + 1, other),
        lambda: one.lookup(rng.integers(-16, 17, round((one.high - one.low) / one.step) + 1) / 4),
        lambda: one & other,
        lambda: one ^ other,
        lambda: one.unary_bit_op("any") + other,
    ]
    return makers[int(rng.integers(len(makers)))]()


def by_hand(
    operations: list[tuple[tuple[int, ...], int, tuple[int, ...], tuple[float, float, float]]],
    outputs: list[int],
    *,
    inputs: int = 1,
) -> CombLogic:
    """A program of records: sources, opcode, data, range."""
    ops = [
        Op(sources, opcode, data, QInterval(*map(float, bounds)), 0.0, 0.0)
        for sources, opcode, data, bounds in operations
    ]
    count = len(outputs)
    shape = (inputs, count)
    return CombLogic(shape, [0] * inputs, outputs, [0] * count, [False] * count, ops, -1, -1, None)
