// What Python hands over; logicjsc/methods/gradient/engines/native/layout.py mirrors every structure.
//
// All pointers lead into torch tensors, which the functions read and change in place.
#pragma once

#include <cstdint>

// A tensor that training moves, with AdamW's two moments and the average over steps, if one is kept.
// Absent if `value` is null.
struct Parameter {
    float *value;
    float *first;
    float *second;
    float *average;
    int64_t count;
    double decay;  // weight decay
};

enum Activation : int64_t { kReLU = 0, kUnsigned = 1, kSigned = 2, kNone = 3 };

// Cross-entropy of a softmax over all outputs; of the logistic function of each; squared error.
enum Loss : int64_t { kSoftmax = 0, kLogistic = 1, kSquared = 2 };

// Linear sums (absent in the first blocks, which read the features), batch normalisation (absent in
// a block that passes features on as they are), and a rectifier, a quantiser with codes from `low` to
// `high` in steps of range / threshold, or nothing.
//
// A block that selects its sources has a score for each weight: sums use the weights of each
// neuron's `kept` highest scores, and zeros for the others.
struct Block {
    int64_t neurons;
    int64_t fan_in;
    const int32_t *sources;  // [neurons][fan_in], rows: all blocks' neurons, numbered in order
    Parameter weight;        // [neurons][fan_in]
    Parameter scores;        // [neurons][fan_in], or absent
    int64_t kept;            // sources that each neuron is to keep; 0 if it keeps all it has
    float *used;             // [neurons][fan_in], weights of the sums; `weight`'s own without scores
    Parameter bias;          // [neurons]
    Parameter gamma;         // [neurons]
    Parameter beta;          // [neurons]
    Parameter shift;         // [1], added after the normalisation
    Parameter range;         // [1]
    float *running_mean;     // [neurons]
    float *running_variance; // [neurons]
    double momentum;
    double epsilon;
    int64_t activation;
    double low;
    double high;
    double threshold;
};

struct Network {
    int64_t features;
    int64_t blocks;
    const Block *block;
    Parameter score_bias;  // [1]
    Parameter score_scale; // [1]
};

struct Data {
    const float *features;  // standardised, [count][features]
    const int64_t *labels;  // [count], of a softmax, or null
    const float *targets;   // [count][outputs], of other losses, or null
    const float *weights;   // [count], what each sample counts, or null
    const float *teacher;   // softened probabilities, [count][classes], or null
    int64_t count;
};

struct Steps {
    const int64_t *order;  // [count][batch], which samples
    const double *rates;   // [count], learning rate of each step
    const double *shares;  // [count], what the average takes of each step's weights, or null
    double *losses;        // [count], mean loss of each step
    int64_t count;
    int64_t batch;
    int64_t before;        // steps that AdamW has made already
    double beta1;
    double beta2;
    double epsilon;
    int64_t loss;
    double smoothing;       // part of each label that is spread over all classes
    double teacher_weight;  // the teacher's part of the loss
    double temperature;     // softens the scores that are compared with the teacher's
    double sparsity;        // weight of the sources beyond those to keep
    int64_t threads;
};
