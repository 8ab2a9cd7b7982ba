// The device layer of the CUDA kernels on a CPU: every thread of a cluster is a fiber, and fibers take
// turns where threads would wait for each other.
#pragma once

#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#define __device__
#define __global__
#define __grid_constant__

using std::isnan;
using std::max;
using std::min;

#define __launch_bounds__(threads, blocks)
#define __align__(bytes) alignas(bytes)

struct __align__(8) float2 {
    float x, y;
};
struct __align__(16) float4 {
    float x, y, z, w;
};
struct __align__(8) ushort4 {
    unsigned short x, y, z, w;
};

namespace emulated {

// Fibers that wait for each other.
struct Meeting {
    int expected = 0, arrived = 0;
    long round = 0;
};

struct Cluster;

// In which order threads take turns: all of them one after the other, from either end; or a warp as far
// as it gets, from either end; or warps by chance.
enum Order { kTogether, kBackwards, kAhead, kAheadBackwards, kRandom };

// Asynchronous copies may come as late as they may, or at once.
inline bool lazy_copies = true;
inline Order order = kTogether;

struct Fiber {
    std::vector<std::function<void()>> copies;
    ucontext_t context{};
    std::unique_ptr<char[]> stack;
    Cluster *cluster = nullptr;
    int thread = 0, rank = 0;
    bool done = false;
};

constexpr int kStack = 256 << 10;

struct Cluster {
    int first_block, ranks, threads, shared_bytes;
    std::vector<std::unique_ptr<char[]>> shared;
    std::vector<Fiber> fibers;
    Meeting whole;
    std::vector<Meeting> blocks, warps;
    std::vector<float> lanes;  // what each thread offers to its warp
    ucontext_t scheduler{};
};

inline Fiber *current = nullptr;
inline long arrivals = 0;  // at any meeting
inline const std::function<void()> *work = nullptr;

inline void pause() { swapcontext(&current->context, &current->cluster->scheduler); }

inline void meet(Meeting &meeting) {
    const long round = meeting.round;
    ++arrivals;
    if (++meeting.arrived == meeting.expected) {
        meeting.arrived = 0;
        ++meeting.round;
        return;
    }
    while (meeting.round == round) pause();
}

inline int index() { return current->rank * current->cluster->threads + current->thread; }

inline Meeting &warp() { return current->cluster->warps[index() / 32]; }

inline void enter() {
    (*work)();
    current->done = true;
    for (;;) pause();
}

// Lets some fibers go on until each waits; whether one of them did not before.
inline bool turn(Cluster &cluster, int begin, int end, bool from_the_end) {
    bool moved = false;
    for (int i = 0; i < end - begin; ++i) {
        Fiber &fiber = cluster.fibers[from_the_end ? end - 1 - i : begin + i];
        if (fiber.done) continue;
        const long before = arrivals;
        current = &fiber;
        swapcontext(&cluster.scheduler, &fiber.context);
        moved |= fiber.done || arrivals != before;
    }
    return moved;
}

// Lets all fibers of a cluster run to their end.
inline void run(Cluster &cluster) {
    const int fibers = static_cast<int>(cluster.fibers.size()), warps = fibers / 32;
    std::mt19937 random(1);
    const auto busy = [&] {
        return std::any_of(cluster.fibers.begin(), cluster.fibers.end(),
                           [](const Fiber &fiber) { return !fiber.done; });
    };
    while (busy()) {
        if (order == kTogether || order == kBackwards) {
            turn(cluster, 0, fibers, order == kBackwards);
            continue;
        }
        for (int i = 0; i < warps; ++i) {
            int warp = order == kAheadBackwards ? warps - 1 - i : i;
            int turns = 1 << 30;
            if (order == kRandom) warp = random() % warps, turns = 1 + random() % 60;
            while (turns-- && turn(cluster, 32 * warp, 32 * warp + 32, false)) {
            }
        }
    }
}

// Runs a kernel, one cluster after the other. Shared memory starts with what is no number, and ends
// with a guard that says whether a kernel wrote beyond it.
inline int launch(int blocks, int threads, int ranks, int shared_bytes,
                  const std::function<void()> &kernel) {
    constexpr int kGuard = 4096;
    work = &kernel;
    for (int first = 0; first < blocks; first += ranks) {
        Cluster cluster;
        cluster.first_block = first, cluster.ranks = ranks, cluster.threads = threads;
        cluster.shared_bytes = shared_bytes;
        for (int rank = 0; rank < ranks; ++rank) {
            // `new` aligns to 16 bytes, as devices do.
            cluster.shared.emplace_back(new char[shared_bytes + kGuard]);
            std::memset(cluster.shared.back().get(), 0xff, shared_bytes + kGuard);
        }
        cluster.whole.expected = ranks * threads;
        cluster.blocks.assign(ranks, Meeting{threads});
        cluster.warps.assign(ranks * threads / 32, Meeting{32});
        cluster.lanes.resize(ranks * threads);
        cluster.fibers.resize(ranks * threads);
        for (int i = 0; i < ranks * threads; ++i) {
            Fiber &fiber = cluster.fibers[i];
            fiber.cluster = &cluster, fiber.rank = i / threads, fiber.thread = i % threads;
            fiber.stack.reset(new char[kStack]);
            getcontext(&fiber.context);
            fiber.context.uc_stack.ss_sp = fiber.stack.get();
            fiber.context.uc_stack.ss_size = kStack;
            fiber.context.uc_link = nullptr;
            makecontext(&fiber.context, enter, 0);
        }
        run(cluster);
        for (const auto &memory : cluster.shared)
            for (int i = 0; i < kGuard; ++i)
                if (memory[shared_bytes + i] != static_cast<char>(0xff)) return 1;
    }
    return 0;
}

}  // namespace emulated

inline char *shared_memory() {
    return emulated::current->cluster->shared[emulated::current->rank].get();
}
inline int thread_number() { return emulated::current->thread; }
inline int thread_count() { return emulated::current->cluster->threads; }
inline int block_number() {
    return emulated::current->cluster->first_block + emulated::current->rank;
}
inline void block_barrier() {
    emulated::meet(emulated::current->cluster->blocks[emulated::current->rank]);
}
inline int cluster_rank() { return emulated::current->rank; }
inline void cluster_barrier() { emulated::meet(emulated::current->cluster->whole); }
inline void warp_barrier() { emulated::meet(emulated::warp()); }

template <class Type>
inline Type *in_block(Type *pointer, int rank) {
    const char *own = shared_memory();
    const auto offset = reinterpret_cast<const char *>(pointer) - own;
    if (offset < 0 || offset >= emulated::current->cluster->shared_bytes) {
        std::fprintf(stderr, "not in shared memory: offset %ld\n", static_cast<long>(offset));
        std::abort();
    }
    return reinterpret_cast<Type *>(emulated::current->cluster->shared[rank].get() + offset);
}

inline float of_lane(float value, int lane) {
    emulated::current->cluster->lanes[emulated::index()] = value;
    warp_barrier();
    const float result =
        emulated::current->cluster->lanes[emulated::index() / 32 * 32 + lane];
    warp_barrier();
    return result;
}

inline int uniform(int value) { return value; }

inline float across(float value, int mask) {
    return of_lane(value, (emulated::current->thread % 32) ^ mask);
}

template <class Type>
inline void start_copy(Type *target, const Type *source) {
    if (!emulated::lazy_copies) return void(*target = *source);
    emulated::current->copies.push_back([=] { *target = *source; });
}

inline void wait_for_copies() {
    for (const auto &copy : emulated::current->copies) copy();
    emulated::current->copies.clear();
}
