// Threads that work through the same steps together.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

// Lets threads pass when all of them have arrived. Waits actively for a moment, then gives the
// processor away, since another process may need it.
class Barrier {
  public:
    explicit Barrier(int64_t threads) : threads_(threads) {}

    void wait() {
        if (threads_ == 1) return;
        const int64_t round = round_.load(std::memory_order_acquire);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
            arrived_.store(0, std::memory_order_relaxed);
            round_.store(round + 1, std::memory_order_release);
            return;
        }
        for (int spins = 0; round_.load(std::memory_order_acquire) == round; ++spins)
            if (spins > 4000) std::this_thread::yield();
    }

  private:
    const int64_t threads_;
    std::atomic<int64_t> arrived_{0};
    std::atomic<int64_t> round_{0};
};

struct Range {
    int64_t begin, end;
};

// The part of `count` things that falls to one of `threads` threads.
inline Range share(int64_t count, int64_t thread, int64_t threads) {
    return {count * thread / threads, count * (thread + 1) / threads};
}

// Runs `work(thread)` on all threads and returns when all have ended.
template <class Work>
void run_together(int64_t threads, Work work) {
    std::vector<std::thread> others;
    for (int64_t thread = 1; thread < threads; ++thread) others.emplace_back(work, thread);
    work(0);
    for (auto &other : others) other.join();
}
