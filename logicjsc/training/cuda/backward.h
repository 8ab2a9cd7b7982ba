// Backward pass of a block.
#pragma once

#include "member.h"

// The gradients of four neighbouring neurons' outputs, from those who read them.
__device__ inline void gather(const Member &own, const Block &block, int neuron, float inverse_step,
                              float2 *gradients) {
    const Reader *readers = own.readers() + block.first_reader;
    for (int i = 0; i < kQuad; ++i) gradients[i] = float2{0.0f, 0.0f};
#pragma unroll 1
    for (int quad = 0; quad < block.reader_quads; ++quad) {
        Reader reader[kQuad][kQuad];
#pragma unroll
        for (int i = 0; i < kQuad; ++i) {
            const Reader *four =
                readers + (own.near(block, neuron, i) * block.reader_quads + quad) * kQuad;
#pragma unroll
            for (int k = 0; k < kQuad; ++k) reader[i][k] = four[k];
        }
#pragma unroll
        for (int i = 0; i < kQuad; ++i) {
#pragma unroll
            for (int k = 0; k < kQuad; ++k) {
                const float weight = own.values[reader[i][k].weight];
                const float2 gradient = own.numbers_of(reader[i][k].row);
                gradients[i].x += weight * gradient.x;
                gradients[i].y += weight * gradient.y;
            }
        }
    }
    // The weights are multiplied by the step.
#pragma unroll
    for (int i = 0; i < kQuad; ++i)
        gradients[i].x *= inverse_step, gradients[i].y *= inverse_step;
}

// What a quantiser lets through, and the parts of its step's gradient.
__device__ inline float pass(const Block &block, float steps, float gradient, float &of_step) {
    const Quantised out(block, steps);
    const float passed = out.passes ? gradient : 0.0f;
    of_step += gradient * out.code - passed * steps;
    return passed;
}

// Gradients as far as the normalised sums, which take the place of the sums (in block 0 nobody needs
// them), and the parts of those of the normalisations.
__device__ inline void backward_codes(const Member &own, int b, int buffer) {
    const Block block = own.net.block[b];
    const bool is_last = b == own.net.blocks - 1;
    const float inverse_step = 1.0f / own.steps[b];
    float of_step = 0.0f, of_shift = 0.0f;
#pragma unroll 1
    for (int neuron = own.group * kQuad; neuron < block.neurons && own.group < own.groups;
         neuron += own.groups * kQuad) {
        float2 gradients[kQuad], sums[kQuad];
        Line lines[kQuad];
#pragma unroll
        for (int i = 0; i < kQuad; ++i) {
            const int row = block.first_row + own.near(block, neuron, i);
            sums[i] = own.numbers_of(row);
            // What lies where there is no jet means nothing, and may be no number.
            if (!own.valid[0]) sums[i].x = 0.0f;
            if (!own.valid[1]) sums[i].y = 0.0f;
            lines[i] = own.lines[row];
        }
        if (is_last) {
            const float scale = own.values[own.net.score_scale()];
#pragma unroll
            for (int i = 0; i < kQuad; ++i) {
                gradients[i] = own.pair_of(own.of_scores, own.near(block, neuron, i));
                gradients[i].x *= scale, gradients[i].y *= scale;
            }
        } else {
            gather(own, block, neuron, inverse_step, gradients);
        }
        float parts[2 * kQuad];
#pragma unroll
        for (int i = 0; i < kQuad; ++i) {
            const bool real = neuron + i < block.neurons;
            float2 passed{0.0f, 0.0f};
            if (real && own.valid[0])
                passed.x = pass(block, lines[i].at(sums[i].x), gradients[i].x, of_step);
            if (real && own.valid[1])
                passed.y = pass(block, lines[i].at(sums[i].y), gradients[i].y, of_step);
            parts[2 * i] = passed.x + passed.y;
            parts[2 * i + 1] = passed.x * sums[i].x + passed.y * sums[i].y;
            of_shift += parts[2 * i];
            if (b && real) own.numbers_of(block.first_row + neuron + i) = passed;
        }
        own.keep_partials(block, buffer, neuron, parts);
    }
    own.keep_scalar(b, of_step);
    if (b == 0) own.keep_scalar(own.of_shift(), of_shift);
}

// After a barrier: gradients of the normalisations, from all jets; then, but for block 0, of the sums,
// and the parts of those of the weights, which go to who moves them.
__device__ inline void backward_sums(const Member &own, int b, int buffer) {
    const Block block = own.net.block[b];
    const float part = 1.0f / own.run.batch, step = own.steps[b];
    if (own.group >= own.groups) return;
#pragma unroll 1
    for (int neuron = own.group * kQuad; neuron < block.neurons; neuron += own.groups * kQuad) {
        const int row = block.first_row + own.near(block, neuron, own.lane / 8);
        const float inverse = own.inverses[row], slope = own.lines[row].slope * step;
        const float centre = own.means[row];
        const float2 total = own.totals(block, buffer, neuron);
        if (own.column == 0 && own.lane % 8 == 0 && neuron + own.lane / 8 < block.neurons) {
            own.of_offsets[row] = total.x;
            own.of_slopes[row] = total.y * inverse;
        }
        if (b == 0) continue;
        const float mean = total.x * part, tilt = total.y * inverse * part * inverse;
        float2 gradients[kQuad], passed[kQuad];
#pragma unroll
        for (int i = 0; i < kQuad; ++i)
            passed[i] = own.numbers_of(block.first_row + own.near(block, neuron, i));
        own.weigh(block, neuron, gradients);
#pragma unroll
        for (int i = 0; i < kQuad; ++i) {
            const float away = of_lane(mean, 8 * i), turned = of_lane(tilt, 8 * i);
            const float steep = of_lane(slope, 8 * i), middle = of_lane(centre, 8 * i);
            const float2 sums = gradients[i];
            const float x = ((passed[i].x - away) - (sums.x - middle) * turned) * steep;
            const float y = ((passed[i].y - away) - (sums.y - middle) * turned) * steep;
            gradients[i] = {own.valid[0] ? x : 0.0f, own.valid[1] ? y : 0.0f};
        }
#pragma unroll
        for (int i = 0; i < kQuad; ++i)
            if (neuron + i < block.neurons)
                own.numbers_of(block.first_row + neuron + i) = gradients[i];
#pragma unroll 1
        for (int quad = 0; quad < block.quads; ++quad) {
            float products[kQuad * kQuad];
#pragma unroll
            for (int i = 0; i < kQuad; ++i) {
                char2 read[kQuad];
                own.read_codes(own.weight_of(block, own.near(block, neuron, i), quad), read);
#pragma unroll
                for (int k = 0; k < kQuad; ++k)
                    products[kQuad * i + k] = gradients[i].x * static_cast<float>(read[k].x) +
                                              gradients[i].y * static_cast<float>(read[k].y);
            }
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const float sum = sums_of_eight(products + 8 * half, own.lane);
                const int other = neuron + 2 * half + own.lane / 16;
                const int weight =
                    own.weight_of(block, other, quad) + own.lane / 4 % kQuad;
                const int slot = ((weight >> own.run.ranks_log2) * own.ranks + own.rank) *
                                     own.run.columns + own.column;
                if (own.lane % 4 == 0 && other < block.neurons)
                    in_block(own.slots, weight & (own.ranks - 1))[slot] = sum;
            }
        }
    }
}
