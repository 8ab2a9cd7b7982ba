"""Neuron families beyond the linear one: what a neuron computes from its few sources.

Each family is a module from values ``[jets, sources]`` to numbers ``[jets, neurons]``, which a
`NeuronLayer` normalises and quantises. Behind the quantiser a neuron is a truth table, whatever
was in front of it.
"""
