// Sums over lanes of a warp, in a fixed order, so that results repeat themselves to the bit.
//
// Sums of several numbers share their exchanges: each lane gives away those that others will finish.
#pragma once

#include "device.h"

constexpr int kLanes = 32;

// Exchanges one of two numbers with the lane `mask` away: the lower keeps the first, the upper the
// second.
__device__ inline float halve(float first, float second, int lane, int mask) {
    const bool upper = lane & mask;
    return (upper ? second : first) + across(upper ? first : second, mask);
}

// The sum over `lanes` neighbours, a power of two, on all of them.
__device__ inline float sum_of_lanes(float value, int lanes = kLanes) {
    for (int mask = lanes / 2; mask; mask /= 2) value += across(value, mask);
    return value;
}

// The sum of number i on lanes 8 i to 8 i + 7.
__device__ inline float sums_of_four(const float *numbers, int lane) {
    const float first = halve(numbers[0], numbers[2], lane, 16);
    const float second = halve(numbers[1], numbers[3], lane, 16);
    return sum_of_lanes(halve(first, second, lane, 8), 8);
}

// The sum of number i on lanes 4 i to 4 i + 3.
__device__ inline float sums_of_eight(const float *numbers, int lane) {
    float fours[4], twos[2];
#pragma unroll
    for (int i = 0; i < 4; ++i) fours[i] = halve(numbers[i], numbers[i + 4], lane, 16);
#pragma unroll
    for (int i = 0; i < 2; ++i) twos[i] = halve(fours[i], fours[i + 2], lane, 8);
    return sum_of_lanes(halve(twos[0], twos[1], lane, 4), 4);
}
