// AdamW (Loshchilov and Hutter, arXiv:1711.05101), as torch computes it.
#pragma once

#include <cmath>

#include "layout.h"
#include "model.h"

struct AdamW {
    float decay_rate;  // learning rate
    float step_size;
    float root_correction;
    float beta1, beta2, epsilon;
    float average_share;
    float sparsity;
    bool softmax;

    AdamW(const Steps &steps, int64_t index) {
        const double count = static_cast<double>(steps.before + index + 1);
        decay_rate = static_cast<float>(steps.rates[index]);
        step_size = static_cast<float>(steps.rates[index] / (1.0 - std::pow(steps.beta1, count)));
        root_correction = static_cast<float>(std::sqrt(1.0 - std::pow(steps.beta2, count)));
        beta1 = static_cast<float>(steps.beta1);
        beta2 = static_cast<float>(steps.beta2);
        epsilon = static_cast<float>(steps.epsilon);
        average_share = steps.shares ? static_cast<float>(steps.shares[index]) : 0.0f;
        sparsity = static_cast<float>(steps.sparsity);
        softmax = steps.loss == kSoftmax;
    }

    // `gradient` may be null: a parameter that changes nothing, whose gradient is zero.
    void move(const Parameter &parameter, const float *gradient) const {
        if (!parameter.value) return;
        const float shrink = 1.0f - decay_rate * static_cast<float>(parameter.decay);
        for (int64_t i = 0; i < parameter.count; ++i) {
            const float slope = gradient ? gradient[i] : 0.0f;
            float &first = parameter.first[i], &second = parameter.second[i];
            first += (slope - first) * (1.0f - beta1);
            second = second * beta2 + slope * slope * (1.0f - beta2);
            const float size = std::sqrt(second) / root_correction + epsilon;
            parameter.value[i] = parameter.value[i] * shrink - step_size * first / size;
        }
        if (average_share == 0.0f) return;
        for (int64_t i = 0; i < parameter.count; ++i)
            parameter.average[i] += average_share * (parameter.value[i] - parameter.average[i]);
    }

    void move(Model &model) const {
        const Network &network = model.network;
        double of_scale = 0.0;
        for (double products : model.score_products) of_scale += products;
        for (int64_t b = 0; b < network.blocks; ++b) {
            const Block &block = network.block[b];
            Gradients &gradients = model.gradients[b];
            const float *of_scores = model.selections[b].split(gradients.weight);
            if (sparsity != 0.0f) add_sparsity(block, sparsity, gradients.weight);
            move(block.weight, gradients.weight.data());
            move(block.scores, of_scores);
            model.selections[b].update();
            move(block.bias, nullptr);
            move(block.gamma, gradients.gamma.data());
            move(block.beta, gradients.beta.data());
            const float shift = total(gradients.beta);
            move(block.shift, &shift);
            if (!block.range.value) continue;
            const float sign = *block.range.value >= 0.0f ? 1.0f : -1.0f;
            const float range =
                sign * total(gradients.step) / static_cast<float>(block.threshold);
            move(block.range, &range);
        }
        // A number added to all scores changes no probability of a softmax.
        const float sum = softmax ? 0.0f : total(model.score_sums);
        const float bias = sum * model.score_scale();
        const float scale =
            static_cast<float>(of_scale * model.step.back() + sum * model.score_bias());
        // Moved only now: each gradient knows the other parameter as the step found it.
        move(network.score_bias, softmax ? nullptr : &bias);
        move(network.score_scale, &scale);
        model.update_steps();
    }

  private:
    static float total(const std::vector<float> &parts) {
        double sum = 0.0;
        for (float part : parts) sum += part;
        return static_cast<float>(sum);
    }
};
