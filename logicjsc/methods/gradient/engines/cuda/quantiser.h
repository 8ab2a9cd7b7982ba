// A quantiser, on numbers measured in its steps.
#pragma once

#include "layout.h"

// Brevitas 0.13 rounds, then clamps, so the gradient passes half a step beyond the range; in front
// of an unsigned quantiser stands a rectifier, which stops it at and below zero.
struct Quantised {
    float code;
    bool passes;  // whether the gradient goes through

    __device__ Quantised(const Block &block, float steps) {
        const float whole = rintf(steps);
        code = fminf(fmaxf(whole, block.low), block.high);
        passes = (block.activation == kUnsigned ? steps > 0.0f : whole >= block.low) &&
                 whole <= block.high;
    }
};

// From sums to steps of the quantiser.
struct __align__(8) Line {
    float slope, offset;
    __device__ float at(float sum) const { return sum * slope + offset; }
};
