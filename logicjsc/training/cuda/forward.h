// Forward pass of a block: sums, batch statistics, codes.
#pragma once

#include "member.h"

// Starts to copy the jets of a step into the rows of block 0, and what is said of them.
__device__ inline void start_jets(const Member &own, int buffer) {
    const int features = own.net.features, classes = own.net.classes;
    const int64 *chosen = own.chosen + buffer * own.stride;
    for (int i = thread_number(); i < own.jets * features; i += thread_count()) {
        const int jet = i / features, feature = i % features;
        start_copy(own.numbers + feature * (own.stride + 2) + jet,
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
__device__ inline void start_order(const Member &own, int step, int buffer) {
    const int64 *order = own.run.order +
                         (static_cast<int64>(own.number) * own.run.total + step) * own.run.batch +
                         own.rank * own.run.jets_per_block;
    for (int jet = thread_number(); jet < own.jets; jet += thread_count())
        start_copy(own.chosen + buffer * own.stride + jet, order + jet);
}

// A number near the mean of a row's sums, from which they are counted, so that their squares do not
// drown in that of the mean. All thread blocks know the same one.
__device__ inline float pivot(const Member &own, int row) {
    return own.running_means[row] - own.values[own.net.bias(row)];
}

// Sums of each neuron, and the parts of their statistics.
__device__ inline void forward_sums(const Member &own, int b, int buffer) {
    const Block block = own.net.block[b];
    if (own.group >= own.groups) return;
    for (int neuron = own.group * kQuad; neuron < block.neurons; neuron += own.groups * kQuad) {
        float2 sums[kQuad];
        if (b) own.weigh<kQuad>(block, neuron, sums);
        float parts[2 * kQuad];
#pragma unroll
        for (int i = 0; i < kQuad; ++i) {
            const int row = block.first_row + min(neuron + i, block.neurons - 1);
            if (b == 0) sums[i] = own.numbers_of(row);
            if (b && neuron + i < block.neurons) own.numbers_of(row) = sums[i];
            const float from = pivot(own, row);
            const float x = own.valid[0] ? sums[i].x - from : 0.0f;
            const float y = own.valid[1] ? sums[i].y - from : 0.0f;
            parts[2 * i] = x + y;
            parts[2 * i + 1] = x * x + y * y;
        }
        own.keep_partials(block, buffer, neuron, parts);
    }
}

// After a barrier: the statistics of all jets, and what follows from them.
__device__ inline void forward_statistics(const Member &own, int b, int buffer) {
    const Block block = own.net.block[b];
    const int batch = own.run.batch;
    const float shift = b == 0 ? own.values[own.net.shift()] : 0.0f, step = own.steps[b];
    const Shared shared(block.neurons, own.ranks);
    for (int begin = 0; begin < block.neurons; begin += shared.step) {
        const int neuron = min(begin + shared.first, block.neurons - 1);
        const int row = block.first_row + neuron;
        const float2 sum = totals(own, shared, buffer, neuron);
        if (shared.lane || begin + shared.first != neuron) continue;
        const float off = sum.x / batch, mean = pivot(own, row) + off;
        // Written so that not-a-number stays what it is.
        const float rest = sum.y - sum.x * off, deviation = rest < 0.0f ? 0.0f : rest;
        const float inverse = 1.0f / sqrtf(deviation / batch + block.epsilon);
        own.means[row] = mean;
        own.inverses[row] = inverse;
        own.lines[row] = {own.values[own.net.slope(row)] * inverse / step,
                          (own.values[own.net.offset(row)] + shift) / step};
        float &running = own.running_means[row], &spread = own.running_variances[row];
        // A bias in front of a normalisation moves nothing but the mean.
        running += block.momentum * (mean + own.values[own.net.bias(row)] - running);
        spread += block.momentum * (deviation / (batch - 1) - spread);
    }
}

// Centres the sums and rounds them to codes. Returns whether one is not a number.
__device__ inline bool forward_codes(const Member &own, int b) {
    const Block block = own.net.block[b];
    bool broken = false;
    if (own.group >= own.groups) return broken;
    for (int neuron = own.group * kQuad; neuron < block.neurons; neuron += own.groups * kQuad) {
#pragma unroll
        for (int i = 0; i < kQuad; ++i) {
            const int row = block.first_row + neuron + i;
            if (neuron + i >= block.neurons) break;
            const float mean = own.means[row];
            const Line line = own.lines[row];
            float2 sums = own.numbers_of(row);
            sums.x -= mean, sums.y -= mean;
            own.numbers_of(row) = sums;
            const float x = line.at(sums.x), y = line.at(sums.y);
            broken |= (own.valid[0] && isnan(x)) || (own.valid[1] && isnan(y));
            own.codes_of(row) = {static_cast<signed char>(Quantised(block, x).code),
                                 static_cast<signed char>(Quantised(block, y).code)};
        }
    }
    return broken;
}
