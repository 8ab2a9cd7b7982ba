// The working form of a network: who reads whom, steps of the quantisers, gradients.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "layout.h"
#include "selection.h"

// Where a neuron's output goes: the reading neuron's row and its weight.
struct Reader {
    int64_t row;
    const float *weight;
};

struct Gradients {
    std::vector<float> weight, gamma, beta;
    std::vector<float> step;  // by neuron; their sum is that of the quantiser's step
};

struct Model {
    const Network &network;
    std::vector<int64_t> first_row;  // of each block
    std::vector<int64_t> block_of;   // by row
    std::vector<float> step;         // value of one code, by block; 1 without a quantiser
    std::vector<std::vector<Reader>> readers;  // by row
    std::vector<Gradients> gradients;          // by block
    std::vector<Selection> selections;         // by block
    int64_t rows = 0;
    int64_t most_sources = 0;
    std::vector<float> score_products;  // by output: sum of gradient times code
    std::vector<float> score_sums;      // by output: sum of gradients

    explicit Model(const Network &given) : network(given), step(given.blocks, 1.0f) {
        for (int64_t b = 0; b < network.blocks; ++b) {
            const Block &block = network.block[b];
            first_row.push_back(rows);
            rows += block.neurons;
            block_of.resize(rows, b);
            const size_t weights = block.neurons * block.fan_in, neurons = block.neurons;
            gradients.push_back({std::vector<float>(weights), std::vector<float>(neurons),
                                 std::vector<float>(neurons), std::vector<float>(neurons)});
            most_sources = std::max(most_sources, block.fan_in);
            selections.emplace_back(block);
        }
        readers.resize(rows);
        for (int64_t b = 0; b < network.blocks; ++b) {
            const Block &block = network.block[b];
            for (int64_t entry = 0; entry < block.neurons * block.fan_in; ++entry)
                readers[block.sources[entry]].push_back(
                    {first_row[b] + entry / block.fan_in, block.used + entry});
        }
        for (const auto &list : readers)
            most_sources = std::max(most_sources, static_cast<int64_t>(list.size()));
        score_products.resize(last().neurons);
        score_sums.resize(last().neurons);
        update_steps();
    }

    const Block &last() const { return network.block[network.blocks - 1]; }
    float score_bias() const { return network.score_bias.value ? *network.score_bias.value : 0.0f; }
    float score_scale() const {
        return network.score_scale.value ? *network.score_scale.value : 1.0f;
    }

    // The ranges are learned as they are; Brevitas takes their absolute value.
    void update_steps() {
        for (int64_t b = 0; b < network.blocks; ++b) {
            const Block &block = network.block[b];
            if (block.range.value)
                step[b] = std::fabs(*block.range.value) / static_cast<float>(block.threshold);
        }
    }
};
