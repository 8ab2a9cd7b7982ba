// Forward pass of a block: sums, batch statistics, codes.
#pragma once

#include "member.h"

// Copies the jets of a step into the rows of block 0, with what is said of them; they are there after
// `wait_for_copies` and a barrier.
__device__ inline void start_jets(const Member &own, int buffer) {
    const int features = own.net.features, classes = own.net.classes;
    const int64 *chosen = own.chosen + buffer * own.stride;
    for (int i = thread_number(); i < own.jets * features; i += thread_count()) {
        const int jet = i / features, feature = i % features;
        start_copy(own.numbers + feature * (own.stride + 1) + jet,
                   own.run.jets.features + chosen[jet] * features + feature);
    }
    for (int jet = thread_number(); jet < own.jets; jet += thread_count())
        start_copy(own.labels + jet, own.run.jets.labels + chosen[jet]);
    if (!own.run.jets.teacher) return;
    for (int i = thread_number(); i < own.jets * classes; i += thread_count())
        start_copy(own.teacher + i,
                   own.run.jets.teacher + chosen[i / classes] * classes + i % classes);
}

// The same for the numbers of the jets.
__device__ inline void start_order(const Member &own, int step, int buffer) {
    const int64 *order = own.run.order +
                         (static_cast<int64>(own.number) * own.run.total + step) * own.run.batch +
                         own.rank * own.run.jets_per_block;
    for (int jet = thread_number(); jet < own.jets; jet += thread_count())
        start_copy(own.chosen + buffer * own.stride + jet, order + jet);
}

// Sums, and of each column their mean and squared deviation.
__device__ inline void forward_sums(const Member &own, int b, int buffer) {
    const Block block = own.net.block[b];
    const int valid = own.jets_in(own.rank * own.run.columns + own.column);
    for (int neuron = own.group; neuron < block.neurons && own.group < own.groups;
         neuron += own.groups) {
        const int row = block.first_row + neuron;
        const float sum = b == 0 ? own.number_of(row) : own.weighted_sum(block, neuron);
        if (b) own.number_of(row) = sum;
        // From some jet's sum, so that squares do not drown in that of the mean.
        const float pivot = of_lane(sum, 0);
        const float off = own.valid ? sum - pivot : 0.0f;
        const Pair sums = sums_of_pair(off, off * off, own.lane);
        const float mean = sums.first / max(valid, 1);
        if (own.lane) continue;
        float *place = own.partial_place(buffer, neuron);
        place[0] = pivot + mean;
        place[1] = max(sums.second - sums.first * mean, 0.0f);
    }
}

struct Statistics {
    float mean, deviation;  // the latter squared and summed
};

// Those of all jets, from those of columns (Chan, Golub and LeVeque, 1983).
__device__ inline Statistics combined(const Member &own, int buffer, int neuron) {
    float pivot = 0.0f, sum = 0.0f, square = 0.0f;
    for (int begin = 0; begin < own.parts(); begin += kLanes) {
        const int part = begin + own.lane;
        const int count = part < own.parts() ? own.jets_in(part) : 0;
        const float2 here = count ? own.partial(buffer, neuron, part) : float2{0.0f, 0.0f};
        if (begin == 0) pivot = of_lane(here.x, 0);
        const float off = here.x - pivot;
        if (!count) continue;
        sum += count * off;
        square += here.y + count * off * off;
    }
    const Pair sums = sums_of_pair(sum, square, own.lane);
    const float mean = sums.first / own.run.batch;
    return {pivot + mean, max(sums.second - sums.first * mean, 0.0f)};
}

// After a barrier: centres the sums and rounds them to codes. Returns whether one is not a number.
__device__ inline bool forward_codes(const Member &own, int b, int buffer) {
    const Block block = own.net.block[b];
    const int batch = own.run.batch;
    bool broken = false;
    for (int neuron = own.group; neuron < block.neurons && own.group < own.groups;
         neuron += own.groups) {
        const int row = block.first_row + neuron;
        const Statistics batch_of = combined(own, buffer, neuron);
        const float variance = batch_of.deviation / batch;
        const float inverse = 1.0f / sqrtf(variance + block.epsilon);
        const Line line = own.to_steps(b, row, inverse);
        const float centred = own.number_of(row) - batch_of.mean;
        own.number_of(row) = centred;
        const float steps = centred * line.slope + line.offset;
        broken |= own.valid && isnan(steps);
        own.code(row) = static_cast<signed char>(Quantised(block, steps).code);
        if (own.column || own.lane) continue;
        own.means[row] = batch_of.mean;
        own.inverses[row] = inverse;
        if (own.rank) continue;
        float &mean = own.running_means[row], &spread = own.running_variances[row];
        // A bias in front of a normalisation moves nothing but the mean.
        mean += block.momentum * (batch_of.mean + own.values[own.net.bias(row)] - mean);
        spread += block.momentum * (batch_of.deviation / (batch - 1) - spread);
    }
    return broken;
}
