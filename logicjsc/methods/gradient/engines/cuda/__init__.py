"""Training on CUDA with one kernel: all steps of an epoch in a launch, members side by side."""
