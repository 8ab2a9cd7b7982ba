// Which sources neurons read while that is learned.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "layout.h"

// The sources of highest score of each neuron of a block, if it has scores.
class Selection {
  public:
    explicit Selection(const Block &block) : block_(block) {
        if (!block.scores.value) return;
        chosen_.resize(block.scores.count);
        order_.resize(block.fan_in);
        of_scores_.resize(block.scores.count);
        update();
    }

    // Chooses anew, and puts the weights in place that sums use. Of equal scores the first wins.
    void update() {
        if (!block_.scores.value) return;
        std::fill(chosen_.begin(), chosen_.end(), 0);
        for (int64_t first = 0; first < block_.scores.count; first += block_.fan_in) {
            // Not-a-number ranks last, or there would be no order.
            const auto score = [&](int64_t k) {
                const float value = block_.scores.value[first + k];
                return std::isnan(value) ? -INFINITY : value;
            };
            std::iota(order_.begin(), order_.end(), 0);
            std::nth_element(order_.begin(), order_.begin() + (block_.kept - 1), order_.end(),
                             [&](int64_t a, int64_t b) {
                                 return score(a) > score(b) || (score(a) == score(b) && a < b);
                             });
            for (int64_t k = 0; k < block_.kept; ++k) chosen_[first + order_[k]] = 1;
        }
        for (int64_t i = 0; i < block_.scores.count; ++i)
            block_.used[i] = chosen_[i] ? block_.weight.value[i] : 0.0f;
    }

    // From the gradient of the weights in use to those of all weights, in place, and of the scores:
    // straight through, as if a weight in use were its score times the weight. Null without scores.
    const float *split(std::vector<float> &gradient) {
        if (!block_.scores.value) return nullptr;
        for (int64_t i = 0; i < block_.scores.count; ++i) {
            of_scores_[i] = gradient[i] * block_.weight.value[i];
            if (!chosen_[i]) gradient[i] = 0.0f;
        }
        return of_scores_.data();
    }

  private:
    Block block_;
    std::vector<char> chosen_;
    std::vector<int64_t> order_;
    std::vector<float> of_scores_;
};

// Adds the gradient of `strength` times the sum over neurons of what (sum of |w|)^2 / (sum of w^2) is
// beyond the sources to keep; see sparsity_of in logicjsc/methods/gradient/network/selection.py.
inline void add_sparsity(const Block &block, float strength, std::vector<float> &gradient) {
    if (!block.kept) return;
    for (int64_t first = 0; first < block.weight.count; first += block.fan_in) {
        const float *weight = block.weight.value + first;
        float size = 0.0f, square = 0.0f;
        for (int64_t k = 0; k < block.fan_in; ++k) {
            size += std::fabs(weight[k]);
            square += weight[k] * weight[k];
        }
        if (size * size <= block.kept * square) continue;
        const float ratio = size / square;
        for (int64_t k = 0; k < block.fan_in; ++k) {
            const float sign = static_cast<float>((weight[k] > 0.0f) - (weight[k] < 0.0f));
            gradient[first + k] += 2.0f * strength * ratio * (sign - ratio * weight[k]);
        }
    }
}
