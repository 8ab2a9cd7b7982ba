// What is handed over from Python.
#pragma once

#include <cstdint>

extern "C" {

// Mirrored in library.py.
struct Problem {
    const uint8_t* levels;    // [features, samples]
    const uint8_t* labels;    // [samples]
    const double* costs;      // [features, 256], of a threshold at a level; infinity: not there
    const uint8_t* decision;  // [1 << outputs], class by the outputs' bits, output 0 the lowest
    const int32_t* stages;    // [nodes], ascending
    const uint8_t* reads;     // [nodes]: 1 thresholds, 2 nodes of earlier stages, 3 both
    int32_t* inputs;          // [nodes, 6]: feature * 256 + level, or features * 256 + node
    uint64_t* tables;         // [nodes]; bit i: output where inputs spell i, input 0 the lowest
    int64_t samples, features, nodes, outputs, classes;
    uint64_t seed;
    int64_t cross_fit;        // whether a source is chosen by contents that other samples gave
    int64_t candidates;       // features whose thresholds a move above temperature zero looks at; 0: all
};
}
