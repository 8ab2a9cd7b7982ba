// Quantisers and rectifiers, forward and backward, on numbers measured in steps of the quantiser.
#pragma once

#include "layout.h"
#include "rows.h"

// Brevitas 0.13 rounds, then clamps, so the gradient passes half a step beyond the range; in front
// of an unsigned quantiser stands a rectifier, which stops it at and below zero.
template <int64_t Kind>
struct Activated {
    Vector code;      // the output, in steps
    Integers passes;  // where the gradient goes through

    Activated(Vector steps, float low, float high) {
        if constexpr (Kind == kNone) {
            passes = Integers{} == Integers{};
            code = steps;
            return;
        }
        if constexpr (Kind == kReLU) {
            passes = steps > 0.0f;
            // Written so that not-a-number stays what it is.
            code = steps <= 0.0f ? Vector{} : steps;
            return;
        }
        const Vector whole = rounded(steps);
        code = whole > high ? splat(high) : whole;
        code = code < low ? splat(low) : code;
        if constexpr (Kind == kUnsigned)
            passes = (steps > 0.0f) & (whole <= high);
        else
            passes = (whole >= low) & (whole <= high);
    }
};

// Calls `body` with the kind of activation as a constant.
template <class Body>
inline void with_activation(int64_t kind, Body body) {
    switch (kind) {
        case kReLU: return body(std::integral_constant<int64_t, kReLU>{});
        case kUnsigned: return body(std::integral_constant<int64_t, kUnsigned>{});
        case kSigned: return body(std::integral_constant<int64_t, kSigned>{});
        default: return body(std::integral_constant<int64_t, kNone>{});
    }
}
