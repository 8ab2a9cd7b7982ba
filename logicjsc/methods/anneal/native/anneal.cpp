// Annealing of networks of 6-input tables; called from library.py.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>

#include "network.h"

using logicjsc::Network;

extern "C" {

// Null if memory ran out.
void* logicjsc_anneal_open(const Problem* problem) {
    try {
        return new Network(*problem);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void logicjsc_anneal_close(void* network) { delete static_cast<Network*>(network); }

// One sweep over a random stretch of samples. Temperature and price (of a unit of cost) are given for
// all samples. Returns 0, or 1 if memory ran out.
int64_t logicjsc_anneal_sweep(void* opened, double share, double temperature, double price) {
    auto& network = *static_cast<Network*>(opened);
    const int64_t all = network.blocks(), wanted = int64_t(std::llround(share * double(all)));
    const int64_t blocks = std::max<int64_t>(1, std::min(all, wanted));
    const int64_t begin = int64_t(network.random().below(uint64_t(all - blocks + 1)));
    const double part = double(blocks) / double(all);
    try {
        network.use(begin, begin + blocks);
        network.sweep(temperature * part, price * part);
    } catch (const std::bad_alloc&) {
        return 1;
    }
    return 0;
}

int64_t logicjsc_anneal_right(void* opened) {
    auto& network = *static_cast<Network*>(opened);
    return network.use(0, network.blocks());
}
}
