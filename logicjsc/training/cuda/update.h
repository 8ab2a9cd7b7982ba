// AdamW (Loshchilov and Hutter, arXiv:1711.05101), as torch computes it. Each thread block moves its own
// share of the parameters, numbers rank, rank + ranks and so on, and tells the others.
#pragma once

#include "member.h"

// The sum of a scalar over all thread blocks, on all lanes.
__device__ inline float scalar_of(const Member &own, int which) {
    const float part = own.lane < own.ranks ? *in_block(own.scalar_sums + which, own.lane) : 0.0f;
    return sum_of_lanes(part);
}

// Sums of the warps' scalars, for others to read after a barrier.
__device__ inline void sum_scalars(const Member &own) {
    const int warps = thread_count() / kLanes;
    for (int which = own.warp; which <= own.of_loss(); which += warps) {
        const float part = own.lane < warps ? own.scalars[which * warps + own.lane] : 0.0f;
        const float sum = sum_of_lanes(part);
        if (own.lane == 0) own.scalar_sums[which] = sum;
    }
}

// The gradient of an own parameter, on all lanes.
__device__ inline float gradient_of(const Member &own, int parameter, float value) {
    const Network &net = own.net;
    if (parameter < net.weights) {
        const float *slot = own.slots + parameter / own.ranks * own.parts();
        float sum = 0.0f;
        for (int part = own.lane; part < own.parts(); part += kLanes)
            if (own.jets_in(part)) sum += slot[part];
        return sum_of_lanes(sum) * own.steps[own.source_blocks()[parameter]];
    }
    if (parameter < net.offset(0)) return own.of_slopes[parameter - net.slope(0)];
    if (parameter < net.bias(0)) return own.of_offsets[parameter - net.offset(0)];
    if (parameter < net.range(0)) return 0.0f;
    if (parameter < net.shift()) {
        const int b = parameter - net.range(0);
        const float sum = scalar_of(own, b) / net.block[b].threshold;
        return value >= 0.0f ? sum : -sum;
    }
    if (parameter == net.shift()) return scalar_of(own, own.of_shift());
    if (parameter == net.score_scale()) return scalar_of(own, own.of_scale()) * own.steps[net.blocks - 1];
    // A number added to all scores changes no probability.
    return 0.0f;
}

__device__ inline int own_parameters(const Member &own) {
    return (own.net.parameters() + own.ranks - 1) / own.ranks;
}

__device__ inline void move_parameters(const Member &own, int step) {
    const Steps &run = own.run;
    const int count = own_parameters(own), number = own.net.parameters();
    const Rates rates = run.rates[own.number * run.total + step];
    float *value = own.owned, *first = value + count, *second = first + count;
    float *average = second + count;
    for (int i = own.warp; i < count; i += thread_count() / kLanes) {
        const int parameter = i * own.ranks + own.rank;
        if (parameter >= number) break;
        const float slope = gradient_of(own, parameter, value[i]);
        const float decay = run.decays[own.number * number + parameter];
        const float one = first[i] + (slope - first[i]) * (1.0f - run.beta1);
        const float two = second[i] * run.beta2 + slope * slope * (1.0f - run.beta2);
        const float size = sqrtf(two) / rates.root_correction + run.epsilon;
        const float moved = value[i] * (1.0f - rates.rate * decay) - rates.step_size * one / size;
        warp_barrier();  // all lanes have read
        if (own.lane < own.ranks) in_block(own.values, own.lane)[parameter] = moved;
        if (own.lane) continue;
        value[i] = moved, first[i] = one, second[i] = two;
        average[i] += rates.share * (moved - average[i]);
    }
    const float loss = own.warp ? 0.0f : scalar_of(own, own.of_loss());
    if (own.rank == 0 && thread_number() == 0)
        run.losses[own.number * run.total + step] = loss / run.batch;
}

// After a barrier: what follows from the parameters.
__device__ inline void follow_parameters(const Member &own) {
    const Network &net = own.net;
    const auto step = [&](int b) {
        return fabsf(own.values[net.range(b)]) / net.block[b].threshold;
    };
    for (int b = thread_number(); b < net.blocks; b += thread_count()) own.steps[b] = step(b);
    for (int i = thread_number(); i < net.weights; i += thread_count())
        own.values[i] *= step(own.source_blocks()[i]);
}

// From global memory to shared, or back.
__device__ inline void read_parameters(const Member &own) {
    const int count = own_parameters(own), number = own.net.parameters();
    const int64 base = static_cast<int64>(own.number) * number;
    for (int parameter = thread_number(); parameter < number; parameter += thread_count()) {
        const float *place = own.net.values[base + parameter];
        own.values[parameter] = place ? *place : 0.0f;
        if (parameter % own.ranks != own.rank) continue;
        float *owned = own.owned + parameter / own.ranks;
        const float *average = own.run.average ? own.run.average[base + parameter] : nullptr;
        owned[0] = own.values[parameter];
        owned[count] = place ? *own.run.first[base + parameter] : 0.0f;
        owned[2 * count] = place ? *own.run.second[base + parameter] : 0.0f;
        owned[3 * count] = average ? *average : 0.0f;
    }
    if (own.rank) return;
    for (int row = thread_number(); row < own.net.rows; row += thread_count()) {
        own.running_means[row] = *own.net.running_mean[own.number * own.net.rows + row];
        own.running_variances[row] = *own.net.running_variance[own.number * own.net.rows + row];
    }
}

__device__ inline void write_parameters(const Member &own) {
    const int count = own_parameters(own), number = own.net.parameters();
    const int64 base = static_cast<int64>(own.number) * number;
    for (int i = thread_number(); i < count; i += thread_count()) {
        const int parameter = i * own.ranks + own.rank;
        if (parameter >= number || !own.net.values[base + parameter]) continue;
        *own.net.values[base + parameter] = own.owned[i];
        *own.run.first[base + parameter] = own.owned[count + i];
        *own.run.second[base + parameter] = own.owned[2 * count + i];
        if (own.run.average) *own.run.average[base + parameter] = own.owned[3 * count + i];
    }
    if (own.rank) return;
    for (int row = thread_number(); row < own.net.rows; row += thread_count()) {
        *own.net.running_mean[own.number * own.net.rows + row] = own.running_means[row];
        *own.net.running_variance[own.number * own.net.rows + row] = own.running_variances[row];
    }
}
