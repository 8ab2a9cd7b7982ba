"""Everything logicjsc raises on purpose.

::

    LogicjscError                exit code 2: the user can mend it
     ├─ ConfigError              a config file, key or value
     ├─ DataError                samples that cannot be read or trusted
     │   └─ OtherSamplesError    samples that are not those an artefact was made from
     ├─ RunError                 a run directory or checkpoint
     ├─ TrainingError            training that cannot go on
     ├─ SearchError              a search that found nothing
     ├─ ImportedModelError       a model made elsewhere that cannot be read or become a netlist
     │   └─ OnnxModelError       an ONNX model
     ├─ NetlistError             a netlist that breaks its own rules
     ├─ CircuitError             a circuit directory that does not fit its netlist
     ├─ LibraryError             a directory of C code whose parts do not fit
     ├─ OutputError              a place that must not be written
     ├─ DifferenceError          exit code 1: a verification that found a difference
     └─ ToolError                exit code 3: an external program
         ├─ ToolNotFoundError    not installed, or too old
         ├─ ToolTimeoutError     did not finish in time
         └─ ToolFailedError      ended with an error

Each message is one sentence that names the culprit and, where there is one, the fix. The command
line prints it without a traceback and exits with ``exit_code``; other errors: see
`logicjsc.cli.failures`. A verification on the command line
that found a difference prints all rungs and exits with 1; from Python it raises.
"""

from __future__ import annotations


class LogicjscError(Exception):
    """Base of the tree; ``str(error)`` is the sentence shown to the user."""

    exit_code = 2


class ConfigError(LogicjscError):
    """A config file, key or value that is refused."""


class DataError(LogicjscError):
    """Samples that cannot be read or must not be used."""


class OtherSamplesError(DataError):
    """Samples that are not those an artefact was made from."""


class RunError(LogicjscError):
    """A run directory or checkpoint that is missing, damaged or of another model."""


class TrainingError(LogicjscError):
    """Training that diverged or does not fit into memory."""


class SearchError(LogicjscError):
    """A search whose trials all failed."""


class ImportedModelError(LogicjscError):
    """A model made elsewhere that cannot be read, or holds something that no netlist holds."""


class OnnxModelError(ImportedModelError):
    """An ONNX model that cannot be read, or holds something no table can hold."""


class NetlistError(LogicjscError):
    """A netlist with a wrong shape, width, order or file."""


class CircuitError(LogicjscError):
    """A circuit directory that is incomplete or belongs to another netlist."""


class LibraryError(LogicjscError):
    """A directory of C code that is incomplete or belongs to another netlist."""


class OutputError(LogicjscError):
    """A place that exists and was not written by logicjsc."""


class DifferenceError(LogicjscError):
    """A verification that found a difference, or compared nothing."""

    exit_code = 1


class ToolError(LogicjscError):
    """An external program that is missing, failed or hung."""

    exit_code = 3


class ToolNotFoundError(ToolError):
    """No usable version of an external program was found."""


class ToolTimeoutError(ToolError):
    """An external program did not finish within its time limit."""


class ToolFailedError(ToolError):
    """An external program ended with an error."""
