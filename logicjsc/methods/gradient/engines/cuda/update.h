// AdamW (Loshchilov and Hutter, arXiv:1711.05101), as torch computes it. Each thread block moves its
// own share of the parameters, numbers rank, rank + ranks and so on, and tells the others.
#pragma once

#include "member.h"

// Shares out things among neighbouring lanes, as many lanes for each as there are threads, but no
// more than `most`, a power of two.
struct Shared {
    int lanes, step, first, lane;

    __device__ Shared(int things, int most) {
        int log2 = 0;
        while (1 << log2 < most && things << (log2 + 1) <= thread_count()) ++log2;
        lanes = 1 << log2;
        step = thread_count() >> log2;
        first = thread_number() >> log2;
        lane = thread_number() & (lanes - 1);
    }
};

// Sums of the warps' scalars, for others to read after a barrier.
template <int kSamples>
__device__ inline void sum_scalars(const Member<kSamples> &own) {
    for (int which = own.warp; which <= own.of_loss(); which += own.warps) {
        const float part = own.lane < own.warps ? own.scalars[which * own.warps + own.lane] : 0.0f;
        const float sum = sum_of_lanes(part);
        if (own.lane == 0) own.scalar_sums[which] = sum;
    }
}

// This lane's part of a scalar's sum over all thread blocks.
template <int kSamples>
__device__ inline float part_of_scalar(const Member<kSamples> &own, const Shared &shared, int which) {
    float sum = 0.0f;
    for (int rank = shared.lane; rank < own.ranks; rank += shared.lanes)
        sum += in_block(own.scalar_sums, rank)[which];
    return sum;
}

// The gradient of an own parameter, on the lanes that share it.
template <int kSamples>
__device__ inline float gradient_of(const Member<kSamples> &own, const Shared &shared, int parameter,
                                    float value) {
    const Network &net = own.net;
    float part = 0.0f;
    float factor = 1.0f;
    if (parameter < net.weights) {
        const int parts = own.ranks * own.run.columns;
        const float *slot = own.slots + (parameter >> own.run.ranks_log2) * parts;
        const int source_block = own.source_blocks[parameter];
        factor = source_block < 0 ? 0.0f : own.steps[source_block];
        for (int i = shared.lane; i < parts; i += shared.lanes) part += slot[i];
    } else if (parameter < net.bias(0)) {
        // Gradients of the normalisations are whole already.
        if (shared.lane == 0)
            part = parameter < net.offset(0) ? own.of_slopes[parameter - net.slope(0)]
                                             : own.of_offsets[parameter - net.offset(0)];
    } else if (parameter >= net.range(0) && parameter < net.shift()) {
        const int b = parameter - net.range(0);
        part = part_of_scalar(own, shared, b);
        factor = (value >= 0.0f ? 1.0f : -1.0f) / net.block[b].threshold;
    } else if (parameter == net.shift()) {
        part = part_of_scalar(own, shared, own.of_shift());
    } else if (parameter == net.score_scale()) {
        part = part_of_scalar(own, shared, own.of_scale());
        factor = own.steps[net.blocks - 1];
    }
    // Biases in front of a normalisation and a number added to all scores change nothing.
    return sum_of_lanes(part, shared.lanes) * factor;
}

template <int kSamples>
__device__ inline int own_parameters(const Member<kSamples> &own) {
    return (own.net.parameters() + own.ranks - 1) >> own.run.ranks_log2;
}

template <int kSamples>
__device__ inline void move_parameters(const Member<kSamples> &own, int step) {
    const Steps &run = own.run;
    const int count = own_parameters(own);
    const Rates rates = *own.rates;
    float *value = own.owned, *first = value + count, *second = first + count;
    float *average = second + count, *decay = average + count;
    const Shared shared(count, min(own.ranks, kLanes / 2));
    for (int begin = 0; begin < count; begin += shared.step) {
        const int i = begin + shared.first, parameter = (i << run.ranks_log2) + own.rank;
        const bool real = i < count && parameter < own.net.parameters();
        const float old = real ? value[i] : 0.0f, decayed = real ? decay[i] : 0.0f;
        const float one = real ? first[i] : 0.0f, two = real ? second[i] : 0.0f;
        const float slope = gradient_of(own, shared, real ? parameter : own.net.score_bias(), old);
        const float new_one = one + (slope - one) * (1.0f - run.beta1);
        const float new_two = two * run.beta2 + slope * slope * (1.0f - run.beta2);
        const float size = sqrtf(new_two) * rates.root_correction + run.epsilon;
        const float moved =
            old * (1.0f - rates.rate * decayed) - rates.step_size * new_one / size;
        warp_barrier();  // all lanes have read
        if (!real) continue;
        for (int rank = shared.lane; rank < own.ranks; rank += shared.lanes)
            in_block(own.values, rank)[parameter] = moved;
        if (shared.lane) continue;
        value[i] = moved, first[i] = new_one, second[i] = new_two;
        if (rates.share != 0.0f) average[i] += rates.share * (moved - average[i]);
    }
    // The last warp seldom has parameters to move.
    if (own.rank || own.warp != own.warps - 1) return;
    const float part = own.lane < own.ranks
                           ? in_block(own.scalar_sums, own.lane)[own.of_loss()] : 0.0f;
    const float loss = sum_of_lanes(part);
    if (own.lane == 0) run.losses[own.number * run.total + step] = loss / run.batch;
}

// After a barrier: what follows from the parameters.
template <int kSamples>
__device__ inline void follow_parameters(const Member<kSamples> &own) {
    const Network &net = own.net;
    const auto step = [&](int b) {
        return fabsf(own.values[net.range(b)]) / net.block[b].threshold;
    };
    for (int b = thread_number(); b < net.blocks; b += thread_count()) own.steps[b] = step(b);
    for (int i = thread_number(); i < net.weights; i += thread_count()) {
        const int source_block = own.source_blocks[i];
        own.values[i] *= source_block < 0 ? 0.0f : step(source_block);
    }
}

// From global memory to shared.
template <int kSamples>
__device__ inline void read_parameters(const Member<kSamples> &own) {
    const int count = own_parameters(own), number = own.net.parameters();
    const int64 base = static_cast<int64>(own.number) * number;
    for (int parameter = thread_number(); parameter < number; parameter += thread_count()) {
        const float *place = own.net.values[base + parameter];
        own.values[parameter] = place ? *place : 0.0f;
        if ((parameter & (own.ranks - 1)) != own.rank) continue;
        float *owned = own.owned + (parameter >> own.run.ranks_log2);
        const float *average = own.run.average ? own.run.average[base + parameter] : nullptr;
        owned[0] = own.values[parameter];
        owned[count] = place ? *own.run.first[base + parameter] : 0.0f;
        owned[2 * count] = place ? *own.run.second[base + parameter] : 0.0f;
        owned[3 * count] = average ? *average : 0.0f;
        owned[4 * count] = own.run.decays[base + parameter];
    }
    const unsigned short *sources = own.net.sources + own.number * own.net.weights;
    for (int i = thread_number(); i < own.net.weights; i += thread_count())
        own.sources[i] = static_cast<unsigned short>(sources[i] * own.stride);
    const signed char *source_blocks = own.net.source_blocks + own.number * own.net.weights;
    for (int i = thread_number(); i < own.net.weights; i += thread_count())
        own.source_blocks[i] = source_blocks[i];
    const Reader *readers = own.net.readers + own.number * own.net.all_readers;
    for (int i = thread_number(); i < own.net.all_readers; i += thread_count())
        own.readers[i] = readers[i];
    for (int row = thread_number(); row < own.net.rows; row += thread_count()) {
        own.running_means[row] = *own.net.running_mean[own.number * own.net.rows + row];
        own.running_variances[row] = *own.net.running_variance[own.number * own.net.rows + row];
    }
}

// From shared memory back to global.
template <int kSamples>
__device__ inline void write_parameters(const Member<kSamples> &own) {
    const int count = own_parameters(own), number = own.net.parameters();
    const int64 base = static_cast<int64>(own.number) * number;
    for (int i = thread_number(); i < count; i += thread_count()) {
        const int parameter = (i << own.run.ranks_log2) + own.rank;
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
