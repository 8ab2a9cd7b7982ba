"""Models made elsewhere, and ONNX files, to netlists."""
