// Training and evaluation of networks whose neurons are a sum, a batch normalisation and a quantiser
// or rectifier. Called from Python through ctypes; see logicjsc/training/native.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

#include "adamw.h"
#include "batch.h"
#include "inference.h"
#include "layout.h"
#include "model.h"
#include "team.h"

// Makes `steps->count` optimiser steps; stops early when a loss is no finite number. Returns the
// number of losses written.
extern "C" int64_t logicjsc_train(const Network *network, const Jets *jets, const Steps *steps) {
    Model model(*network);
    Batch batch(model, steps->batch);
    const int64_t threads = steps->threads;
    Barrier barrier(threads);
    std::atomic<int64_t> done{0};
    std::atomic<bool> stop{false};
    run_together(threads, [&](int64_t thread) {
        std::vector<const Vector *> rows(std::max<int64_t>(model.most_sources, 1));
        std::vector<float> weights(rows.size());
        Rows scratch(1, batch.vectors());
        const Range vectors = share(batch.vectors(), thread, threads);
        const auto neurons = [&](int64_t b) {
            return share(network->block[b].neurons, thread, threads);
        };
        for (int64_t index = 0; index < steps->count; ++index) {
            batch.gather(*jets, steps->order + index * steps->batch, vectors);
            barrier.wait();
            for (int64_t b = 0; b < network->blocks; ++b) {
                batch.forward(b, neurons(b), rows, weights);
                barrier.wait();
            }
            batch.score(vectors);
            barrier.wait();
            for (int64_t b = network->blocks - 1; b >= 0; --b) {
                batch.backward(b, neurons(b), scratch[0], rows, weights);
                barrier.wait();
            }
            if (thread == 0) {
                steps->losses[index] = batch.loss();
                done = index + 1;
                stop = !std::isfinite(steps->losses[index]);
                if (!stop) AdamW(*steps, index).move(model);
            }
            barrier.wait();
            if (stop) return;
        }
    });
    return done;
}

// Class scores, [jets][classes], with the running statistics.
extern "C" void logicjsc_evaluate(const Network *network, const Jets *jets, int64_t threads,
                                  float *scores) {
    const Model model(*network);
    std::atomic<int64_t> next{0};
    run_together(threads, [&](int64_t) {
        Inference inference(model);
        for (;;) {
            const int64_t begin = next.fetch_add(Inference::kJets);
            if (begin >= jets->count) return;
            inference.run(*jets, begin, std::min(begin + Inference::kJets, jets->count), scores);
        }
    });
}
