// Forward and backward pass of one batch.
//
// A row holds one number of each sample, so a neuron's sums, its batch statistics, its normalisation and
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
    int64_t loss = kSoftmax;
    float smoothing = 0.0f, teacher_weight = 0.0f, temperature = 1.0f;
};

class Batch {
  public:
    Batch(Model &model, int64_t samples, bool has_teacher = false, bool has_targets = false,
          bool has_weights = false)
        : model_(model), samples_(samples), span_(samples), codes_(model.rows, span_.padded()),
          sums_(model.rows, span_.padded()), scores_(model.last().neurons, span_.padded()),
          teacher_(has_teacher ? model.last().neurons : 0, span_.padded()),
          targets_(has_targets ? model.last().neurons : 0, span_.padded()),
          weights_(has_weights ? span_.padded() : 0),
          labels_(span_.padded()), inverse_(model.rows), losses_(span_.padded()) {}

    // Copies samples number `chosen[0...]` into the rows of the first block.
    void gather(const Data &samples, const int64_t *chosen, Range vectors) {
        const int64_t features = model_.network.features;
        const int64_t end = std::min(vectors.end * kLanes, samples_);
        for (int64_t sample = vectors.begin * kLanes; sample < end; ++sample) {
            if (sample + 16 < end) __builtin_prefetch(samples.features + chosen[sample + 16] * features);
            const float *row = samples.features + chosen[sample] * features;
            for (int64_t feature = 0; feature < features; ++feature)
                reinterpret_cast<float *>(sums_[feature])[sample] = row[feature];
            if (samples.labels)
                reinterpret_cast<int32_t *>(labels_.data())[sample] =
                    static_cast<int32_t>(samples.labels[chosen[sample]]);
            if (samples.weights)
                reinterpret_cast<float *>(weights_.data())[sample] =
                    samples.weights[chosen[sample]];
            const int64_t outputs = model_.last().neurons;
            for (int64_t c = 0; samples.targets && c < outputs; ++c)
                reinterpret_cast<float *>(targets_[c])[sample] =
                    samples.targets[chosen[sample] * outputs + c];
            for (int64_t c = 0; samples.teacher && c < outputs; ++c)
                reinterpret_cast<float *>(teacher_[c])[sample] =
                    samples.teacher[chosen[sample] * outputs + c];
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
            if (!block.gamma.value) {
                std::copy(sum, sum + span_.padded(), codes_[row]);
                continue;
            }
            const float mean = sum_of(sum) / samples_;
            const float variance = centre(sum, mean) / samples_;
            inverse_[row] = 1.0f / std::sqrt(variance + static_cast<float>(block.epsilon));
            // A bias in front of a normalisation moves nothing but the mean.
            track(block.running_mean[neuron], momentum,
                  block.bias.value ? mean + block.bias.value[neuron] : mean);
            track(block.running_variance[neuron], momentum, variance * samples_ / (samples_ - 1));
            const auto [slope, offset] = to_steps(b, neuron);
            with_activation(block.activation, [&](auto kind) {
                const float low = block.low, high = block.high;
                Vector *code = codes_[row];
                for (int64_t index = 0; index < span_.padded(); ++index)
                    code[index] = Activated<kind>(sum[index] * slope + offset, low, high).code;
            });
        }
    }

    // Losses of the samples and the gradients of the scores.
    void score(Range vectors, const Objective &objective, bool has_teacher) {
        if (objective.loss == kSoftmax)
            score_classes(vectors, objective, has_teacher);
        else
            score_outputs(vectors, objective);
    }

    double loss() const {
        double sum = 0.0;
        for (double part : losses_) sum += part;
        return sum / samples_;
    }

    // Cross-entropy of the softmax of all scores.
    void score_classes(Range vectors, const Objective &objective, bool has_teacher) {
        const int64_t classes = model_.last().neurons, first = model_.first_row.back();
        const float step = model_.step.back(), bias = model_.score_bias();
        const float scale = model_.score_scale(), part = 1.0f / samples_;
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
            const int64_t samples = std::min(samples_ - index * kLanes, kLanes);
            const double teacher_loss =
                has_teacher ? learn_from_teacher(index, samples, highest, objective) : 0.0;
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
                if (!weights_.empty()) gradient *= weights_[index];
                if (has_teacher) gradient += teacher_[c][index];
                gradient *= part;
                scores_[c][index] = is_tail ? keep(span_.tail, gradient) : gradient;
            }
            double loss = 0.0;
            for (int64_t lane = 0; lane < samples; ++lane) {
                const double one =
                    std::log(total[lane]) - (own[lane] * rest + all[lane] * spread);
                loss += weights_.empty() ? one : one * weights_[index][lane];
            }
            losses_[index] = label_weight * loss + teacher_loss;
        }
    }

    // Losses that each output has by itself, as a mean over outputs.
    void score_outputs(Range vectors, const Objective &objective) {
        const int64_t outputs = model_.last().neurons, first = model_.first_row.back();
        const float step = model_.step.back(), bias = model_.score_bias();
        const float scale = model_.score_scale(), part = 1.0f / (samples_ * outputs);
        for (int64_t index = vectors.begin; index < vectors.end; ++index) {
            const int64_t samples = std::min(samples_ - index * kLanes, kLanes);
            double loss = 0.0;
            for (int64_t c = 0; c < outputs; ++c) {
                const Vector score = (codes_[first + c][index] * step + bias) * scale;
                const Vector wanted = targets_[c][index];
                Vector gradient, losses;
                if (objective.loss == kLogistic) {
                    // log(1 + e^s) - t s, without overflow.
                    const Vector size = score < 0.0f ? -score : score;
                    const Vector power = exponential(-size);
                    const Vector above = 1.0f / (1.0f + power);
                    gradient = (score < 0.0f ? 1.0f - above : above) - wanted;
                    losses = larger(score, Vector{}) - wanted * score;
                    for (int64_t lane = 0; lane < samples; ++lane)
                        losses[lane] += std::log1p(power[lane]);
                } else {
                    const Vector apart = score - wanted;
                    gradient = 2.0f * apart;
                    losses = apart * apart;
                }
                if (!weights_.empty()) gradient *= weights_[index], losses *= weights_[index];
                gradient *= part;
                scores_[c][index] = index >= span_.vectors ? keep(span_.tail, gradient) : gradient;
                for (int64_t lane = 0; lane < samples; ++lane) loss += losses[lane];
            }
            losses_[index] = loss / outputs;
        }
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
            if (!block.gamma.value) continue;
            if (is_last) {
                const Vector *of_score = scores_[neuron];
                const float scale = model_.score_scale();
                for (int64_t index = 0; index < span_.padded(); ++index)
                    gradient[index] = of_score[index] * scale;
                const Vector *code = codes_[row];
                products_of<1>(of_score, span_.padded(), &code, &model_.score_products[neuron]);
                model_.score_sums[neuron] = sum_of(of_score);
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

    // The teacher's part of the loss of some samples; leaves its gradients where its probabilities were.
    double learn_from_teacher(int64_t index, int64_t samples, Vector highest,
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
        for (int64_t lane = 0; lane < samples; ++lane) loss += std::log(total[lane]) - wanted[lane];
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
        const float mean = gradients.beta[neuron] / samples_;
        const float tilt = gradients.gamma[neuron] / samples_ * inverse_[row];
        Vector *sum = sums_[row];
        for_each_vector(span_, [&](int64_t index, auto filter) {
            sum[index] = filter(((gradient[index] - mean) - sum[index] * tilt) * slope);
        });
    }

    Model &model_;
    const int64_t samples_;
    const Span span_;
    Rows codes_;   // outputs of all neurons, in steps of their quantisers
    Rows sums_;    // centred sums of all neurons; after the backward pass their gradients
    Rows scores_;  // gradients of the class scores
    Rows teacher_; // probabilities that a teacher gives the classes, then its part of the gradients
    Rows targets_; // of losses other than that of a softmax
    std::vector<Vector> weights_;  // what samples count; empty: all the same
    std::vector<Integers> labels_;
    std::vector<float> inverse_;  // one over the deviation, by row
    std::vector<double> losses_;  // by vector of samples
};
