"""The network as a program for processors: bit-sliced C, compiled and called from Python.

In bit-sliced code a variable holds one bit of many samples, so one instruction computes that bit
for 64 to 512 of them (Biham, A fast new DES implementation in software, FSE 1997).
"""
