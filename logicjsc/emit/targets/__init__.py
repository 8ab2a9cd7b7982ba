"""What a firmware project needs beside a circuit: one module per target of ``--for``.

`target` has the contract, `record` the file that says what was written.
"""
