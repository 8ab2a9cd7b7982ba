// One thread block's part of one member: its samples in columns of so many for each lane of a warp.
//
// A row holds one number of each sample. Warps of a column share out the neurons, two at a time, so a
// batch statistic is a sum over lanes, columns and thread blocks.
#pragma once

#include "device.h"
#include "layout.h"
#include "quantiser.h"
#include "sums.h"

constexpr int kPair = 2;  // neurons that a warp works on at a time
constexpr int kShare = kLanes / kPair;

// A lane's part of a row.
template <int kSamples>
struct alignas(4 * kSamples) Numbers {
    float of[kSamples];
};

template <int kSamples>
struct alignas(kSamples) Codes {
    signed char of[kSamples];
};

template <int kSamples>
struct Member {
    static constexpr int kColumn = kSamples * kLanes;

    const Steps &run;
    const Network &net;
    const Task task;
    const int number, rank, ranks;
    const int warp, warps, lane, column, group, groups;
    const int stride;      // samples that a row of codes has room for
    const int padded;      // the same of a row of numbers; not all rows begin in one bank
    const int samples;        // in this thread block
    bool valid[kSamples];     // whether this lane has such a sample

    // In shared memory:
    Rates *rates;             // of this step
    float *values;            // [parameters]; weights are multiplied by the step of their source
    unsigned short *sources;  // [weights], where their rows of codes begin
    Reader *readers;          // [all readers]
    signed char *source_blocks;  // [weights]
    int64 *chosen;            // [2][stride], numbers of the samples of this batch and the next
    int64 *labels;            // [stride]
    float2 *partials;         // [2][most neurons][columns], two sums of each column's samples
    float *numbers;           // [places][padded], sums, then their gradients
    Line *lines;              // [rows], from centred sums to steps
    float *steps;             // [blocks], value of one code
    float *means, *inverses;  // [rows], of the batch: mean of the sums, one over their deviation
    float *of_slopes, *of_offsets;             // [rows], gradients of the normalisations
    float *running_means, *running_variances;  // [rows]
    float *slots;             // [own weights][ranks][columns], parts of gradients
    float *scalars;           // [blocks + 3][warps]
    float *scalar_sums;       // [blocks + 3]
    float *owned;             // [5][own parameters]: value, two moments, average, decay
    float *of_scores;         // [classes][padded], gradients
    float *teacher;           // [stride][classes]
    signed char *codes;       // [rows][stride], outputs in steps of their quantisers

    __device__ explicit Member(const Steps &steps_of_run)
        : run(steps_of_run), net(run.network), task(run.tasks[block_number() >> run.ranks_log2]),
          number(task.member),
          rank(cluster_rank()), ranks(1 << run.ranks_log2), warp(uniform(thread_number() / kLanes)),
          warps(thread_count() / kLanes), lane(thread_number() % kLanes),
          column(uniform(warp % run.columns)), group(uniform(warp / run.columns)),
          groups(warps / run.columns),
          stride(run.columns * kColumn), padded(stride + kSamples),
          samples(max(0, min(run.samples_per_block, run.batch - rank * run.samples_per_block))) {
        for (int j = 0; j < kSamples; ++j) valid[j] = group < groups && sample() + j < samples;
        const Places &at = run.places;
        rates = place<Rates>(at.rates);
        values = place<float>(at.values);
        sources = place<unsigned short>(at.sources);
        readers = place<Reader>(at.readers);
        source_blocks = place<signed char>(at.source_blocks);
        chosen = place<int64>(at.chosen);
        labels = place<int64>(at.labels);
        partials = place<float2>(at.partials);
        numbers = place<float>(at.numbers);
        lines = place<Line>(at.lines);
        steps = place<float>(at.steps);
        means = place<float>(at.means);
        inverses = place<float>(at.inverses);
        of_slopes = place<float>(at.of_slopes);
        of_offsets = place<float>(at.of_offsets);
        running_means = place<float>(at.running_means);
        running_variances = place<float>(at.running_variances);
        slots = place<float>(at.slots);
        scalars = place<float>(at.scalars);
        scalar_sums = place<float>(at.scalar_sums);
        owned = place<float>(at.owned);
        of_scores = place<float>(at.of_scores);
        teacher = place<float>(at.teacher);
        codes = place<signed char>(at.codes);
    }

    template <class Type>
    __device__ static Type *place(int offset) {
        return reinterpret_cast<Type *>(shared_memory() + offset);
    }

    // This lane's first sample; the others are the next ones.
    __device__ int sample() const { return column * kColumn + lane * kSamples; }
    __device__ Codes<kSamples> &codes_of(int row) const { return codes_at(row * stride); }
    __device__ Codes<kSamples> &codes_at(int begin) const {
        return *reinterpret_cast<Codes<kSamples> *>(codes + begin + sample());
    }
    __device__ Numbers<kSamples> &numbers_at(int place) const { return part_of(numbers, place); }
    __device__ Numbers<kSamples> &part_of(float *rows, int row) const {
        return *reinterpret_cast<Numbers<kSamples> *>(rows + row * padded + sample());
    }

    // Number `i` after a neuron, or the last one of its block.
    __device__ static int near(const Block &block, int neuron, int i) {
        return min(neuron + i, block.neurons - 1);
    }

    // The weighted sums of two neighbouring neurons for this lane's samples, without their biases.
    __device__ void weigh(const Block &block, int neuron, Numbers<kSamples> *sums) const {
        for (int i = 0; i < kPair; ++i) sums[i] = Numbers<kSamples>{};
#pragma unroll 1
        for (int quad = 0; quad < block.quads; ++quad) {
            float4 weights[kPair];
            Codes<kSamples> read[kPair][kQuad];
#pragma unroll
            for (int i = 0; i < kPair; ++i) {
                const int weight = weight_of(block, near(block, neuron, i), quad);
                weights[i] = *reinterpret_cast<const float4 *>(values + weight);
                read_codes(weight, read[i]);
            }
#pragma unroll
            for (int i = 0; i < kPair; ++i) {
                const float four[kQuad] = {weights[i].x, weights[i].y, weights[i].z, weights[i].w};
#pragma unroll
                for (int k = 0; k < kQuad; ++k)
#pragma unroll
                    for (int j = 0; j < kSamples; ++j)
                        sums[i].of[j] += four[k] * static_cast<float>(read[i][k].of[j]);
            }
        }
    }

    // What four weights read.
    __device__ void read_codes(int weight, Codes<kSamples> *read) const {
        const ushort4 source = *reinterpret_cast<const ushort4 *>(sources + weight);
        read[0] = codes_at(source.x), read[1] = codes_at(source.y);
        read[2] = codes_at(source.z), read[3] = codes_at(source.w);
    }

    // The first of four weights of a neuron.
    __device__ static int weight_of(const Block &block, int neuron, int quad) {
        return block.first_weight + (neuron * block.quads + quad) * kQuad;
    }

    // Puts two sums over this column's samples in place for each of two neighbouring neurons, from
    // each lane's parts.
    __device__ void keep_partials(const Block &block, int buffer, int neuron,
                                  const float *parts) const {
        const float sum = sums_of_four(parts, lane);
        const int own = neuron + lane / kShare;
        float2 *place = partials + (buffer * net.most_neurons + own) * run.columns + column;
        if (lane % 8 == 0 && own < block.neurons) (lane & 8 ? place->y : place->x) = sum;
    }

    // After a barrier: both sums over all samples, of each neuron on one half of the lanes.
    __device__ float2 totals(const Block &block, int buffer, int neuron) const {
        const int own = near(block, neuron, lane / kShare), other = lane % kShare;
        float2 *place = partials + (buffer * net.most_neurons + own) * run.columns;
        float2 sum{0.0f, 0.0f};
        const float2 *parts = in_block(place, min(other, ranks - 1));
#pragma unroll 1
        for (int part = 0; part < run.columns; ++part) {
            const float2 here = parts[part];
            if (other < ranks) sum.x += here.x, sum.y += here.y;
        }
        return {sum_of_lanes(sum.x, kShare), sum_of_lanes(sum.y, kShare)};
    }

    // Scalars: a gradient of each quantiser's step, that of the shift, that of the scale, the loss.
    __device__ int of_shift() const { return net.blocks; }
    __device__ int of_scale() const { return net.blocks + 1; }
    __device__ int of_loss() const { return net.blocks + 2; }

    __device__ void keep_scalar(int which, float value) const {
        const float sum = sum_of_lanes(value);
        if (lane == 0) scalars[which * warps + warp] = sum;
    }
};
