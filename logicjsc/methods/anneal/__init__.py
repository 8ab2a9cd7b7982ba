"""Networks of 6-input LUTs found by annealing, without gradients and without sums.

A network is thresholds of features, LUTs that read them and each other, and a few output bits. What
is optimised is the accuracy on the training samples itself, LUT by LUT: contents are exact answers
to the rest of the network, wires are drawn with odds by what they are worth (see `annealer`).
"""
