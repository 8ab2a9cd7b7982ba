// Forward pass of a block: sums, batch statistics, codes.
#pragma once

#include "member.h"

// Starts to copy the jets of a step into the rows of block 0, and what is said of them.
template <int kJets>
__device__ inline void start_jets(const Member<kJets> &own, int buffer) {
    const int features = own.net.features, classes = own.net.classes;
    const int64 *chosen = own.chosen + buffer * own.stride;
    for (int i = thread_number(); i < own.jets * features; i += thread_count()) {
        const int jet = i / features, feature = i % features;
        start_copy(own.numbers + feature * own.padded + jet,
                   own.run.jets.features + chosen[jet] * features + feature);
    }
    for (int jet = thread_number(); jet < own.jets; jet += thread_count())
        start_copy(own.labels + jet, own.run.jets.labels + chosen[jet]);
    if (!own.run.jets.teacher) return;
    for (int i = thread_number(); i < own.jets * classes; i += thread_count())
        start_copy(own.teacher + i,
                   own.run.jets.teacher + chosen[i / classes] * classes + i % classes);
}

// The same for the numbers of a step's jets.
template <int kJets>
__device__ inline void start_order(const Member<kJets> &own, int step, int buffer) {
    const int64 *order = own.run.order +
                         (static_cast<int64>(own.number) * own.run.total + step) * own.run.batch +
                         own.rank * own.run.jets_per_block;
    for (int jet = thread_number(); jet < own.jets; jet += thread_count())
        start_copy(own.chosen + buffer * own.stride + jet, order + jet);
}

// A number near the mean of a row's sums, from which they are counted, so that their squares do not
// drown in that of the mean: its mean of earlier batches. All thread blocks know the same one.
template <int kJets>
__device__ inline float pivot(const Member<kJets> &own, int row) {
    return own.running_means[row] - own.values[own.net.bias(row)];
}

// Sums of each neuron, and the parts of their statistics.
template <int kJets>
__device__ inline void forward_sums(const Member<kJets> &own, int b, int buffer) {
    const Block block = own.net.block[b];
    if (own.group >= own.groups) return;
#pragma unroll 1
    for (int neuron = own.group * kPair; neuron < block.neurons; neuron += own.groups * kPair) {
        Numbers<kJets> sums[kPair];
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
            for (int j = 0; j < kJets; ++j) {
                const float off = own.valid[j] ? sums[i].of[j] - from[i] : 0.0f;
                parts[2 * i] += off;
                parts[2 * i + 1] += off * off;
            }
        own.keep_partials(block, buffer, neuron, parts);
    }
}

// After a barrier: statistics of all jets, then the codes. Returns whether a number is none.
template <int kJets>
__device__ inline bool forward_codes(const Member<kJets> &own, int b, int buffer) {
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
        Numbers<kJets> sums[kPair];
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
            Codes<kJets> codes;
#pragma unroll
            for (int j = 0; j < kJets; ++j) {
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
