// Sums over the 32 lanes of a warp, in a fixed order, so that results repeat themselves to the bit.
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

// The sum, on all lanes.
__device__ inline float sum_of_lanes(float value) {
    for (int mask = 16; mask; mask /= 2) value += across(value, mask);
    return value;
}

// The sum of `first` on lanes 0 to 15, of `second` on lanes 16 to 31.
__device__ inline float sums_of_two(float first, float second, int lane) {
    float sum = halve(first, second, lane, 16);
    for (int mask = 8; mask; mask /= 2) sum += across(sum, mask);
    return sum;
}

// The sum of number i on lanes 8 i to 8 i + 7.
__device__ inline float sums_of_four(const float *numbers, int lane) {
    const float low = halve(numbers[0], numbers[2], lane, 16);
    const float high = halve(numbers[1], numbers[3], lane, 16);
    float sum = halve(low, high, lane, 8);
    for (int mask = 4; mask; mask /= 2) sum += across(sum, mask);
    return sum;
}

struct Pair {
    float first, second;
};

// Both sums, on all lanes.
__device__ inline Pair sums_of_pair(float first, float second, int lane) {
    const float own = sums_of_two(first, second, lane);
    const float other = across(own, 16);
    return lane < 16 ? Pair{own, other} : Pair{other, own};
}
