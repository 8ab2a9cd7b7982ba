"""logicjsc: from samples to a proven circuit.

One package per stage, left to right: ``data``, ``nn``, ``training``, ``onnx_io``, ``netlist``,
``map``, ``rtl``, ``verify``, ``report``. A stage imports only from stages to its left; ``codes``,
``config``, ``errors``, ``files``, ``metrics`` and ``tools`` serve all of them, ``flow`` chains
them, ``cli`` calls them.
"""

__version__ = "0.1.0"
