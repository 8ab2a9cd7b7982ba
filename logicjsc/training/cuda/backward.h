// Loss and backward pass of a block.
#pragma once

#include "member.h"

// What the loss of this lane's jet is, and its gradient by one of the scores.
struct Judged {
    float loss, gradient;
};

// See logicjsc/training/objective.py; `gradient` is that of the mean over the batch.
__device__ inline Judged judge(const Member &own, int neuron) {
    const Steps &run = own.run;
    const int classes = own.net.classes;
    const int first = own.net.rows - classes;
    const float step = own.steps[own.net.blocks - 1];
    const float bias = own.values[own.net.score_bias()];
    const float scale = own.values[own.net.score_scale()];
    const auto score = [&](int c) { return (own.code(first + c) * step + bias) * scale; };
    const int label = static_cast<int>(own.labels[own.jet()]);
    const bool taught = run.jets.teacher != nullptr;
    const float *teacher = own.teacher + own.jet() * classes;
    const float softer = 1.0f / run.temperature;
    float highest = score(0);
    for (int c = 1; c < classes; ++c) highest = fmaxf(highest, score(c));
    float total = 0.0f, all = 0.0f, soft_total = 0.0f, wanted = 0.0f;
    for (int c = 0; c < classes; ++c) {
        const float shifted = score(c) - highest;
        total += expf(shifted);
        all += shifted;
        if (!taught) continue;
        soft_total += expf(shifted * softer);
        wanted += teacher[c] * shifted * softer;
    }
    const float spread = run.smoothing / classes, rest = 1.0f - run.smoothing;
    const float shifted = score(neuron) - highest;
    const float hard = (neuron == label ? rest : 0.0f) + spread;
    float loss = logf(total) - ((score(label) - highest) * rest + all * spread);
    float gradient = expf(shifted) / total - hard;
    if (taught) {
        const float size = run.teacher_weight * run.temperature;
        const float pull = expf(shifted * softer) / soft_total - teacher[neuron];
        gradient = gradient * (1.0f - run.teacher_weight) + pull * size;
        loss = loss * (1.0f - run.teacher_weight) +
               size * run.temperature * (logf(soft_total) - wanted);
    }
    return {loss, gradient / run.batch};
}

// The gradient of a row's output, from those who read it.
__device__ inline float gathered(const Member &own, int b, int row) {
    const int end = own.reader_begin()[row + 1];
    const Reader *readers = own.readers();
    float sum = 0.0f;
    for (int begin = own.reader_begin()[row]; begin < end; begin += 4) {
#pragma unroll
        for (int k = begin; k < begin + 4; ++k)
            if (k < end) sum += own.values[readers[k].weight] * own.number_of(readers[k].row);
    }
    return sum / own.steps[b];  // the weights are multiplied by it
}

// Gradients as far as the normalised sums, which take the place of the sums; of each column the two
// sums that go on.
__device__ inline void backward_codes(const Member &own, int b, int buffer, bool broken) {
    const Block block = own.net.block[b];
    const bool is_last = b == own.net.blocks - 1;
    float of_step = 0.0f, of_shift = 0.0f, of_scale = 0.0f, loss = 0.0f;
    for (int neuron = own.group; neuron < block.neurons && own.group < own.groups;
         neuron += own.groups) {
        const int row = block.first_row + neuron;
        float gradient = 0.0f;
        const float centred = own.number_of(row);
        if (is_last && own.valid) {
            const Judged judged = judge(own, neuron);
            gradient = judged.gradient * own.values[own.net.score_scale()];
            of_scale += judged.gradient * own.code(row);
            if (neuron == 0) loss = judged.loss;
        } else if (own.valid) {
            gradient = gathered(own, b, row);
        }
        const Line line = own.to_steps(b, row, own.inverses[row]);
        const float steps = centred * line.slope + line.offset;
        const Quantised out(block, steps);
        const float passed = out.passes ? gradient : 0.0f;
        if (own.valid) of_step += gradient * out.code - passed * steps;
        of_shift += passed;
        const float sum = sums_of_two(passed, passed * centred, own.lane);
        if (own.lane % 16 == 0) own.partial_place(buffer, neuron)[own.lane / 16] = sum;
        if (b) own.number_of(row) = passed;
    }
    own.keep_scalar(b, of_step);
    if (b == 0) own.keep_scalar(own.of_shift(), of_shift);
    if (!is_last) return;
    own.keep_scalar(own.of_scale(), of_scale);
    own.keep_scalar(own.of_loss(), broken ? nanf("") : loss);
}

// After a barrier: the gradients of the normalisation's slope and offset, from all jets.
__device__ inline Pair backward_totals(const Member &own, int buffer, int row, int neuron) {
    float of_offset = 0.0f, of_slope = 0.0f;
    for (int begin = 0; begin < own.parts(); begin += kLanes) {
        const int part = begin + own.lane;
        if (part >= own.parts() || !own.jets_in(part)) continue;
        const float2 here = own.partial(buffer, neuron, part);
        of_offset += here.x;
        of_slope += here.y;
    }
    Pair sums = sums_of_pair(of_offset, of_slope, own.lane);
    sums.second *= own.inverses[row];
    if (own.column == 0 && own.lane == 0) {
        own.of_offsets[row] = sums.first;
        own.of_slopes[row] = sums.second;
    }
    return sums;
}

// After a barrier: gradients of the sums, and of the weights, which go to those who move them.
__device__ inline void backward_sums(const Member &own, int b, int buffer) {
    const Block block = own.net.block[b];
    const float part = 1.0f / own.run.batch;
    for (int neuron = own.group; neuron < block.neurons && own.group < own.groups;
         neuron += own.groups) {
        const int row = block.first_row + neuron;
        const Pair totals = backward_totals(own, buffer, row, neuron);
        if (b == 0) continue;
        const float inverse = own.inverses[row];
        const float slope = own.values[own.net.slope(row)] * inverse;
        const float mean = totals.first * part, tilt = totals.second * part * inverse;
        const float centred = own.weighted_sum(block, neuron) - own.means[row];
        const float gradient =
            own.valid ? ((own.number_of(row) - mean) - centred * tilt) * slope : 0.0f;
        own.number_of(row) = gradient;
        const int first = block.first_weight + neuron * block.fan_in;
        const short *source = own.sources() + first;
        for (int begin = 0; begin < block.fan_in; begin += 4) {
            float products[4] = {};
#pragma unroll
            for (int k = 0; k < 4; ++k)
                if (begin + k < block.fan_in)
                    products[k] = gradient * static_cast<float>(own.code(source[begin + k]));
            const float sum = sums_of_four(products, own.lane);
            const int k = begin + own.lane / 8, weight = first + k;
            if (own.lane % 8 || k >= block.fan_in) continue;
            float *slot = own.slots + weight / own.ranks * own.parts();
            in_block(slot, weight % own.ranks)[own.rank * own.run.columns + own.column] = sum;
        }
    }
}
