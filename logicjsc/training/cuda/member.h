// One thread block's part of one member: its jets in columns of 64, two for each lane of a warp.
//
// A row holds one number of each jet. Warps of a column share out the neurons, four at a time, so a batch
// statistic is a sum over lanes, columns and thread blocks.
#pragma once

#include "device.h"
#include "layout.h"
#include "quantiser.h"
#include "sums.h"

constexpr int kPair = 2;
constexpr int kColumn = kPair * kLanes;

struct Member {
    const Steps &run;
    const Network &net;
    const int number, rank, ranks;
    const int warp, warps, lane, column, group, groups;
    const int stride;      // jets that a row of codes has room for
    const int jets;        // in this thread block
    bool valid[kPair];     // whether this lane has such a jet

    // In shared memory:
    Rates *rates;             // of this step
    float *values;            // [parameters]; weights are multiplied by the step of their source
    unsigned short *sources;  // [weights]
    int64 *chosen;            // [2][stride], numbers of the jets of this batch and the next
    int64 *labels;            // [stride]
    float2 *partials;         // [2][most neurons][columns], two sums of each column's jets
    float *numbers;           // [rows][stride + 2], sums, then their gradients
    Line *lines;              // [rows], from centred sums to steps
    float *steps;             // [blocks], value of one code
    float *means, *inverses;  // [rows], of the batch: mean of the sums, one over their deviation
    float *of_slopes, *of_offsets;             // [rows], gradients of the normalisations
    float *running_means, *running_variances;  // [rows]
    float *slots;             // [own weights][ranks][columns], parts of gradients
    float *scalars;           // [blocks + 3][warps]
    float *scalar_sums;       // [blocks + 3]
    float *owned;             // [5][own parameters]: value, two moments, average, decay
    float *teacher;           // [stride][classes]
    signed char *codes;       // [rows][stride], outputs in steps of their quantisers

    __device__ explicit Member(const Steps &steps_of_run)
        : run(steps_of_run), net(run.network), number(block_number() >> run.ranks_log2),
          rank(cluster_rank()), ranks(1 << run.ranks_log2), warp(thread_number() / kLanes),
          warps(thread_count() / kLanes), lane(thread_number() % kLanes),
          column(warp % run.columns), group(warp / run.columns), groups(warps / run.columns),
          stride(run.columns * kColumn),
          jets(max(0, min(run.jets_per_block, run.batch - rank * run.jets_per_block))) {
        for (int j = 0; j < kPair; ++j) valid[j] = jet() + j < jets;
        const Places &at = run.places;
        rates = place<Rates>(at.rates);
        values = place<float>(at.values);
        sources = place<unsigned short>(at.sources);
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
        teacher = place<float>(at.teacher);
        codes = place<signed char>(at.codes);
    }

    template <class Type>
    __device__ static Type *place(int offset) {
        return reinterpret_cast<Type *>(shared_memory() + offset);
    }

    // This lane's first jet; the second is the next one.
    __device__ int jet() const { return column * kColumn + lane * kPair; }
    __device__ char2 &codes_of(int row) const {
        return *reinterpret_cast<char2 *>(codes + row * stride + jet());
    }
    __device__ float2 &numbers_of(int row) const {
        return *reinterpret_cast<float2 *>(numbers + row * (stride + 2) + jet());
    }

    __device__ const signed char *source_blocks() const {
        return net.source_blocks + number * net.weights;
    }
    __device__ const int *reader_begin() const {
        return net.reader_begin + number * (net.rows + 1);
    }
    __device__ const Reader *readers() const { return net.readers + number * net.weights; }

    // The weighted sums of neighbouring neurons for this lane's jets, without their biases. Of those
    // beyond the last neuron nothing may be used.
    template <int Count>
    __device__ void weigh(const Block &block, int neuron, float2 *sums) const {
        for (int i = 0; i < Count; ++i) sums[i] = float2{0.0f, 0.0f};
        for (int quad = 0; quad < block.quads; ++quad) {
#pragma unroll
            for (int i = 0; i < Count; ++i) {
                const int weight = weight_of(block, neuron + i, quad);
                const float4 w = *reinterpret_cast<const float4 *>(values + weight);
                const ushort4 source = *reinterpret_cast<const ushort4 *>(sources + weight);
                add(sums[i], w.x, source.x), add(sums[i], w.y, source.y);
                add(sums[i], w.z, source.z), add(sums[i], w.w, source.w);
            }
        }
    }

    // The first of four weights of a neuron, or of the last one.
    __device__ static int weight_of(const Block &block, int neuron, int quad) {
        const int real = min(neuron, block.neurons - 1);
        return block.first_weight + (real * block.quads + quad) * kQuad;
    }

    // Two sums of this column for each of four neighbouring neurons, from each lane's parts.
    __device__ void keep_partials(const Block &block, int buffer, int neuron,
                                  const float *parts) const {
        const float sum = sums_of_eight(parts, lane);
        const int own = neuron + lane / 8;
        if (lane % 4 || own >= block.neurons) return;
        float2 *place = partials + (buffer * net.most_neurons + own) * run.columns + column;
        (lane & 4 ? place->y : place->x) = sum;
    }

    // Scalars: a gradient of each quantiser's step, that of the shift, that of the scale, the loss.
    __device__ int of_shift() const { return net.blocks; }
    __device__ int of_scale() const { return net.blocks + 1; }
    __device__ int of_loss() const { return net.blocks + 2; }

    __device__ void keep_scalar(int which, float value) const {
        const float sum = sum_of_lanes(value);
        if (lane == 0) scalars[which * warps + warp] = sum;
    }

  private:
    __device__ void add(float2 &sum, float weight, int source) const {
        const char2 code = codes_of(source);
        sum.x += weight * static_cast<float>(code.x);
        sum.y += weight * static_cast<float>(code.y);
    }
};

// Shares out things among neighbouring lanes, as many lanes for each as there are threads, but no more
// than `most`, a power of two.
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

// After a barrier: two sums of a neuron over all jets, on the lanes that share it.
__device__ inline float2 totals(const Member &own, const Shared &shared, int buffer, int neuron) {
    float2 *place = own.partials + (buffer * own.net.most_neurons + neuron) * own.run.columns;
    float2 sum{0.0f, 0.0f};
    for (int rank = shared.lane; rank < own.ranks; rank += shared.lanes) {
        const float2 *parts = in_block(place, rank);
        for (int column = 0; column < own.run.columns; ++column) {
            const float2 part = parts[column];
            sum.x += part.x;
            sum.y += part.y;
        }
    }
    return {sum_of_lanes(sum.x, shared.lanes), sum_of_lanes(sum.y, shared.lanes)};
}
