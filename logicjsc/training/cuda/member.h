// One thread block's part of one member: its jets in columns of 32, one for each lane of a warp.
//
// A row holds one number of each jet. Warps of a column share out the neurons, so a batch statistic is a
// sum over lanes, columns and thread blocks.
#pragma once

#include "device.h"
#include "layout.h"
#include "quantiser.h"
#include "sums.h"

struct Member {
    const Steps &run;
    const Network &net;
    const int number, rank, ranks;
    const int warp, lane, column, group, groups;
    const int jets;    // in this thread block
    const int stride;  // jets that a row has room for
    const bool valid;  // whether this lane has a jet

    // In shared memory:
    signed char *codes;       // [rows][stride], outputs in steps of their quantisers
    float *numbers;           // [rows][stride + 1], centred sums, then their gradients
    float *values;            // [parameters]; weights are multiplied by the step of their source
    float *steps;             // [blocks], value of one code
    float *means, *inverses;  // [rows], of the batch: mean of the sums, one over their deviation
    float *of_slopes, *of_offsets;        // [rows], gradients of the normalisations
    float *running_means, *running_variances;  // [rows], in use in thread block 0
    float2 *partials;         // [2][most neurons][columns], two sums of each column's jets
    float *slots;             // [own weights][ranks * columns], parts of gradients
    float *scalars;           // [blocks + 3][warps]
    float *scalar_sums;       // [blocks + 3]
    float *owned;             // [4][own parameters]: value, two moments, average
    int64 *chosen;            // [2][stride], numbers of the jets of this batch and the next
    int64 *labels;            // [stride]
    float *teacher;           // [stride][classes]

    __device__ explicit Member(const Steps &steps_of_run)
        : run(steps_of_run), net(run.network), number(block_number() / cluster_size()),
          rank(cluster_rank()), ranks(cluster_size()), warp(thread_number() / kLanes),
          lane(thread_number() % kLanes), column(warp % run.columns), group(warp / run.columns),
          groups(thread_count() / kLanes / run.columns), jets(jets_of(rank)),
          stride(run.columns * kLanes), valid(column * kLanes + lane < jets && group < groups) {
        char *memory = shared_memory();
        const Places &at = run.places;
        codes = reinterpret_cast<signed char *>(memory + at.codes);
        numbers = reinterpret_cast<float *>(memory + at.numbers);
        values = reinterpret_cast<float *>(memory + at.values);
        steps = reinterpret_cast<float *>(memory + at.steps);
        means = reinterpret_cast<float *>(memory + at.means);
        inverses = reinterpret_cast<float *>(memory + at.inverses);
        of_slopes = reinterpret_cast<float *>(memory + at.of_slopes);
        of_offsets = reinterpret_cast<float *>(memory + at.of_offsets);
        running_means = reinterpret_cast<float *>(memory + at.running_means);
        running_variances = reinterpret_cast<float *>(memory + at.running_variances);
        partials = reinterpret_cast<float2 *>(memory + at.partials);
        slots = reinterpret_cast<float *>(memory + at.slots);
        scalars = reinterpret_cast<float *>(memory + at.scalars);
        scalar_sums = reinterpret_cast<float *>(memory + at.scalar_sums);
        owned = reinterpret_cast<float *>(memory + at.owned);
        chosen = reinterpret_cast<int64 *>(memory + at.chosen);
        labels = reinterpret_cast<int64 *>(memory + at.labels);
        teacher = reinterpret_cast<float *>(memory + at.teacher);
    }

    __device__ int jets_of(int other) const {
        return max(0, min(run.jets_per_block, run.batch - other * run.jets_per_block));
    }

    // Jets in part `part` of the batch: column `part % columns` of thread block `part / columns`.
    __device__ int jets_in(int part) const {
        const int before = part % run.columns * kLanes;
        return max(0, min(kLanes, jets_of(part / run.columns) - before));
    }

    __device__ int jet() const { return column * kLanes + lane; }
    __device__ signed char &code(int row) const { return codes[row * stride + jet()]; }
    __device__ float &number_of(int row) const { return numbers[row * (stride + 1) + jet()]; }

    __device__ const short *sources() const { return net.sources + number * net.weights; }
    __device__ const signed char *source_blocks() const {
        return net.source_blocks + number * net.weights;
    }
    __device__ const int *reader_begin() const {
        return net.reader_begin + number * (net.rows + 1);
    }
    __device__ const Reader *readers() const { return net.readers + number * net.weights; }

    // Scalars: a gradient of each quantiser's step, that of the shift, that of the scale, the loss.
    __device__ int of_shift() const { return net.blocks; }
    __device__ int of_scale() const { return net.blocks + 1; }
    __device__ int of_loss() const { return net.blocks + 2; }

    __device__ void keep_scalar(int which, float value) const {
        const float sum = sum_of_lanes(value);
        if (lane == 0) scalars[which * (thread_count() / kLanes) + warp] = sum;
    }

    // The sums for all jets of what each column has put into `partials`.
    __device__ float2 partial(int buffer, int neuron, int part) const {
        float2 *place = partials + (buffer * most() + neuron) * run.columns + part % run.columns;
        return *in_block(place, part / run.columns);
    }
    __device__ float *partial_place(int buffer, int neuron) const {
        return reinterpret_cast<float *>(
            partials + (buffer * most() + neuron) * run.columns + column);
    }
    __device__ int most() const { return net.most_neurons; }
    __device__ int parts() const { return ranks * run.columns; }

    __device__ Line to_steps(int b, int row, float inverse) const {
        const float shift = b == 0 ? values[net.shift()] : 0.0f;
        return {values[net.slope(row)] * inverse / steps[b],
                (values[net.offset(row)] + shift) / steps[b]};
    }

    // A neuron's sum for this lane's jet, without its bias.
    __device__ float weighted_sum(const Block &block, int neuron) const {
        const int first = block.first_weight + neuron * block.fan_in;
        const short *source = sources() + first;
        const float *weight = values + first;
        float sum = 0.0f;
        for (int begin = 0; begin < block.fan_in; begin += 4) {
#pragma unroll
            for (int k = begin; k < begin + 4; ++k)
                if (k < block.fan_in) sum += weight[k] * static_cast<float>(code(source[k]));
        }
        return sum;
    }
};
