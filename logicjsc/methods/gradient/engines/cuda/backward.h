// Backward pass of a block.
#pragma once

#include "member.h"

struct __align__(16) Readers {
    Reader of[kQuad];
};

// The gradients of two neighbouring neurons' outputs, from those who read them.
template <int kSamples>
__device__ inline void gather(const Member<kSamples> &own, const Block &block, int neuron,
                              float inverse_step, Numbers<kSamples> *gradients) {
    const Reader *readers = own.readers + block.first_reader;
    for (int i = 0; i < kPair; ++i) gradients[i] = Numbers<kSamples>{};
#pragma unroll 1
    for (int quad = 0; quad < block.reader_quads; ++quad) {
        Readers four[kPair];
#pragma unroll
        for (int i = 0; i < kPair; ++i)
            four[i] = *reinterpret_cast<const Readers *>(
                readers + (own.near(block, neuron, i) * block.reader_quads + quad) * kQuad);
#pragma unroll
        for (int i = 0; i < kPair; ++i)
#pragma unroll
            for (int k = 0; k < kQuad; ++k) {
                const float weight = own.values[four[i].of[k].weight];
                const Numbers<kSamples> theirs = own.numbers_at(four[i].of[k].place);
#pragma unroll
                for (int j = 0; j < kSamples; ++j) gradients[i].of[j] += weight * theirs.of[j];
            }
    }
    // The weights are multiplied by the step.
#pragma unroll
    for (int i = 0; i < kPair; ++i)
#pragma unroll
        for (int j = 0; j < kSamples; ++j) gradients[i].of[j] *= inverse_step;
}

// Gradients as far as the normalised sums (in block 0 nobody needs them), and the parts of those of the
// normalisations.
template <int kSamples>
__device__ inline void backward_codes(const Member<kSamples> &own, int b, int buffer) {
    const Block block = own.net.block[b];
    const bool is_last = b == own.net.blocks - 1;
    const float inverse_step = 1.0f / own.steps[b];
    float of_step = 0.0f, of_shift = 0.0f;
#pragma unroll 1
    for (int neuron = own.group * kPair; neuron < block.neurons && own.group < own.groups;
         neuron += own.groups * kPair) {
        Numbers<kSamples> gradients[kPair], sums[kPair];
        Line lines[kPair];
        float centres[kPair];
        if (b) own.weigh(block, neuron, sums);
#pragma unroll
        for (int i = 0; i < kPair; ++i) {
            const int other = own.near(block, neuron, i);
            if (b == 0) sums[i] = own.numbers_at(block.first_place + other);
            lines[i] = own.lines[block.first_row + other];
            centres[i] = own.means[block.first_row + other];
        }
        if (is_last) {
            const float scale = own.values[own.net.score_scale()];
#pragma unroll
            for (int i = 0; i < kPair; ++i) {
                gradients[i] = own.part_of(own.of_scores, own.near(block, neuron, i));
#pragma unroll
                for (int j = 0; j < kSamples; ++j) gradients[i].of[j] *= scale;
            }
        } else {
            gather(own, block, neuron, inverse_step, gradients);
        }
        float parts[2 * kPair] = {};
#pragma unroll
        for (int i = 0; i < kPair; ++i) {
            const bool real = neuron + i < block.neurons;
            Numbers<kSamples> passed;
#pragma unroll
            for (int j = 0; j < kSamples; ++j) {
                // What lies where there is no sample means nothing, and may be no number.
                const bool counts = real && own.valid[j];
                const float sum = counts ? sums[i].of[j] - centres[i] : 0.0f;
                const float gradient = counts ? gradients[i].of[j] : 0.0f;
                const float steps = lines[i].at(sum);
                const Quantised out(block, steps);
                const float through = out.passes ? gradient : 0.0f;
                of_step += gradient * out.code - through * steps;
                parts[2 * i] += through;
                parts[2 * i + 1] += through * sum;
                passed.of[j] = through;
            }
            of_shift += parts[2 * i];
            if (b && real) own.numbers_at(block.first_place + neuron + i) = passed;
        }
        own.keep_partials(block, buffer, neuron, parts);
        const int first = neuron + own.lane / kShare;
        if (own.column || own.lane % kShare || first >= block.neurons) continue;
        // Not before: forward, other columns count from it. A bias in front of a normalisation moves
        // nothing but the mean.
        const int row = block.first_row + first;
        float &running = own.running_means[row];
        running += block.momentum * (own.means[row] + own.values[own.net.bias(row)] - running);
    }
    own.keep_scalar(b, of_step);
    if (b == 0) own.keep_scalar(own.of_shift(), of_shift);
}

// After a barrier: gradients of the normalisations, from all samples; then, but for block 0, of the sums,
// and the parts of those of the weights, which go to who moves them.
template <int kSamples>
__device__ inline void backward_sums(const Member<kSamples> &own, int b, int buffer) {
    const Block block = own.net.block[b];
    const float part = 1.0f / own.run.batch, step = own.steps[b];
    if (own.group >= own.groups) return;
#pragma unroll 1
    for (int neuron = own.group * kPair; neuron < block.neurons; neuron += own.groups * kPair) {
        const int row = block.first_row + own.near(block, neuron, own.lane / kShare);
        const float inverse = own.inverses[row], slope = own.lines[row].slope * step;
        const float centre = own.means[row];
        const float2 total = own.totals(block, buffer, neuron);
        if (own.column == 0 && own.lane % kShare == 0 &&
            neuron + own.lane / kShare < block.neurons) {
            own.of_offsets[row] = total.x;
            own.of_slopes[row] = total.y * inverse;
        }
        if (b == 0) continue;
        const float mean = total.x * part, tilt = total.y * inverse * part * inverse;
        Numbers<kSamples> gradients[kPair], passed[kPair];
#pragma unroll
        for (int i = 0; i < kPair; ++i)
            passed[i] = own.numbers_at(block.first_place + own.near(block, neuron, i));
        own.weigh(block, neuron, gradients);
#pragma unroll
        for (int i = 0; i < kPair; ++i) {
            const float away = of_lane(mean, kShare * i), turned = of_lane(tilt, kShare * i);
            const float steep = of_lane(slope, kShare * i), middle = of_lane(centre, kShare * i);
#pragma unroll
            for (int j = 0; j < kSamples; ++j) {
                const float centred = gradients[i].of[j] - middle;
                const float gradient = ((passed[i].of[j] - away) - centred * turned) * steep;
                gradients[i].of[j] = own.valid[j] ? gradient : 0.0f;
            }
        }
#pragma unroll
        for (int i = 0; i < kPair; ++i)
            if (neuron + i < block.neurons)
                own.numbers_at(block.first_place + neuron + i) = gradients[i];
#pragma unroll 1
        for (int quad = 0; quad < block.quads; ++quad) {
            float products[kPair * kQuad] = {};
#pragma unroll
            for (int i = 0; i < kPair; ++i) {
                Codes<kSamples> read[kQuad];
                own.read_codes(own.weight_of(block, own.near(block, neuron, i), quad), read);
#pragma unroll
                for (int k = 0; k < kQuad; ++k)
#pragma unroll
                    for (int j = 0; j < kSamples; ++j)
                        products[kQuad * i + k] +=
                            gradients[i].of[j] * static_cast<float>(read[k].of[j]);
            }
            const float sum = sums_of_eight(products, own.lane);
            const int other = neuron + own.lane / kShare;
            const int weight = own.weight_of(block, other, quad) + own.lane / 4 % kQuad;
            const int slot = ((weight >> own.run.ranks_log2) * own.ranks + own.rank) *
                                 own.run.columns + own.column;
            if (own.lane % 4 == 0 && other < block.neurons)
                in_block(own.slots, weight & (own.ranks - 1))[slot] = sum;
        }
    }
}
