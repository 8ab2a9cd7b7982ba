"""The public names: all there, loaded when used, and short when printed."""

import subprocess
import sys

import pytest

import logicjsc

HEAVY = ("torch", "numpy", "onnx", "sklearn", "scipy", "pandas", "rich")


def test_every_public_name_can_be_had():
    for name in logicjsc.__all__:
        assert getattr(logicjsc, name) is not None
    assert set(logicjsc.__all__) <= set(dir(logicjsc))


def test_a_name_that_is_not_public_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = logicjsc.nothing


def test_importing_the_package_loads_nothing_else():
    code = f"import sys, logicjsc; print([m for m in {HEAVY!r} if m in sys.modules])"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "[]"
