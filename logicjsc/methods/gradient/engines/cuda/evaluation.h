// Class scores with the running statistics; a thread takes one sample after the other.
#pragma once

#include "device.h"
#include "layout.h"
#include "quantiser.h"

__device__ inline void evaluate(const Evaluation &run) {
    const Network &net = run.network;
    const int number = block_number() / run.parts, part = block_number() % run.parts;
    const int threads = thread_count(), thread = thread_number();
    // Shared: weights in steps, from sums to steps by row, codes of each thread's sample by row.
    float *weights = reinterpret_cast<float *>(shared_memory());
    Line *lines = reinterpret_cast<Line *>(weights + net.weights + net.weights % 2);
    signed char *codes = reinterpret_cast<signed char *>(lines + net.rows);
    float *const *values = net.values + static_cast<int64>(number) * net.parameters();
    const unsigned short *sources = net.sources + number * net.weights;
    const signed char *source_blocks = net.source_blocks + number * net.weights;
    const auto step = [&](int b) { return fabsf(*values[net.range(b)]) / net.block[b].threshold; };
    for (int i = thread; i < net.weights; i += threads)
        weights[i] = source_blocks[i] < 0 ? 0.0f : *values[i] * step(source_blocks[i]);
    for (int b = 0; b < net.blocks; ++b) {
        const Block &block = net.block[b];
        for (int neuron = thread; neuron < block.neurons; neuron += threads) {
            const int row = block.first_row + neuron;
            const float variance = *net.running_variance[number * net.rows + row];
            const float slope = *values[net.slope(row)] / sqrtf(variance + block.epsilon);
            const float mean = *net.running_mean[number * net.rows + row];
            const float bias = b ? *values[net.bias(row)] : 0.0f;
            const float shift = b ? 0.0f : *values[net.shift()];
            const float offset = *values[net.offset(row)] + (bias - mean) * slope + shift;
            lines[row] = {slope / step(b), offset / step(b)};
        }
    }
    block_barrier();
    const float last_step = step(net.blocks - 1);
    const float bias = *values[net.score_bias()], scale = *values[net.score_scale()];
    const auto code = [&](int row) -> signed char & { return codes[row * threads + thread]; };
    for (int sample = part * threads + thread; sample < run.samples.count; sample += run.parts * threads) {
        for (int b = 0; b < net.blocks; ++b) {
            const Block &block = net.block[b];
            for (int neuron = 0; neuron < block.neurons; ++neuron) {
                const int first = block.first_weight + neuron * block.quads * kQuad;
                float sum = 0.0f;
                if (b == 0) sum = run.samples.features[static_cast<int64>(sample) * net.features + neuron];
                for (int k = 0; k < block.quads * kQuad; ++k)
                    sum += weights[first + k] * static_cast<float>(code(sources[first + k]));
                const Line line = lines[block.first_row + neuron];
                const Quantised out(block, line.at(sum));
                code(block.first_row + neuron) = static_cast<signed char>(out.code);
            }
        }
        float *scores = run.scores + (static_cast<int64>(number) * run.samples.count + sample) * net.classes;
        for (int c = 0; c < net.classes; ++c)
            scores[c] = (code(net.rows - net.classes + c) * last_step + bias) * scale;
    }
}
