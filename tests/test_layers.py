"""The layout shows the architecture: imports point one way, and there are no cycles."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "logicjsc"

ORDER = (
    "core",
    "dataset",
    "netlist",
    "tasks",
    "frontend",
    "map",
    "methods",
    "emit",
    "artefacts",
    "check",
    "explore",
    "api",
    "cli",
)
"""A room may import from itself and from those before it, also where it imports late."""

LONGEST = 500


@cache
def modules() -> dict[str, Path]:
    """Every module by its dotted name."""
    found = {}
    for file in PACKAGE.rglob("*.py"):
        parts = ("logicjsc", *file.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = file
    return found


def _is_for_types_only(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


def imports_of(tree: ast.AST, *, types: bool) -> set[str]:
    """Modules of ours that a module imports, early or late."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if not types and _is_for_types_only(node):
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("logicjsc"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in modules() else str(node.module))
        elif isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.startswith("logicjsc")}
        found |= imports_of(node, types=types)
    return found


@cache
def graph(*, types: bool) -> dict[str, frozenset[str]]:
    """What each module imports."""
    return {
        name: frozenset(imports_of(ast.parse(file.read_text()), types=types) - {name})
        for name, file in modules().items()
    }


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_every_folder_has_its_place_in_the_order():
    rooms = {room(name) for name in modules()} - {"", "__main__"}
    assert rooms == set(ORDER)


def test_imports_point_down_the_order_only():
    wrong = [
        f"{name} -> {other}"
        for name, others in graph(types=True).items()
        for other in others
        if room(name) in ORDER
        and room(other) in ORDER
        and ORDER.index(room(other)) > ORDER.index(room(name))
    ]
    assert wrong == []


def test_modules_import_each_other_in_no_circle():
    """Packages count as their ``__init__``, which importing any module in them runs."""
    full = {
        name: {other for other in others if other in modules()}
        for name, others in graph(types=False).items()
    }
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join([*above[above.index(name) :], name])
        if name in done:
            return
        for other in full[name]:
            visit(other, (*above, name))
        done.add(name)

    for name in full:
        visit(name, ())


def test_folders_inside_a_room_import_each_other_in_no_circle():
    arrows: dict[str, set[str]] = {}
    for name, others in graph(types=False).items():
        own = folder(name)
        for other in others:
            if room(other) == room(name) and folder(other) != own:
                arrows.setdefault(own, set()).add(folder(other))
    for start, ends in arrows.items():
        for end in ends:
            if start.startswith(f"{end}/") or end.startswith(f"{start}/"):
                continue  # a folder and what it is made of
            assert start not in arrows.get(end, ()), f"{start} <-> {end}"


def folder(module: str) -> str:
    """The folder that a module lies in."""
    file = modules().get(module)
    return str(file.parent.relative_to(PACKAGE)) if file else module


def test_tasks_are_known_by_name_in_their_own_room_only():
    wrong = [
        f"{name} -> {other}"
        for name, others in graph(types=True).items()
        for other in others
        if room(other) == "tasks" and room(name) != "tasks"
    ]
    assert wrong == []


def test_a_wrong_arrow_would_be_seen(monkeypatch):
    tree = ast.parse("def f():\n    from logicjsc.cli import main\n")
    assert imports_of(tree, types=False) == {"logicjsc.cli.main"}
    hidden = ast.parse("if TYPE_CHECKING:\n    from logicjsc.cli import main\n")
    assert imports_of(hidden, types=False) == set()
    assert imports_of(hidden, types=True) == {"logicjsc.cli.main"}


def test_no_module_is_longer_than_a_reader_can_hold():
    lengths = {name: len(file.read_text().splitlines()) for name, file in modules().items()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


NUMPY_ALONE = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in {"numpy", "logicjsc", "platformdirs"} and top not in sys.stdlib_module_names:
            raise ModuleNotFoundError(f"{name} is not to be imported here", name=name)
import numpy
sys.meta_path.insert(0, Refuse())
from pathlib import Path
from logicjsc.netlist import evaluate, load_netlist, save_netlist
from logicjsc.netlist.passes import drop_dead_nodes
net = load_netlist(Path(sys.argv[1]))
codes = net.encoder.encode(numpy.zeros((3, len(net.encoder.feature_names)), numpy.float32))
print(net.decoder.classify(evaluate(drop_dead_nodes(net), codes)).shape)
"""


def test_the_netlist_side_needs_numpy_only():
    point = PACKAGE.parent / "zoo" / "jets" / "jsc-lut-3" / "netlist.npz"
    printed = subprocess.run(
        [sys.executable, "-c", NUMPY_ALONE, str(point)], capture_output=True, text=True, check=False
    )
    assert printed.stdout.strip() == "(3,)", printed.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"]])
def test_the_command_line_loads_no_library_before_it_needs_one(arguments):
    heavy = ("torch", "numpy", "onnx", "sklearn", "scipy", "pandas", "matplotlib")
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom logicjsc.cli.main import main\n"
        f"assert CliRunner().invoke(main, {arguments!r}).exit_code == 0\n"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "[]"
