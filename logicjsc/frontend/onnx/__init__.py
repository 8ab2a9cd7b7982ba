"""ONNX in both directions: exporting a trained model, reading any quantised sparse one.

The ONNX file is the contract between learning and hardware: everything to its right is compared
with it, bit by bit.
"""
