// Backward pass of a block.
#pragma once

#include "loss.h"
#include "member.h"

// The gradient of a row's outputs, from those who read it.
__device__ inline float2 gathered(const Member &own, int row, float inverse_step) {
    const int end = own.reader_begin()[row + 1];
    const Reader *readers = own.readers();
    float2 sum{0.0f, 0.0f};
    for (int begin = own.reader_begin()[row]; begin < end; begin += kQuad) {
#pragma unroll
        for (int k = begin; k < begin + kQuad; ++k) {
            if (k >= end) break;
            const Reader reader = readers[k];
            const float weight = own.values[reader.weight];
            const float2 gradient = own.numbers_of(reader.row);
            sum.x += weight * gradient.x;
            sum.y += weight * gradient.y;
        }
    }
    // The weights are multiplied by the step.
    return {sum.x * inverse_step, sum.y * inverse_step};
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
__device__ inline void backward_codes(const Member &own, int b, int buffer, bool broken) {
    const Block block = own.net.block[b];
    const bool is_last = b == own.net.blocks - 1;
    const float inverse_step = 1.0f / own.steps[b];
    float of_step = 0.0f, of_shift = 0.0f, of_scale = 0.0f, loss = 0.0f;
    for (int neuron = own.group * kQuad; neuron < block.neurons && own.group < own.groups;
         neuron += own.groups * kQuad) {
        float2 gradients[kQuad] = {};
        if (is_last) {
            const float scale = own.values[own.net.score_scale()];
#pragma unroll
            for (int j = 0; j < kPair; ++j) {
                if (!own.valid[j]) continue;
                const Loss judged(own, own.jet() + j);
                if (neuron == 0) loss += judged.value();
#pragma unroll
                for (int i = 0; i < kQuad; ++i) {
                    if (neuron + i >= block.neurons) break;
                    const float gradient = judged.gradient(neuron + i);
                    const char2 codes = own.codes_of(block.first_row + neuron + i);
                    of_scale += gradient * (j ? codes.y : codes.x);
                    (j ? gradients[i].y : gradients[i].x) = gradient * scale;
                }
            }
        } else {
#pragma unroll
            for (int i = 0; i < kQuad; ++i)
                if (neuron + i < block.neurons)
                    gradients[i] = gathered(own, block.first_row + neuron + i, inverse_step);
        }
        float parts[2 * kQuad] = {};
#pragma unroll
        for (int i = 0; i < kQuad; ++i) {
            if (neuron + i >= block.neurons) break;
            const int row = block.first_row + neuron + i;
            const float2 sums = own.numbers_of(row);
            const Line line = own.lines[row];
            float2 passed{0.0f, 0.0f};
            if (own.valid[0]) passed.x = pass(block, line.at(sums.x), gradients[i].x, of_step);
            if (own.valid[1]) passed.y = pass(block, line.at(sums.y), gradients[i].y, of_step);
            parts[2 * i] = passed.x + passed.y;
            parts[2 * i + 1] = passed.x * sums.x + passed.y * sums.y;
            of_shift += parts[2 * i];
            if (b) own.numbers_of(row) = passed;
        }
        own.keep_partials(block, buffer, neuron, parts);
    }
    own.keep_scalar(b, of_step);
    if (b == 0) own.keep_scalar(own.of_shift(), of_shift);
    if (!is_last) return;
    own.keep_scalar(own.of_scale(), of_scale);
    own.keep_scalar(own.of_loss(), broken ? nanf("") : loss);
}

// After a barrier: the gradients of the normalisations, from all jets.
__device__ inline void backward_statistics(const Member &own, int b, int buffer) {
    const Block block = own.net.block[b];
    const Shared shared(block.neurons, own.ranks);
    for (int begin = 0; begin < block.neurons; begin += shared.step) {
        const int neuron = min(begin + shared.first, block.neurons - 1);
        const int row = block.first_row + neuron;
        const float2 sum = totals(own, shared, buffer, neuron);
        if (shared.lane || begin + shared.first != neuron) continue;
        own.of_offsets[row] = sum.x;
        own.of_slopes[row] = sum.y * own.inverses[row];
    }
}

// Gradients of the sums, and the parts of those of the weights, which go to who moves them.
__device__ inline void backward_sums(const Member &own, int b) {
    const Block block = own.net.block[b];
    const float part = 1.0f / own.run.batch, step = own.steps[b];
    if (own.group >= own.groups) return;
    for (int neuron = own.group * kPair; neuron < block.neurons; neuron += own.groups * kPair) {
        float2 gradients[kPair];
        own.weigh<kPair>(block, neuron, gradients);
#pragma unroll
        for (int i = 0; i < kPair; ++i) {
            const int row = block.first_row + min(neuron + i, block.neurons - 1);
            const float slope = own.lines[row].slope * step;
            const float mean = own.of_offsets[row] * part;
            const float tilt = own.of_slopes[row] * part * own.inverses[row];
            const float centre = own.means[row];
            const float2 passed = own.numbers_of(row), sums = gradients[i];
            const float x = ((passed.x - mean) - (sums.x - centre) * tilt) * slope;
            const float y = ((passed.y - mean) - (sums.y - centre) * tilt) * slope;
            gradients[i] = {own.valid[0] ? x : 0.0f, own.valid[1] ? y : 0.0f};
        }
#pragma unroll
        for (int i = 0; i < kPair; ++i)
            if (neuron + i < block.neurons)
                own.numbers_of(block.first_row + neuron + i) = gradients[i];
        for (int quad = 0; quad < block.quads; ++quad) {
            float products[kPair * kQuad];
#pragma unroll
            for (int i = 0; i < kPair; ++i) {
                const int weight = own.weight_of(block, neuron + i, quad);
                const ushort4 source = *reinterpret_cast<const ushort4 *>(own.sources + weight);
                const int rows[kQuad] = {source.x, source.y, source.z, source.w};
#pragma unroll
                for (int k = 0; k < kQuad; ++k) {
                    const char2 code = own.codes_of(rows[k]);
                    products[kQuad * i + k] = gradients[i].x * static_cast<float>(code.x) +
                                              gradients[i].y * static_cast<float>(code.y);
                }
            }
            const float sum = sums_of_eight(products, own.lane);
            const int other = neuron + own.lane / 16;
            if (own.lane % 4 || other >= block.neurons) continue;
            const int weight = own.weight_of(block, other, quad) + own.lane / 4 % kQuad;
            const int slot = ((weight >> own.run.ranks_log2) * own.ranks + own.rank) *
                                 own.run.columns + own.column;
            in_block(own.slots + slot, weight & (own.ranks - 1))[0] = sum;
        }
    }
}
