// Class scores with the running statistics, block of samples by block of samples.
#pragma once

#include <cmath>
#include <vector>

#include "activation.h"
#include "batch.h"
#include "model.h"
#include "rows.h"

class Inference {
  public:
    static constexpr int64_t kSamples = 512;  // all rows of a common network stay in the nearer caches

    explicit Inference(const Model &model)
        : model_(model), codes_(model.rows, kVectors), sum_(1, kVectors),
          rows_(model.most_sources) {
        for (int64_t b = 0; b < model.network.blocks; ++b) {
            const Block &block = model.network.block[b];
            for (int64_t neuron = 0; neuron < block.neurons; ++neuron) add_line(b, block, neuron);
        }
    }

    void run(const Data &samples, int64_t begin, int64_t end, float *scores) {
        for (int64_t b = 0; b < model_.network.blocks; ++b) {
            const Block &block = model_.network.block[b];
            for (int64_t neuron = 0; neuron < block.neurons; ++neuron) {
                const int64_t row = model_.first_row[b] + neuron;
                Vector *sum = sum_[0];
                if (block.fan_in) {
                    const int64_t first = neuron * block.fan_in;
                    for (int64_t k = 0; k < block.fan_in; ++k)
                        rows_[k] = codes_[block.sources[first + k]];
                    weighted_sum(sum, kVectors, rows_.data(), weights_[b].data() + first,
                                 block.fan_in);
                } else {
                    const int64_t features = model_.network.features;
                    const float *feature = samples.features + begin * features + row;
                    for (int64_t sample = 0; sample < end - begin; ++sample)
                        reinterpret_cast<float *>(sum)[sample] = feature[sample * features];
                }
                with_activation(block.activation, [&](auto kind) {
                    const float low = block.low, high = block.high;
                    for (int64_t index = 0; index < kVectors; ++index)
                        codes_[row][index] =
                            Activated<kind>(sum[index] * slope_[row] + offset_[row], low, high).code;
                });
            }
        }
        const int64_t classes = model_.last().neurons;
        for (int64_t c = 0; c < classes; ++c) {
            const float *code = reinterpret_cast<float *>(codes_[model_.first_row.back() + c]);
            for (int64_t sample = begin; sample < end; ++sample)
                scores[sample * classes + c] =
                    (code[sample - begin] * model_.step.back() + model_.score_bias()) *
                    model_.score_scale();
        }
    }

  private:
    static constexpr int64_t kVectors = kSamples / kLanes;

    // From a neuron's sum to steps of its quantiser, all in front of it folded into one line.
    void add_line(int64_t b, const Block &block, int64_t neuron) {
        if (!block.gamma.value) {
            slope_.push_back(1.0f), offset_.push_back(0.0f);
            if (neuron == 0) weights_.emplace_back();
            return;
        }
        const double deviation = std::sqrt(block.running_variance[neuron] + block.epsilon);
        const double slope = block.gamma.value[neuron] / deviation;
        const double bias = block.bias.value ? block.bias.value[neuron] : 0.0;
        const double shift = block.shift.value ? *block.shift.value : 0.0;
        const double offset =
            (bias - block.running_mean[neuron]) * slope + block.beta.value[neuron] + shift;
        slope_.push_back(static_cast<float>(slope / model_.step[b]));
        offset_.push_back(static_cast<float>(offset / model_.step[b]));
        if (neuron == 0) weights_.emplace_back();
        for (int64_t k = 0; k < block.fan_in; ++k) {
            const int64_t entry = neuron * block.fan_in + k;
            const int64_t source = block.sources[entry];
            weights_[b].push_back(block.used[entry] * model_.step[model_.block_of[source]]);
        }
    }

    const Model &model_;
    Rows codes_;
    Rows sum_;
    std::vector<const Vector *> rows_;
    std::vector<float> slope_, offset_;        // by row
    std::vector<std::vector<float>> weights_;  // by block, for codes instead of values
};
