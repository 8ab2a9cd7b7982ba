// Samples side by side, one bit each, in blocks of 512, and look-ups in tables of six such rows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#ifdef __BMI2__
#include <immintrin.h>
#endif

namespace logicjsc {

constexpr int kFanIn = 6;
constexpr int kRows = 1 << kFanIn;
constexpr int kOtherRows = kRows / 2;
constexpr int kLanes = 8;
constexpr int64_t kBlock = 64 * kLanes;

typedef uint64_t Bits __attribute__((vector_size(8 * kLanes)));

inline Bits choose(Bits select, Bits one, Bits zero) { return (one & select) | (zero & ~select); }

// What a table does with its first input, by the row of the others: (x & mask) ^ flip.
struct Leaves {
    std::array<uint64_t, kOtherRows> mask, flip;

    explicit Leaves(uint64_t table = 0) {
        for (int row = 0; row < kOtherRows; row++) {
            const bool zero = table >> (2 * row) & 1, one = table >> (2 * row + 1) & 1;
            mask[row] = zero != one ? ~uint64_t(0) : 0;
            flip[row] = zero ? ~uint64_t(0) : 0;
        }
    }
};

inline Bits look_up(const Leaves& leaves, const Bits* inputs) {
    Bits level[kOtherRows];
    for (int row = 0; row < kOtherRows; row++)
        level[row] = (inputs[0] & leaves.mask[row]) ^ leaves.flip[row];
    for (int input = 1, rows = kOtherRows / 2; input < kFanIn; input++, rows /= 2)
        for (int row = 0; row < rows; row++)
            level[row] = choose(inputs[input], level[2 * row + 1], level[2 * row]);
    return level[0];
}

// The bits of a word under a mask, side by side.
inline uint64_t extract(uint64_t word, uint64_t mask) {
#ifdef __BMI2__
    return _pext_u64(word, mask);
#else
    uint64_t result = 0;
    for (int place = 0; mask; mask &= mask - 1, place++)
        result |= (word >> __builtin_ctzll(mask) & 1) << place;
    return result;
#endif
}

struct BitsDeleter {
    void operator()(Bits* bits) const { ::operator delete[](bits, std::align_val_t(64)); }
};
typedef std::unique_ptr<Bits[], BitsDeleter> BitRow;

BitRow make_row(int64_t blocks) {
    return BitRow(static_cast<Bits*>(
        ::operator new[](sizeof(Bits) * size_t(blocks), std::align_val_t(64))));
}

}  // namespace logicjsc
