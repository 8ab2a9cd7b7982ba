// Scores, losses and gradients of two layers of sums of tables. Called from Python through ctypes;
// see logicjsc/methods/prune/native/library.py.
//
// One sample at a time: a row of a first table holds the numbers of all hidden neurons side by side, and
// behind them what the column adds to the scores directly, so that a sample's sums are as many additions
// of rows as there are columns, and the gradient of a table is gathered by adding the gradient of the
// sums to the rows that were read.

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace {

constexpr int lanes = 8;
constexpr int outputs_at_most = 64;

typedef float Lanes __attribute__((vector_size(4 * lanes), aligned(4)));

inline const Lanes &at(const float *p) { return *reinterpret_cast<const Lanes *>(p); }
inline Lanes &at(float *p) { return *reinterpret_cast<Lanes *>(p); }

enum Kind : int64_t { softmax = 0, logistic = 1, squared = 2 };

}  // namespace

extern "C" {

// Mirrored by _Problem in library.py. Rows of first tables are as long as `row`: `stride` numbers of
// hidden neurons, then, if the row goes on, those of the scores. `width` is the number of outputs,
// padded to a multiple of 8.
struct Problem {
    const uint8_t *codes;     // [samples, columns]
    const uint8_t *labels;    // [samples]: of softmax
    const float *truth;       // [samples, width]: of other kinds
    const float *targets;     // [samples, width]: what to learn, or null to learn labels or truth
    const float *weights;     // [samples]: how often each counts, or null
    const int32_t *chosen;    // [count]: samples to look at, or null for the first `count`
    const float *first;       // [columns, values, row]: contents of the first tables
    const float *offset;      // [row]: added to the hidden sums
    const float *second;      // [hidden, values, width]: contents of the second tables
    const float *slope;       // as `second`: change of the contents by code
    const float *bias;        // [width]: added to the scores
    float *of_first;          // gradients, all of them or none
    float *of_offset;
    float *of_second;
    float *of_bias;
    float *square_first;      // sums of squared gradients, or null
    float *square_second;
    float *square_bias;
    float *scores_found;      // [count, width] in steps, or null
    int64_t count, columns, values, row, stride, hidden, outputs, width, kind;
    float step;               // value of one step of the scores
    float smoothing;          // part of each label spread over all classes
    float penalty;            // gradient on each step by which a sum leaves the codes
    float grain;              // scores are rounded down to multiples of it; 0: not at all
    float huber;              // error from which on the loss grows evenly; 0: never
};

}  // extern "C"

namespace {

// Loss of one sample; the gradient by the scores in steps goes to `gradient`, if it is wanted.
double softmax_loss(const Problem &p, int64_t sample, const float *score, float *gradient) {
    const int64_t classes = p.outputs;
    const int label = p.labels[sample];
    const float best = *std::max_element(score, score + classes);
    float power[outputs_at_most];
    float total = 0;
    for (int64_t c = 0; c < classes; ++c) {
        power[c] = std::exp((score[c] - best) * p.step);
        total += power[c];
    }
    const float *targets = p.targets ? p.targets + sample * p.width : nullptr;
    if (gradient)
        for (int64_t c = 0; c < classes; ++c) {
            const float wanted = targets ? targets[c] : (c == label ? 1.0f : 0.0f);
            gradient[c] = (power[c] / total - p.smoothing / static_cast<float>(classes) -
                           (1 - p.smoothing) * wanted) *
                          p.step;
        }
    return std::log(total) - (score[label] - best) * p.step;
}

double logistic_loss(const Problem &p, int64_t sample, const float *score, float *gradient) {
    const float *truth = p.truth + sample * p.width;
    const float *targets = p.targets ? p.targets + sample * p.width : truth;
    const float part = 1 / static_cast<float>(p.outputs);
    double loss = 0;
    for (int64_t o = 0; o < p.outputs; ++o) {
        const float value = score[o] * p.step;
        const float small = std::exp(-std::fabs(value));
        loss += std::max(value, 0.0f) + std::log1p(small) - truth[o] * value;
        const float sigmoid = value < 0 ? small / (1 + small) : 1 / (1 + small);
        if (gradient)
            gradient[o] =
                (sigmoid - p.smoothing / 2 - (1 - p.smoothing) * targets[o]) * p.step * part;
    }
    return loss * part;
}

double squared_loss(const Problem &p, int64_t sample, const float *score, float *gradient) {
    const float *truth = p.truth + sample * p.width;
    const float *targets = p.targets ? p.targets + sample * p.width : truth;
    const float part = 1 / static_cast<float>(p.outputs);
    double loss = 0;
    for (int64_t o = 0; o < p.outputs; ++o) {
        const float value = score[o] * p.step, error = std::fabs(value - truth[o]);
        loss += p.huber > 0 && error > p.huber ? p.huber * (2 * error - p.huber) : error * error;
        float slope = value - targets[o];
        if (p.huber > 0) slope = std::min(std::max(slope, -p.huber), p.huber);
        if (gradient) gradient[o] = 2 * slope * p.step * part;
    }
    return loss * part;
}

// What a second-order estimate multiplies squared changes of scores by: of squared errors the curvature,
// the same for all samples; else the squares of the gradients that one sample of weight 1 has.
void squares_of_scores(const Problem &p, const float *gradient, float weight, float *square) {
    const float curvature = 2 * p.step * p.step / static_cast<float>(p.outputs);
    for (int64_t o = 0; o < p.outputs; ++o)
        square[o] = weight * (p.kind == squared ? curvature : gradient[o] * gradient[o]);
}

template <int row>
double look(const Problem &p) {
    const int64_t values = p.values, hidden = p.hidden, width = p.width, stride = p.stride;
    const float above = static_cast<float>(values);
    const int32_t mask = static_cast<int32_t>(values) - 1;
    double loss = 0;
    for (int64_t index = 0; index < p.count; ++index) {
        const int64_t sample = p.chosen ? p.chosen[index] : index;
        const uint8_t *code = p.codes + sample * p.columns;
        alignas(64) float sum[row];
        for (int h = 0; h < row; ++h) sum[h] = p.offset[h];
        for (int64_t column = 0; column < p.columns; ++column) {
            const float *from = p.first + (column * values + code[column]) * row;
            for (int h = 0; h < row; ++h) sum[h] += from[h];
        }
        alignas(64) int32_t place[row];
        for (int h = 0; h < row; ++h)
            place[h] = static_cast<int32_t>(std::floor(sum[h])) & mask;
        alignas(64) float score[outputs_at_most];
        for (int64_t o = 0; o < width; ++o)
            score[o] = p.bias[o] + (row > stride ? sum[stride + o] : 0.0f);
        for (int64_t h = 0; h < hidden; ++h)
            for (int64_t o = 0; o < width; o += lanes)
                at(score + o) += at(p.second + (h * values + place[h]) * width + o);
        if (p.grain > 0)
            for (int64_t o = 0; o < width; ++o) score[o] = std::floor(score[o] / p.grain) * p.grain;
        if (p.scores_found)
            for (int64_t o = 0; o < width; ++o) p.scores_found[index * width + o] = score[o];

        const float weight = p.weights ? p.weights[sample] : 1.0f;
        alignas(64) float gradient[outputs_at_most] = {};
        float *wanted = p.of_first ? gradient : nullptr;
        loss += weight * (p.kind == softmax    ? softmax_loss(p, sample, score, wanted)
                          : p.kind == logistic ? logistic_loss(p, sample, score, wanted)
                                               : squared_loss(p, sample, score, wanted));
        if (!p.of_first) continue;
        alignas(64) float square[outputs_at_most] = {};
        if (p.square_first) squares_of_scores(p, gradient, weight, square);
        alignas(64) float of_sum[row] = {};
        alignas(64) float of_square[row] = {};
        for (int64_t h = 0; h < hidden; ++h) {
            const int64_t from = (h * values + place[h]) * width;
            Lanes parts = {}, squares = {};
            for (int64_t o = 0; o < width; o += lanes) {
                at(p.of_second + from + o) += weight * at(gradient + o);
                const Lanes slope = at(p.slope + from + o);
                parts += at(gradient + o) * slope;
                if (p.square_first) squares += at(square + o) * slope * slope;
            }
            float all = 0, squared_sum = 0;
            for (int lane = 0; lane < lanes; ++lane) {
                all += parts[lane];
                squared_sum += squares[lane];
            }
            // A sum that wraps around is at a code that says nothing about it: drive it back.
            const bool left = sum[h] < 0 || sum[h] >= above;
            if (left) all = p.penalty * (sum[h] < 0 ? sum[h] : sum[h] - above + 1);
            of_sum[h] = weight * all;
            of_square[h] = p.kind == squared && !left ? squared_sum : weight * all * all;
        }
        for (int64_t o = 0; o < width; ++o) {
            p.of_bias[o] += weight * gradient[o];
            if (row > stride) {
                of_sum[stride + o] = weight * gradient[o];
                of_square[stride + o] = square[o];
            }
        }
        for (int h = 0; h < row; ++h) p.of_offset[h] += of_sum[h];
        for (int64_t column = 0; column < p.columns; ++column) {
            float *to = p.of_first + (column * values + code[column]) * row;
            for (int h = 0; h < row; ++h) to[h] += of_sum[h];
        }
        if (!p.square_first) continue;
        for (int64_t o = 0; o < width; ++o) p.square_bias[o] += square[o];
        for (int64_t h = 0; h < hidden; ++h)
            for (int64_t o = 0; o < width; o += lanes)
                at(p.square_second + (h * values + place[h]) * width + o) += at(square + o);
        for (int64_t column = 0; column < p.columns; ++column) {
            float *to = p.square_first + (column * values + code[column]) * row;
            for (int h = 0; h < row; ++h) to[h] += of_square[h];
        }
    }
    return loss;
}

}  // namespace

extern "C" {

// Sum of the losses, or -1 where there is more of something than the code was compiled for.
double logicjsc_prune_look(const Problem *p) {
    if (p->width > outputs_at_most || p->outputs > p->width || p->width % lanes ||
        p->hidden > p->stride || p->stride > p->row || (p->row > p->stride && p->row < p->stride + p->width))
        return -1;
    switch (p->row) {
        case 16: return look<16>(*p);
        case 32: return look<32>(*p);
        case 48: return look<48>(*p);
        case 64: return look<64>(*p);
        case 80: return look<80>(*p);
        case 96: return look<96>(*p);
        case 112: return look<112>(*p);
        case 128: return look<128>(*p);
        case 144: return look<144>(*p);
        case 160: return look<160>(*p);
        case 176: return look<176>(*p);
        case 192: return look<192>(*p);
        default: return -1;
    }
}

}  // extern "C"
