// What one core can do at most: multiply-adds, and bytes moved out of a working set of some size.
#include <cstdint>
#include <ctime>
#include <vector>

typedef float Vector __attribute__((vector_size(64)));

namespace {
// Seconds of processor time, which other processes do not spoil.
double now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

volatile float sink;
}  // namespace

// Floating-point operations per second, a multiply-add being two.
extern "C" double arithmetic() {
    constexpr int chains = 16;
    constexpr int64_t rounds = 20'000'000;
    Vector sums[chains] = {};
    Vector factor = Vector{} + 0.999f, term = Vector{} + 0.001f;
    asm volatile("" : "+m"(factor), "+m"(term));
    const double start = now();
    for (int64_t round = 0; round < rounds; ++round)
        for (int chain = 0; chain < chains; ++chain) sums[chain] = sums[chain] * factor + term;
    const double seconds = now() - start;
    for (int chain = 1; chain < chains; ++chain) sums[0] += sums[chain];
    sink = sums[0][0];
    return 2.0 * 16 * chains * rounds / seconds;
}

// Bytes per second of a multiply-add of two rows onto a third, of so many bytes in all.
extern "C" double bandwidth(int64_t bytes) {
    const int64_t vectors = bytes / (3 * sizeof(Vector));
    std::vector<Vector> a(vectors), b(vectors), c(vectors);
    const int64_t rounds = (int64_t{4} << 30) / bytes + 1;
    double start = 0.0;
    for (int64_t round = -1; round < rounds; ++round) {
        if (round == 0) start = now();
        for (int64_t index = 0; index < vectors; ++index) c[index] += a[index] * b[index];
        asm volatile("" : : "r"(c.data()) : "memory");
    }
    // Two rows read, one read and written.
    return 4.0 * sizeof(Vector) * vectors * rounds / (now() - start);
}
