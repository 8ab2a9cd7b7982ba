// Forward and backward pass of one batch.
//
// A row holds one number of each jet, so a neuron's sums, its batch statistics, its normalisation and
// its quantiser are loops over rows that stay in the nearest cache, forward and backward alike: the
// gradient of a neuron's output is gathered from those who read it. No two neurons write to the same
// place, so threads share out neurons and results do not depend on how many there are.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <type_traits>
#include <vector>

#include "activation.h"
#include "model.h"
#include "rows.h"
#include "team.h"

// Memory for rows, each on its own vectors. Rows are one vector longer than needed: rows a power of
// two apart would compete for the same places of the cache.
class Rows {
  public:
    Rows(int64_t rows, int64_t vectors)
        : stride_(vectors + 1), memory_(new Vector[rows * stride_]()) {}
    Vector *operator[](int64_t row) const { return memory_.get() + row * stride_; }

  private:
    int64_t stride_;
    std::unique_ptr<Vector[]> memory_;
};

// What one thread needs for itself.
struct Workplace {
    std::vector<const Vector *> rows;
    std::vector<float> weights;
    Rows scratch;

    Workplace(int64_t most_sources, int64_t vectors)
        : rows(most_sources), weights(most_sources), scratch(1, vectors) {}
};

// What is minimised; see logicjsc/methods/gradient/objective.py.
struct Objective {
    float smoothing = 0.0f, teacher_weight = 0.0f, temperature = 1.0f;
};

class Batch {
  public:
    Batch(Model &model, int64_t jets, bool has_teacher = false)
        : model_(model), jets_(jets), span_(jets), codes_(model.rows, span_.padded()),
          sums_(model.rows, span_.padded()), scores_(model.last().neurons, span_.padded()),
          teacher_(has_teacher ? model.last().neurons : 0, span_.padded()),
          labels_(span_.padded()), inverse_(model.rows), losses_(span_.padded()) {}

    // Copies jets number `chosen[0...]` into the rows of the first block.
    void gather(const Jets &jets, const int64_t *chosen, Range vectors) {
        const int64_t features = model_.network.features;
        const int64_t end = std::min(vectors.end * kLanes, jets_);
        for (int64_t jet = vectors.begin * kLanes; jet < end; ++jet) {
            if (jet + 16 < end) __builtin_prefetch(jets.features + chosen[jet + 16] * features);
            const float *row = jets.features + chosen[jet] * features;
            for (int64_t feature = 0; feature < features; ++feature)
                reinterpret_cast<float *>(sums_[feature])[jet] = row[feature];
            if (jets.labels)
                reinterpret_cast<int32_t *>(labels_.data())[jet] =
                    static_cast<int32_t>(jets.labels[chosen[jet]]);
            if (!jets.teacher) continue;
            const int64_t classes = model_.last().neurons;
            for (int64_t c = 0; c < classes; ++c)
                reinterpret_cast<float *>(teacher_[c])[jet] =
                    jets.teacher[chosen[jet] * classes + c];
        }
    }

    // Sums, batch statistics, codes; leaves the sums centred on their mean. The running statistics
    // move by `momentum` towards the batch's.
    void forward(int64_t b, Range neurons, Workplace &place, double momentum) {
        const Block &block = model_.network.block[b];
        auto &[rows, weights, scratch] = place;
        for (int64_t neuron = neurons.begin; neuron < neurons.end; ++neuron) {
            const int64_t row = model_.first_row[b] + neuron;
            Vector *sum = sums_[row];
            if (block.fan_in) {
                const int32_t *sources = block.sources + neuron * block.fan_in;
                for (int64_t k = 0; k < block.fan_in; ++k) {
                    rows[k] = codes_[sources[k]];
                    weights[k] = block.used[neuron * block.fan_in + k] *
                                 model_.step[model_.block_of[sources[k]]];
                }
                weighted_sum(sum, span_.padded(), rows.data(), weights.data(), block.fan_in);
            }
            const float mean = sum_of(sum) / jets_;
            const float variance = centre(sum, mean) / jets_;
            inverse_[row] = 1.0f / std::sqrt(variance + static_cast<float>(block.epsilon));
            // A bias in front of a normalisation moves nothing but the mean.
            track(block.running_mean[neuron], momentum,
                  block.bias.value ? mean + block.bias.value[neuron] : mean);
            track(block.running_variance[neuron], momentum, variance * jets_ / (jets_ - 1));
            const auto [slope, offset] = to_steps(b, neuron);
            with_activation(block.activation, [&](auto kind) {
                const float low = block.low, high = block.high;
                Vector *code = codes_[row];
                for (int64_t index = 0; index < span_.padded(); ++index)
                    code[index] = Activated<kind>(sum[index] * slope + offset, low, high).code;
            });
        }
    }

    // Losses of the jets and the gradients of the scores.
    void score(Range vectors, const Objective &objective, bool has_teacher) {
        const int64_t classes = model_.last().neurons, first = model_.first_row.back();
        const float step = model_.step.back(), bias = model_.score_bias();
        const float scale = model_.score_scale(), part = 1.0f / jets_;
        const float spread = objective.smoothing / classes, rest = 1.0f - objective.smoothing;
        const float teacher_weight = has_teacher ? objective.teacher_weight : 0.0f;
        const float label_weight = 1.0f - teacher_weight;
        for (int64_t index = vectors.begin; index < vectors.end; ++index) {
            const bool is_tail = index >= span_.vectors;
            Vector highest = splat(-INFINITY), total{}, own{}, all{};
            for (int64_t c = 0; c < classes; ++c) {
                const Vector score = (codes_[first + c][index] * step + bias) * scale;
                scores_[c][index] = score;
                highest = larger(score, highest);
            }
            const int64_t jets = std::min(jets_ - index * kLanes, kLanes);
            const double teacher_loss =
                has_teacher ? learn_from_teacher(index, jets, highest, objective) : 0.0;
            for (int64_t c = 0; c < classes; ++c) {
                const Vector shifted = scores_[c][index] - highest;
                const Vector power = exponential(shifted);
                own += keep(labels_[index] == static_cast<int32_t>(c), shifted);
                all += shifted;
                scores_[c][index] = power;
                total += power;
            }
            for (int64_t c = 0; c < classes; ++c) {
                const Vector wanted =
                    keep(labels_[index] == static_cast<int32_t>(c), splat(rest)) + spread;
                Vector gradient = (scores_[c][index] / total - wanted) * label_weight;
                if (has_teacher) gradient += teacher_[c][index];
                gradient *= part;
                scores_[c][index] = is_tail ? keep(span_.tail, gradient) : gradient;
            }
            double loss = 0.0;
            for (int64_t lane = 0; lane < jets; ++lane)
                loss += std::log(total[lane]) - (own[lane] * rest + all[lane] * spread);
            losses_[index] = label_weight * loss + teacher_loss;
        }
    }

    double loss() const {
        double sum = 0.0;
        for (double part : losses_) sum += part;
        return sum / jets_;
    }

    // Gradients of a block's parameters; leaves those of its sums in their place.
    void backward(int64_t b, Range neurons, Workplace &place) {
        const Block &block = model_.network.block[b];
        auto &[rows, weights, scratch] = place;
        Vector *gradient = scratch[0];
        Gradients &gradients = model_.gradients[b];
        const bool is_last = b == model_.network.blocks - 1;
        for (int64_t neuron = neurons.begin; neuron < neurons.end; ++neuron) {
            const int64_t row = model_.first_row[b] + neuron;
            if (is_last) {
                const Vector *of_score = scores_[neuron];
                const float scale = model_.score_scale();
                for (int64_t index = 0; index < span_.padded(); ++index)
                    gradient[index] = of_score[index] * scale;
                const Vector *code = codes_[row];
                products_of<1>(of_score, span_.padded(), &code, &model_.score_products[neuron]);
            } else {
                const auto &readers = model_.readers[row];
                for (size_t k = 0; k < readers.size(); ++k) {
                    rows[k] = sums_[readers[k].row];
                    weights[k] = *readers[k].weight;
                }
                weighted_sum(gradient, span_.padded(), rows.data(), weights.data(),
                             readers.size());
            }
            through_activation(b, neuron, gradient);
            if (!block.fan_in) continue;
            through_normalisation(b, neuron, gradient);
            const int32_t *sources = block.sources + neuron * block.fan_in;
            float *of_weights = gradients.weight.data() + neuron * block.fan_in;
            for (int64_t k = 0; k < block.fan_in; ++k) rows[k] = codes_[sources[k]];
            products(sums_[row], span_.padded(), rows.data(), block.fan_in, of_weights);
            for (int64_t k = 0; k < block.fan_in; ++k)
                of_weights[k] *= model_.step[model_.block_of[sources[k]]];
        }
    }

    int64_t vectors() const { return span_.padded(); }

  private:
    struct Line {
        float slope, offset;
    };

    // The teacher's part of the loss of some jets; leaves its gradients where its probabilities were.
    double learn_from_teacher(int64_t index, int64_t jets, Vector highest,
                              const Objective &objective) {
        const int64_t classes = model_.last().neurons;
        const float softer = 1.0f / objective.temperature;
        const float size = objective.teacher_weight * objective.temperature;
        Vector total{}, wanted{};
        for (int64_t c = 0; c < classes; ++c) {
            const Vector shifted = (scores_[c][index] - highest) * softer;
            total += exponential(shifted);
            wanted += teacher_[c][index] * shifted;
        }
        for (int64_t c = 0; c < classes; ++c) {
            const Vector power = exponential((scores_[c][index] - highest) * softer);
            teacher_[c][index] = (power / total - teacher_[c][index]) * size;
        }
        double loss = 0.0;
        for (int64_t lane = 0; lane < jets; ++lane) loss += std::log(total[lane]) - wanted[lane];
        return size * objective.temperature * loss;
    }

    // From centred sums to steps of the quantiser.
    Line to_steps(int64_t b, int64_t neuron) const {
        const Block &block = model_.network.block[b];
        const float shift = block.shift.value ? *block.shift.value : 0.0f;
        return {block.gamma.value[neuron] * inverse_[model_.first_row[b] + neuron] / model_.step[b],
                (block.beta.value[neuron] + shift) / model_.step[b]};
    }

    static void track(float &running, double momentum, float value) {
        running += static_cast<float>(momentum) * (value - running);
    }

    float sum_of(const Vector *row) const {
        return sum_over(span_, [&](int64_t index, auto filter) { return filter(row[index]); });
    }

    // Subtracts the mean; the sum of squares of what is left.
    float centre(Vector *row, float mean) const {
        return sum_over(span_, [&](int64_t index, auto filter) {
            const Vector centred = filter(row[index] - mean);
            row[index] = centred;
            return centred * centred;
        });
    }

    // From the gradient of the output to that of the normalised sums, on the way its sums.
    void through_activation(int64_t b, int64_t neuron, Vector *gradient) {
        const Block &block = model_.network.block[b];
        Gradients &gradients = model_.gradients[b];
        const int64_t row = model_.first_row[b] + neuron;
        const Vector *sum = sums_[row];
        const float low = block.low, high = block.high;
        const auto [slope, offset] = to_steps(b, neuron);
        Vector of_beta{}, of_gamma{}, of_step{};
        with_activation(block.activation, [&](auto kind) {
            for (int64_t index = 0; index < span_.padded(); ++index) {
                const Vector steps = sum[index] * slope + offset;
                const Activated<kind> out(steps, low, high);
                const Vector passed = keep(out.passes, gradient[index]);
                of_step += gradient[index] * out.code - passed * steps;
                of_beta += passed;
                of_gamma += passed * sum[index];
                gradient[index] = passed;
            }
        });
        gradients.step[neuron] = sum_of_lanes(of_step);
        gradients.beta[neuron] = sum_of_lanes(of_beta);
        gradients.gamma[neuron] = sum_of_lanes(of_gamma) * inverse_[row];
    }

    void through_normalisation(int64_t b, int64_t neuron, const Vector *gradient) {
        const Gradients &gradients = model_.gradients[b];
        const int64_t row = model_.first_row[b] + neuron;
        const float slope = model_.network.block[b].gamma.value[neuron] * inverse_[row];
        const float mean = gradients.beta[neuron] / jets_;
        const float tilt = gradients.gamma[neuron] / jets_ * inverse_[row];
        Vector *sum = sums_[row];
        for_each_vector(span_, [&](int64_t index, auto filter) {
            sum[index] = filter(((gradient[index] - mean) - sum[index] * tilt) * slope);
        });
    }

    Model &model_;
    const int64_t jets_;
    const Span span_;
    Rows codes_;   // outputs of all neurons, in steps of their quantisers
    Rows sums_;    // centred sums of all neurons; after the backward pass their gradients
    Rows scores_;  // gradients of the class scores
    Rows teacher_; // probabilities that a teacher gives the classes, then its part of the gradients
    std::vector<Integers> labels_;
    std::vector<float> inverse_;  // one over the deviation, by row
    std::vector<double> losses_;  // by vector of jets
};
