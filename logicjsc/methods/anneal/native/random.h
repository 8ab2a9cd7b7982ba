// Random numbers that are the same on every machine.
#pragma once

#include <cmath>
#include <cstdint>

namespace logicjsc {

// xoshiro256**, seeded by splitmix64: the same numbers on every machine.
class Random {
public:
    explicit Random(uint64_t seed) {
        for (auto& word : state_) {
            seed += 0x9e3779b97f4a7c15;
            uint64_t mixed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
            word = mixed ^ (mixed >> 31);
        }
    }

    uint64_t next() {
        const uint64_t result = rotate(state_[1] * 5, 7) * 9, shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = rotate(state_[3], 45);
        return result;
    }

    uint64_t below(uint64_t bound) { return next() % bound; }
    double uniform() { return (next() >> 11) * 0x1p-53; }
    // Adding these to numbers and taking the largest draws one with odds exp(number).
    double gumbel() { return -std::log(-std::log(uniform() + 1e-300) + 1e-300); }

private:
    static uint64_t rotate(uint64_t word, int by) { return (word << by) | (word >> (64 - by)); }
    uint64_t state_[4];
};

}  // namespace logicjsc
