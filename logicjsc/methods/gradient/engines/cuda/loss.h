// The loss of each sample and its gradients by the scores; see logicjsc/methods/gradient/objective.py.
#pragma once

#include "member.h"

// Gradients of the batch's mean: warps share out classes and groups of 32 samples. The loss is not a
// number where something before it was `broken`.
template <int kSamples>
__device__ inline void judge(const Member<kSamples> &own, bool broken) {
    const Steps &run = own.run;
    const int classes = own.net.classes, first = own.net.rows - classes;
    const float step = own.steps[own.net.blocks - 1];
    const float bias = own.values[own.net.score_bias()];
    const float scale = own.values[own.net.score_scale()];
    const bool taught = run.samples.teacher != nullptr;
    const float spread = run.smoothing / classes, rest = 1.0f - run.smoothing;
    const float softer = 1.0f / run.temperature, share = 1.0f / run.batch;
    const int groups = own.stride / kLanes;
    float loss = 0.0f, of_scale = 0.0f;
#pragma unroll 1
    for (int task = own.warp; task < classes * groups; task += own.warps) {
        const int own_class = task / groups, sample = task % groups * kLanes + own.lane;
        if (sample >= own.samples) continue;
        const int label = static_cast<int>(own.labels[sample]);
        const float *teacher = own.teacher + sample * classes;
        const auto code = [&](int c) {
            return static_cast<float>(own.codes[(first + c) * own.stride + sample]);
        };
        const auto score = [&](int c) { return (code(c) * step + bias) * scale; };
        float highest = score(0);
#pragma unroll 4
        for (int c = 1; c < classes; ++c) highest = fmaxf(highest, score(c));
        float total = 0.0f, all = 0.0f, soft_total = 0.0f, wanted = 0.0f;
#pragma unroll 4
        for (int c = 0; c < classes; ++c) {
            const float shifted = score(c) - highest;
            total += expf(shifted);
            all += shifted;
            if (!taught) continue;
            soft_total += expf(shifted * softer);
            wanted += teacher[c] * shifted * softer;
        }
        const float shifted = score(own_class) - highest;
        float gradient =
            expf(shifted) / total - (own_class == label ? rest : 0.0f) - spread;
        if (taught) {
            const float pull = expf(shifted * softer) / soft_total - teacher[own_class];
            gradient = gradient * (1.0f - run.teacher_weight) +
                       pull * run.teacher_weight * run.temperature;
        }
        gradient *= share;
        own.of_scores[own_class * own.padded + sample] = gradient;
        of_scale += gradient * code(own_class);
        if (own_class) continue;
        const float hard = logf(total) - ((score(label) - highest) * rest + all * spread);
        const float soft = taught ? logf(soft_total) - wanted : 0.0f;
        loss += hard * (1.0f - run.teacher_weight) +
                soft * run.teacher_weight * run.temperature * run.temperature;
    }
    own.keep_scalar(own.of_scale(), of_scale);
    own.keep_scalar(own.of_loss(), broken ? nanf("") : loss);
}
