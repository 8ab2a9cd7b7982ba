// Training and evaluation of networks whose neurons are a sum, a batch normalisation and a quantiser
// or rectifier. Called from Python through ctypes; see calls.py.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <new>
#include <vector>

#include "adamw.h"
#include "batch.h"
#include "inference.h"
#include "layout.h"
#include "model.h"
#include "team.h"

namespace {

int64_t train(const Network *network, const Data *samples, const Steps *steps) {
    const int64_t threads = steps->threads;
    Model model(*network);
    const bool has_teacher = samples->teacher != nullptr;
    const Objective objective{steps->loss, static_cast<float>(steps->smoothing),
                              static_cast<float>(steps->teacher_weight),
                              static_cast<float>(steps->temperature)};
    Batch batch(model, steps->batch, has_teacher, samples->targets != nullptr,
                samples->weights != nullptr);
    std::vector<Workplace> workplaces;
    for (int64_t thread = 0; thread < threads; ++thread)
        workplaces.emplace_back(model.most_sources, batch.vectors());
    Barrier barrier(threads);
    std::atomic<int64_t> done{0};
    std::atomic<bool> stop{false};
    run_together(threads, [&](int64_t thread) {
        Workplace &place = workplaces[thread];
        const Range vectors = share(batch.vectors(), thread, threads);
        const auto neurons = [&](int64_t b) {
            return share(network->block[b].neurons, thread, threads);
        };
        for (int64_t index = 0; index < steps->count; ++index) {
            // Thread 0 moves the parameters of the step before while others gather.
            batch.gather(*samples, steps->order + index * steps->batch, vectors);
            barrier.wait();
            if (stop) return;
            for (int64_t b = 0; b < network->blocks; ++b) {
                batch.forward(b, neurons(b), place, network->block[b].momentum);
                barrier.wait();
            }
            batch.score(vectors, objective, has_teacher);
            barrier.wait();
            for (int64_t b = network->blocks - 1; b >= 0; --b) {
                batch.backward(b, neurons(b), place);
                barrier.wait();
            }
            if (thread == 0) {
                steps->losses[index] = batch.loss();
                done = index + 1;
                stop = !std::isfinite(steps->losses[index]);
                if (!stop) AdamW(*steps, index).move(model);
            }
        }
    });
    return done;
}

// Sets the running statistics to the mean of those of blocks of samples, which must start at zero.
void measure_statistics(const Network *network, const Data *samples, const int64_t *order,
                        int64_t blocks, int64_t size, int64_t threads) {
    Model model(*network);
    Batch batch(model, size);
    std::vector<Workplace> workplaces;
    for (int64_t thread = 0; thread < threads; ++thread)
        workplaces.emplace_back(model.most_sources, batch.vectors());
    Barrier barrier(threads);
    run_together(threads, [&](int64_t thread) {
        for (int64_t index = 0; index < blocks; ++index) {
            batch.gather(*samples, order + index * size, share(batch.vectors(), thread, threads));
            barrier.wait();
            for (int64_t b = 0; b < network->blocks; ++b) {
                const Range neurons = share(network->block[b].neurons, thread, threads);
                batch.forward(b, neurons, workplaces[thread], 1.0 / (index + 1));
                barrier.wait();
            }
        }
    });
}

void evaluate(const Network *network, const Data *samples, int64_t threads, float *scores) {
    const Model model(*network);
    std::vector<Inference> places;
    for (int64_t thread = 0; thread < threads; ++thread) places.emplace_back(model);
    std::atomic<int64_t> next{0};
    run_together(threads, [&](int64_t thread) {
        for (;;) {
            const int64_t begin = next.fetch_add(Inference::kSamples);
            if (begin >= samples->count) return;
            const int64_t end = std::min(begin + Inference::kSamples, samples->count);
            places[thread].run(*samples, begin, end, scores);
        }
    });
}

}  // namespace

// Makes `steps->count` optimiser steps; stops early when a loss is no finite number. Returns the
// number of losses written, or -1 if there is not enough memory.
extern "C" int64_t logicjsc_train(const Network *network, const Data *samples, const Steps *steps) {
    try {
        return train(network, samples, steps);
    } catch (const std::bad_alloc &) {
        return -1;
    }
}

// Measures the running statistics anew, on blocks of samples [blocks][size]. Returns 0, or -1 if there
// is not enough memory.
extern "C" int64_t logicjsc_statistics(const Network *network, const Data *samples,
                                       const int64_t *order, int64_t blocks, int64_t size,
                                       int64_t threads) {
    try {
        measure_statistics(network, samples, order, blocks, size, threads);
        return 0;
    } catch (const std::bad_alloc &) {
        return -1;
    }
}

// Writes class scores, [samples][classes], with the running statistics. Returns 0, or -1 if there is
// not enough memory.
extern "C" int64_t logicjsc_evaluate(const Network *network, const Data *samples, int64_t threads,
                                     float *scores) {
    try {
        evaluate(network, samples, threads, scores);
        return 0;
    } catch (const std::bad_alloc &) {
        return -1;
    }
}
