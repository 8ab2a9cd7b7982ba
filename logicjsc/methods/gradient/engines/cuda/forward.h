// Forward pass of a block: sums, batch statistics, codes.
#pragma once

#include "member.h"

// Starts to copy the samples of a step into the rows of block 0, and what is said of them.
template <int kSamples>
__device__ inline void start_samples(const Member<kSamples> &own, int buffer) {
    const int features = own.net.features, classes = own.net.classes;
    const int64 *chosen = own.chosen + buffer * own.stride;
    for (int i = thread_number(); i < own.samples * features; i += thread_count()) {
        const int sample = i / features, feature = i % features;
        start_copy(own.numbers + feature * own.padded + sample,
                   own.run.samples.features + chosen[sample] * features + feature);
    }
    for (int sample = thread_number(); sample < own.samples; sample += thread_count())
        start_copy(own.labels + sample, own.run.samples.labels + chosen[sample]);
    if (!own.run.samples.teacher) return;
    for (int i = thread_number(); i < own.samples * classes; i += thread_count())
        start_copy(own.teacher + i,
                   own.run.samples.teacher + chosen[i / classes] * classes + i % classes);
}

// The same for the numbers of a step's samples.
template <int kSamples>
__device__ inline void start_order(const Member<kSamples> &own, int step, int buffer) {
    const int64 *order = own.run.order +
                         (static_cast<int64>(own.number) * own.run.total + step) * own.run.batch +
                         own.rank * own.run.samples_per_block;
    for (int sample = thread_number(); sample < own.samples; sample += thread_count())
        start_copy(own.chosen + buffer * own.stride + sample, order + sample);
}

// A number near the mean of a row's sums, from which they are counted, so that their squares do not
// drown in that of the mean: its mean of earlier batches. All thread blocks know the same one.
template <int kSamples>
__device__ inline float pivot(const Member<kSamples> &own, int row) {
    return own.running_means[row] - own.values[own.net.bias(row)];
}

// Sums of each neuron, and the parts of their statistics.
template <int kSamples>
__device__ inline void forward_sums(const Member<kSamples> &own, int b, int buffer) {
    const Block block = own.net.block[b];
    if (own.group >= own.groups) return;
#pragma unroll 1
    for (int neuron = own.group * kPair; neuron < block.neurons; neuron += own.groups * kPair) {
        Numbers<kSamples> sums[kPair];
        float from[kPair], parts[2 * kPair] = {};
        int places[kPair];
#pragma unroll
        for (int i = 0; i < kPair; ++i) {
            const int other = own.near(block, neuron, i);
            places[i] = block.first_place + other;
            from[i] = pivot(own, block.first_row + other);
        }
        if (b == 0) {
#pragma unroll
            for (int i = 0; i < kPair; ++i) sums[i] = own.numbers_at(places[i]);
        } else {
            own.weigh(block, neuron, sums);
#pragma unroll
            for (int i = 0; i < kPair; ++i) own.numbers_at(places[i]) = sums[i];
        }
#pragma unroll
        for (int i = 0; i < kPair; ++i)
#pragma unroll
            for (int j = 0; j < kSamples; ++j) {
                const float off = own.valid[j] ? sums[i].of[j] - from[i] : 0.0f;
                parts[2 * i] += off;
                parts[2 * i + 1] += off * off;
            }
        own.keep_partials(block, buffer, neuron, parts);
    }
}

// After a barrier: statistics of all samples, then the codes. Returns whether a number is none.
template <int kSamples>
__device__ inline bool forward_codes(const Member<kSamples> &own, int b, int buffer) {
    const Block block = own.net.block[b];
    const float part = 1.0f / own.run.batch, inverse_step = 1.0f / own.steps[b];
    const float shift = b == 0 ? own.values[own.net.shift()] : 0.0f;
    bool broken = false;
    if (own.group >= own.groups) return broken;
#pragma unroll 1
    for (int neuron = own.group * kPair; neuron < block.neurons; neuron += own.groups * kPair) {
        const int row = block.first_row + own.near(block, neuron, own.lane / kShare);
        const float from = pivot(own, row), slope = own.values[own.net.slope(row)];
        const float above = own.values[own.net.offset(row)] + shift;
        Numbers<kSamples> sums[kPair];
#pragma unroll
        for (int i = 0; i < kPair; ++i)
            sums[i] = own.numbers_at(block.first_place + own.near(block, neuron, i));
        const float2 total = own.totals(block, buffer, neuron);
        const float off = total.x * part, mean = from + off;
        // Written so that not-a-number stays what it is.
        const float rest = total.y - total.x * off, deviation = rest < 0.0f ? 0.0f : rest;
        const float inverse = 1.0f / sqrtf(deviation * part + block.epsilon);
        const Line line{slope * inverse * inverse_step, above * inverse_step};
#pragma unroll
        for (int i = 0; i < kPair; ++i) {
            const int other = block.first_row + own.near(block, neuron, i);
            const float centre = of_lane(mean, kShare * i);
            const Line to{of_lane(line.slope, kShare * i), of_lane(line.offset, kShare * i)};
            Codes<kSamples> codes;
#pragma unroll
            for (int j = 0; j < kSamples; ++j) {
                const float steps = to.at(sums[i].of[j] - centre);
                broken |= own.valid[j] && isnan(steps);
                codes.of[j] = static_cast<signed char>(Quantised(block, steps).code);
            }
            own.codes_of(other) = codes;
        }
        if (own.column || own.lane % kShare || neuron + own.lane / kShare >= block.neurons)
            continue;
        own.means[row] = mean;
        own.inverses[row] = inverse;
        own.lines[row] = line;
        float &spread = own.running_variances[row];
        spread += block.momentum * (deviation / (own.run.batch - 1) - spread);
    }
    return broken;
}
