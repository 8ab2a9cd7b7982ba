// Scores, losses and gradients of two layers of sums of tables. Called from Python through ctypes;
// see logicjsc/methods/prune/native/library.py.
//
// One sample at a time: a row of a first table holds the numbers of all hidden neurons side by side, so
// that a sample's sums are as many additions of rows as there are columns, and the gradient of a table
// is gathered by adding the gradient of the sums to the rows that were read.

#include <cmath>
#include <cstdint>

namespace {

constexpr int classes_at_most = 8;

typedef float Scores __attribute__((vector_size(4 * classes_at_most), aligned(4)));

}  // namespace

extern "C" {

// Mirrored by _Problem in library.py. Rows of first tables are as long as `stride`.
struct Problem {
    const uint8_t *codes;     // [samples, columns]
    const uint8_t *labels;    // [samples]
    const float *targets;     // [samples, 8]: probabilities to learn, or null to learn the labels
    const int32_t *chosen;    // [count]: samples to look at, or null for the first `count`
    const float *first;       // [columns, values, stride]: contents of the first tables
    const float *offset;      // [stride]: added to the hidden sums
    const float *second;      // [hidden, values, 8]: contents of the second tables
    const float *slope;       // as `second`: change of the contents by code
    const float *bias;        // [8]: added to the scores
    float *of_first;          // gradients, all of them or none
    float *of_offset;
    float *of_second;
    float *of_bias;
    float *square_first;      // sums of squared gradients, or null
    float *square_second;
    uint8_t *classes_found;   // [count], or null
    int64_t count, columns, values, stride, hidden, classes;
    float step;               // value of one step of the scores
    float smoothing;          // part of each label spread over all classes
    float penalty;            // gradient on each step by which a sum leaves the codes
};

}  // extern "C"

namespace {

template <int stride>
double look(const Problem &p) {
    const int64_t values = p.values, hidden = p.hidden, classes = p.classes;
    double loss = 0;
    for (int64_t index = 0; index < p.count; ++index) {
        const int64_t sample = p.chosen ? p.chosen[index] : index;
        const uint8_t *code = p.codes + sample * p.columns;
        alignas(64) float sum[stride];
        for (int h = 0; h < stride; ++h) sum[h] = p.offset[h];
        for (int64_t column = 0; column < p.columns; ++column) {
            const float *row = p.first + (column * values + code[column]) * stride;
            for (int h = 0; h < stride; ++h) sum[h] += row[h];
        }
        alignas(64) int32_t place[stride];
        const int32_t mask = static_cast<int32_t>(values) - 1;
        for (int h = 0; h < stride; ++h)
            place[h] = static_cast<int32_t>(std::floor(sum[h])) & mask;
        Scores score = *reinterpret_cast<const Scores *>(p.bias);
        for (int64_t h = 0; h < hidden; ++h)
            score += *reinterpret_cast<const Scores *>(
                p.second + (h * values + place[h]) * classes_at_most);

        const int label = p.labels[sample];
        int best = 0;
        for (int c = 1; c < classes; ++c)
            if (score[c] > score[best]) best = c;
        if (p.classes_found) p.classes_found[index] = static_cast<uint8_t>(best);
        float power[classes_at_most] = {};
        float total = 0;
        for (int c = 0; c < classes; ++c) {
            power[c] = std::exp((score[c] - score[best]) * p.step);
            total += power[c];
        }
        loss += std::log(total) - (score[label] - score[best]) * p.step;
        if (!p.of_first) continue;

        Scores wanted = {};
        if (p.targets) wanted = *reinterpret_cast<const Scores *>(p.targets + sample * classes_at_most);
        else wanted[label] = 1;
        Scores gradient = {};
        for (int c = 0; c < classes; ++c)
            gradient[c] = (power[c] / total - p.smoothing / static_cast<float>(classes) -
                           (1 - p.smoothing) * wanted[c]) *
                          p.step;
        *reinterpret_cast<Scores *>(p.of_bias) += gradient;
        alignas(64) float of_sum[stride] = {};
        const float above = static_cast<float>(values);
        for (int64_t h = 0; h < hidden; ++h) {
            const int64_t row = (h * values + place[h]) * classes_at_most;
            *reinterpret_cast<Scores *>(p.of_second + row) += gradient;
            const Scores part = gradient * *reinterpret_cast<const Scores *>(p.slope + row);
            float all = 0;
            for (int c = 0; c < classes_at_most; ++c) all += part[c];
            // A sum that wraps around is at a code that says nothing about it: drive it back.
            if (sum[h] < 0) all = p.penalty * sum[h];
            if (sum[h] >= above) all = p.penalty * (sum[h] - above + 1);
            of_sum[h] = all;
        }
        for (int h = 0; h < stride; ++h) p.of_offset[h] += of_sum[h];
        for (int64_t column = 0; column < p.columns; ++column) {
            float *row = p.of_first + (column * values + code[column]) * stride;
            for (int h = 0; h < stride; ++h) row[h] += of_sum[h];
        }
        if (!p.square_first) continue;
        for (int64_t h = 0; h < hidden; ++h)
            *reinterpret_cast<Scores *>(p.square_second +
                                        (h * values + place[h]) * classes_at_most) +=
                gradient * gradient;
        for (int64_t column = 0; column < p.columns; ++column) {
            float *row = p.square_first + (column * values + code[column]) * stride;
            for (int h = 0; h < stride; ++h) row[h] += of_sum[h] * of_sum[h];
        }
    }
    return loss;
}

}  // namespace

extern "C" {

// Sum of the losses, or -1 where there are more hidden neurons than 64 or more classes than 8.
double logicjsc_compact_look(const Problem *p) {
    if (p->classes > classes_at_most || p->hidden > p->stride) return -1;
    switch (p->stride) {
        case 16: return look<16>(*p);
        case 32: return look<32>(*p);
        case 48: return look<48>(*p);
        case 64: return look<64>(*p);
        default: return -1;
    }
}

}  // extern "C"
