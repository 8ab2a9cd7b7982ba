"""Neurons as torch modules: what a neuron computes from its few sources.

Each is a module from values ``[samples, sources]`` to numbers ``[samples, neurons]``, which a
`NeuronLayer` normalises and quantises. Behind the quantiser a neuron is a truth table, whatever was
in front of it.
"""
