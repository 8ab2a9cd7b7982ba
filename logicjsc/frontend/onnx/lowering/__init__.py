"""Rewriting models into the operators that the graph reader follows.

Each module rewrites one thing; what a model computes stays as it is: `ends` takes off a decision,
`inputs` gives it float32 features, `batch` frees a batch of a fixed size, `qonnx` writes the
quantisers of QONNX in standard operators, `wide` codes of 16 bits as rounded numbers.
"""
