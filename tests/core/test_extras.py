"""Packages of extras are imported when used."""

from __future__ import annotations

import sys

import pytest

from logicjsc.core.errors import ToolNotFoundError
from logicjsc.core.extras import require


def test_a_package_of_an_extra_is_imported_or_named_with_its_remedy(monkeypatch):
    assert require("json", "plots").dumps([]) == "[]"
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    message = r"^the Python package matplotlib is not installed; pip install logicjsc\[plots\]$"
    with pytest.raises(ToolNotFoundError, match=message):
        require("matplotlib", "plots")


def test_a_package_that_lacks_another_one_says_so_itself(tmp_path, monkeypatch):
    (tmp_path / "needy_package.py").write_text("import no_such_package_at_all")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_package_at_all"):
        require("needy_package", "plots")
