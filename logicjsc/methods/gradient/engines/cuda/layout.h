// What Python hands over; logicjsc/methods/gradient/engines/cuda/layout.py mirrors every structure.
//
// Members of a population have one shape. Tables with a row for each member are marked [members].
#pragma once

typedef long long int64;

constexpr int kMostBlocks = 24;
constexpr int kThreads = 512;         // of a thread block, in training
constexpr int kBlocksPerProcessor = 2;  // as far as registers go

// Weights come in fours, so that four are read at once: a neuron whose fan-in is no multiple of four
// has a few more, which stay zero.
constexpr int kQuad = 4;

enum Activation { kUnsigned = 0, kSigned = 1 };

// Linear sums (absent in block 0, which takes the features), batch normalisation, and a quantiser
// with codes from `low` to `high`, one step being |range| / threshold.
struct Block {
    int neurons;
    int first_row;     // neurons of all blocks are numbered as rows, in order
    int first_place;   // of numbers: blocks that are not in need of theirs at one time share places
    int quads;         // of weights, for each neuron
    int first_weight;
    int reader_quads;  // of readers, for each neuron
    int first_reader;
    int activation;
    float low;
    float high;
    float threshold;
    float momentum;
    float epsilon;
};

// Where a neuron's output goes. Readers come in fours as well; those that there are not read with a
// parameter that is always zero.
struct __align__(4) Reader {
    unsigned short place;  // of its numbers
    unsigned short weight;
};

// Parameters in this order: weights; of each row the slope of its normalisation, the offset and the
// bias of its sum (null in block 0); the range of each block; what block 0 adds to its normalised
// features; scale and bias of the scores; a zero (null).
struct Network {
    int features;
    int blocks;
    int classes;
    int rows;
    int weights;
    int most_neurons;                // of a block
    int places;                      // of numbers, as plans need to know
    Block block[kMostBlocks];
    const unsigned short *sources;   // [members][weights], rows
    const signed char *source_blocks; // [members][weights], -1: a weight that stays zero
    int all_readers;
    const Reader *readers;           // [members][all readers]
    float *const *values;            // [members][parameters]
    float *const *running_mean;      // [members][rows]
    float *const *running_variance;  // [members][rows]

    __device__ int slope(int row) const { return weights + row; }
    __device__ int offset(int row) const { return weights + rows + row; }
    __device__ int bias(int row) const { return weights + 2 * rows + row; }
    __device__ int range(int b) const { return weights + 3 * rows + b; }
    __device__ int shift() const { return weights + 3 * rows + blocks; }
    __device__ int score_scale() const { return shift() + 1; }
    __device__ int score_bias() const { return shift() + 2; }
    __device__ int parameters() const { return shift() + 4; }
};

struct Data {
    const float *features;  // standardised, [count][features]
    const int64 *labels;    // [count]
    const float *teacher;   // softened probabilities, [count][classes], or null
    int count;
};

// What AdamW needs for one step of one member.
struct __align__(16) Rates {
    float rate;
    float step_size;        // rate / (1 - beta1^count)
    float root_correction;  // 1 / sqrt(1 - beta2^count)
    float share;            // what the average takes of the weights
};

// Where things lie in a thread block's shared memory, in bytes.
struct Places {
    int rates, values, sources, readers, source_blocks, chosen, labels, partials, numbers, lines,
        steps, means, inverses, of_slopes, of_offsets, running_means, running_variances, slots,
        scalars, scalar_sums, owned, of_scores, teacher, codes;
};

// What a cluster does in a launch.
struct Task {
    int member;
    int begin;  // first step to make
    int count;  // how many to make
};

struct Steps {
    Network network;
    Data samples;
    Places places;
    float *const *first;    // [members][parameters], AdamW's moments
    float *const *second;
    float *const *average;  // or null
    const float *decays;    // [members][parameters]
    const int64 *order;     // [members][total][batch], which samples
    const Rates *rates;     // [members][total]
    float *losses;          // [members][total]
    const Task *tasks;      // [clusters]
    int total;              // steps of the epoch
    int batch;
    int samples_per_block;
    int columns;            // of 32 lanes' samples, in a thread block
    int ranks_log2;         // thread blocks of a cluster are a power of two
    float beta1;
    float beta2;
    float epsilon;
    float smoothing;
    float teacher_weight;
    float temperature;
};

struct Evaluation {
    Network network;
    Data samples;
    float *scores;  // [members][samples][classes]
    int parts;      // thread blocks of a member
};
