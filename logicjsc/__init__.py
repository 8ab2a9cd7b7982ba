"""logicjsc: from any samples to a proven circuit.

::

    import logicjsc as lj

    data = lj.load_dataset("flows.parquet", target="label")
    run = lj.train("my.toml", data)             # any method; None picks a small network
    net = run.netlist()                         # or lj.import_model("model.onnx")
    luts = net.map()                            # proven
    circuit = luts.emit("hw/build/flows", argmax=True)
    circuit.verify(data.test)                   # raises on the first difference
    net.predict(x)                              # fast, bit-exact

Packages follow the road and import only from those before them: ``core``, ``dataset``, ``netlist``,
``tasks``, ``frontend``, ``map``, ``methods``, ``emit``, ``artefacts``, ``check``, ``explore``,
``api``, ``cli``. Importing this package alone loads none of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from logicjsc.api.circuits import Circuit
    from logicjsc.api.data import load_dataset
    from logicjsc.api.estimators import LogicClassifier, LogicRegressor
    from logicjsc.api.importing import import_model
    from logicjsc.api.luts import Luts
    from logicjsc.api.netlists import Netlist
    from logicjsc.api.runs import Run, build_network, train
    from logicjsc.api.studies import Study
    from logicjsc.core.errors import DifferenceError, LogicjscError
    from logicjsc.dataset import DataConfig, Dataset, Samples, Target
    from logicjsc.dataset.task import Task, register_task
    from logicjsc.methods.gradient.families.family import (
        Family,
        register_family,
        register_module,
    )
    from logicjsc.methods.method import Method, register_method

__version__ = "0.1.0"

_PLACES: Final = {
    "Circuit": "api.circuits",
    "DataConfig": "dataset",
    "Dataset": "dataset",
    "DifferenceError": "core.errors",
    "Family": "methods.gradient.families.family",
    "LogicClassifier": "api.estimators",
    "LogicRegressor": "api.estimators",
    "LogicjscError": "core.errors",
    "Luts": "api.luts",
    "Method": "methods.method",
    "Netlist": "api.netlists",
    "Run": "api.runs",
    "Samples": "dataset",
    "Study": "api.studies",
    "Target": "dataset",
    "Task": "dataset.task",
    "build_network": "api.runs",
    "import_model": "api.importing",
    "load_dataset": "api.data",
    "register_family": "methods.gradient.families.family",
    "register_method": "methods.method",
    "register_module": "methods.gradient.families.family",
    "register_task": "dataset.task",
    "train": "api.runs",
}
"""Where each public name lives; modules are imported when a name is used."""

__all__ = [
    "Circuit",
    "DataConfig",
    "Dataset",
    "DifferenceError",
    "Family",
    "LogicClassifier",
    "LogicRegressor",
    "LogicjscError",
    "Luts",
    "Method",
    "Netlist",
    "Run",
    "Samples",
    "Study",
    "Target",
    "Task",
    "__version__",
    "build_network",
    "import_model",
    "load_dataset",
    "register_family",
    "register_method",
    "register_module",
    "register_task",
    "train",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__]
