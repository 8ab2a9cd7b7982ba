// Annealing of networks of 6-input tables; called from library.py.
//
// Jets lie side by side, one bit each, in blocks of 512. A move frees one input of one node. With
// the node forced to 0 and to 1, the rest of the network says for every jet whether it is classified
// rightly; only jets for which that differs, the active ones, matter. They are counted by the row of
// the node's other inputs and by a byte: a feature's level, or eight nodes' bits. A threshold splits
// the counts of a byte at its level, so one pass over the active jets gives the best contents, and
// what they are worth, for every threshold of a feature at once.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <vector>

#ifdef __BMI2__
#include <immintrin.h>
#endif

namespace {

constexpr int kFanIn = 6;
constexpr int kRows = 1 << kFanIn;
constexpr int kOtherRows = kRows / 2;
constexpr int kLevels = 256;
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

struct BitsDeleter {
    void operator()(Bits* bits) const { ::operator delete[](bits, std::align_val_t(64)); }
};
typedef std::unique_ptr<Bits[], BitsDeleter> BitRow;

BitRow make_row(int64_t blocks) {
    return BitRow(static_cast<Bits*>(
        ::operator new[](sizeof(Bits) * size_t(blocks), std::align_val_t(64))));
}

}  // namespace

extern "C" {

// Mirrored in library.py.
struct Problem {
    const uint8_t* levels;    // [features, jets]
    const uint8_t* labels;    // [jets]
    const double* costs;      // [features, 256], of a threshold at a level; infinity: not there
    const uint8_t* decision;  // [1 << outputs], class by the outputs' bits, output 0 the lowest
    const int32_t* stages;    // [nodes], ascending
    const uint8_t* reads;     // [nodes]: 1 thresholds, 2 nodes of earlier stages, 3 both
    int32_t* inputs;          // [nodes, 6]: feature * 256 + level, or features * 256 + node
    uint64_t* tables;         // [nodes]; bit i: output where inputs spell i, input 0 the lowest
    int64_t jets, features, nodes, outputs, classes;
    uint64_t seed;
};
}

namespace {

class Network {
public:
    explicit Network(const Problem& problem)
        : p_(problem), random_(problem.seed), first_node_(int32_t(problem.features) * kLevels) {
        most_ = (p_.jets + kBlock - 1) / kBlock;
        for (int64_t node = 0; node < p_.nodes; node++) {
            values_.push_back(make_row(most_));
            leaves_.emplace_back(p_.tables[node]);
        }
        for (int64_t label = 0; label < p_.classes; label++) {
            labels_.push_back(make_row(most_));
            auto* words = reinterpret_cast<uint64_t*>(labels_.back().get());
            std::fill(words, words + most_ * kLanes, 0);
            for (int64_t jet = 0; jet < p_.jets; jet++)
                words[jet / 64] |= uint64_t(p_.labels[jet] == label) << (jet % 64);
        }
        for (int64_t node = 0; node < p_.nodes; node++)
            for (int slot = 0; slot < kFanIn; slot++) acquire(input(node, slot));
        needs_ = make_row(most_);
        active_.reserve(size_t(p_.jets));
        sign_.reserve(size_t(p_.jets));
        rows_.reserve(size_t(p_.jets));
    }

    // Look at some blocks only; returns how many jets of them are classified rightly.
    int64_t use(int64_t begin, int64_t end) {
        begin_ = begin;
        end_ = end;
        for (auto& entry : thresholds_) fill(entry.first, entry.second.bits.get());
        for (int64_t node = 0; node < p_.nodes; node++)
            for (int64_t block = begin_; block < end_; block++)
                values_[node][block] = evaluate(node, block);
        return right();
    }

    int64_t blocks() const { return most_; }

    // Every input of every node once, in random order.
    void sweep(double temperature, double price) {
        std::vector<int32_t> order(size_t(p_.nodes) * kFanIn);
        for (size_t i = 0; i < order.size(); i++) order[i] = int32_t(i);
        for (size_t i = order.size(); i > 1; i--) std::swap(order[i - 1], order[random_.below(i)]);
        for (int32_t entry : order) move(entry / kFanIn, entry % kFanIn, temperature, price);
    }

private:
    struct Threshold {
        BitRow bits;
        int users = 0;
    };

    int32_t& input(int64_t node, int slot) { return p_.inputs[node * kFanIn + slot]; }

    void acquire(int32_t source) {
        if (source >= first_node_) return;
        Threshold& threshold = thresholds_[source];
        if (!threshold.users++) {
            threshold.bits = make_row(most_);
            fill(source, threshold.bits.get());
        }
    }

    void release(int32_t source) {
        if (source >= first_node_) return;
        auto found = thresholds_.find(source);
        if (!--found->second.users) thresholds_.erase(found);
    }

    void fill(int32_t source, Bits* bits) {
        const uint8_t* levels = p_.levels + (source / kLevels) * p_.jets;
        const uint8_t least = uint8_t(source % kLevels);
        auto* words = reinterpret_cast<uint64_t*>(bits);
        for (int64_t word = begin_ * kLanes; word < end_ * kLanes; word++) {
            uint64_t packed = 0;
            const int64_t first = word * 64, last = std::min<int64_t>(first + 64, p_.jets);
            for (int64_t jet = first; jet < last; jet++)
                packed |= uint64_t(levels[jet] >= least) << (jet - first);
            words[word] = packed;
        }
    }

    const Bits* row_of(int32_t source) {
        return source < first_node_ ? thresholds_.find(source)->second.bits.get()
                                    : values_[size_t(source - first_node_)].get();
    }

    Bits evaluate(int64_t node, int64_t block) {
        Bits inputs[kFanIn];
        for (int slot = 0; slot < kFanIn; slot++) inputs[slot] = row_of(input(node, slot))[block];
        return look_up(leaves_[size_t(node)], inputs);
    }

    // Whether jets of a block are classified rightly, from the outputs' bits.
    Bits correct(const Bits* outputs, int64_t block) const {
        Bits level[kRows];
        for (int64_t code = 0; code < int64_t(1) << p_.outputs; code++)
            level[code] = labels_[p_.decision[code]][block];
        for (int64_t output = 0, count = int64_t(1) << p_.outputs; output < p_.outputs; output++) {
            count /= 2;
            for (int64_t code = 0; code < count; code++)
                level[code] = choose(outputs[output], level[2 * code + 1], level[2 * code]);
        }
        return level[0];
    }

    int64_t right() {
        int64_t total = 0;
        for (int64_t block = begin_; block < end_; block++) {
            Bits outputs[kFanIn];
            for (int64_t i = 0; i < p_.outputs; i++)
                outputs[i] = values_[size_t(p_.nodes - p_.outputs + i)][block];
            total += count(correct(outputs, block));
        }
        return total;
    }

    static int64_t count(Bits bits) {
        int64_t total = 0;
        for (int lane = 0; lane < kLanes; lane++) total += __builtin_popcountll(bits[lane]);
        return total;
    }

    // Nodes behind a node, in order, with where each input is found: a row, or the forced node (-1)
    // or an entry of the cone (its number).
    struct Behind {
        int64_t node;
        std::array<const Bits*, kFanIn> rows;
        std::array<int, kFanIn> places;
    };

    void find_cone(int64_t node) {
        cone_.clear();
        place_.assign(size_t(p_.nodes), -2);
        place_[size_t(node)] = -1;
        for (int64_t later = node + 1; later < p_.nodes; later++) {
            Behind behind{later, {}, {}};
            bool reads = false;
            for (int slot = 0; slot < kFanIn; slot++) {
                const int32_t source = input(later, slot);
                behind.places[slot] = source < first_node_ ? -2 : place_[source - first_node_];
                reads |= behind.places[slot] != -2;
            }
            if (!reads) continue;
            for (int slot = 0; slot < kFanIn; slot++)
                behind.rows[slot] =
                    behind.places[slot] == -2 ? row_of(input(later, slot)) : nullptr;
            place_[size_t(later)] = int(cone_.size());
            cone_.push_back(behind);
        }
    }

    Bits forced_correct(Bits value, int64_t block) {
        Bits inputs[kFanIn], outputs[kFanIn];
        for (size_t entry = 0; entry < cone_.size(); entry++) {
            const Behind& behind = cone_[entry];
            for (int slot = 0; slot < kFanIn; slot++) {
                const int place = behind.places[slot];
                inputs[slot] = place == -2   ? behind.rows[slot][block]
                               : place == -1 ? value
                                             : found_[size_t(place)];
            }
            found_[entry] = look_up(leaves_[size_t(behind.node)], inputs);
        }
        for (int64_t i = 0; i < p_.outputs; i++) {
            const int64_t node = p_.nodes - p_.outputs + i;
            const int place = place_[size_t(node)];
            outputs[i] = place == -2   ? values_[size_t(node)][block]
                         : place == -1 ? value
                                       : found_[size_t(place)];
        }
        return correct(outputs, block);
    }

    // Jets that the node decides about, and whether they need a 1.
    void find_active(int64_t node) {
        find_cone(node);
        found_.resize(cone_.size());
        active_.clear();
        sign_.clear();
        chosen_.clear();
        for (int64_t block = begin_; block < end_; block++) {
            const Bits zero = forced_correct(Bits{}, block), one = forced_correct(~Bits{}, block);
            const Bits differs = zero ^ one;
            needs_[block] = one;
            for (int lane = 0; lane < kLanes; lane++) {
                const int32_t first = int32_t(block * kBlock + lane * 64);
                chosen_.push_back(differs[lane]);
                for (uint64_t left = differs[lane]; left; left &= left - 1) {
                    const int place = __builtin_ctzll(left);
                    active_.push_back(first + place);
                    sign_.push_back(one[lane] >> place & 1 ? 1 : -1);
                }
            }
        }
    }

    // The bits of the active jets side by side; what is left of the last block is 0.
    void squeeze(const Bits* row, std::vector<Bits>& squeezed) const {
        squeezed.assign((active_.size() + kBlock - 1) / kBlock, Bits{});
        auto* out = reinterpret_cast<uint64_t*>(squeezed.data());
        const auto* words = reinterpret_cast<const uint64_t*>(row + begin_);
        int64_t filled = 0;
        for (size_t word = 0; word < chosen_.size(); word++) {
            if (!chosen_[word]) continue;
            const uint64_t bits = extract(words[word], chosen_[word]);
            const int place = int(filled % 64), several = __builtin_popcountll(chosen_[word]);
            out[filled / 64] |= bits << place;
            if (place + several > 64) out[filled / 64 + 1] = bits >> (64 - place);
            filled += several;
        }
    }

    // Which row of the other inputs each active jet reads, as numbers and as masks: first the rows'
    // jets that need a 1, then those that need a 0.
    void find_rows(int64_t node, int slot) {
        squeeze(needs_.get(), squeezed_);
        const size_t blocks = squeezed_.size();
        masks_.resize(2 * kOtherRows * blocks);
        for (size_t block = 0; block < blocks; block++) {
            Bits valid = ~Bits{};
            for (int lane = 0; lane < kLanes; lane++) {
                const int64_t left = int64_t(active_.size() - block * kBlock) - 64 * lane;
                if (left < 64) valid[lane] = left <= 0 ? 0 : ~uint64_t(0) >> (64 - left);
            }
            masks_[block] = squeezed_[block];
            masks_[kOtherRows * blocks + block] = ~squeezed_[block] & valid;
        }
        rows_.assign(active_.size(), 0);
        for (int other = 0, bit = 0; other < kFanIn; other++) {
            if (other == slot) continue;
            squeeze(row_of(input(node, other)), squeezed_);
            const auto* words = reinterpret_cast<const uint64_t*>(squeezed_.data());
            for (size_t jet = 0; jet < active_.size(); jet++)
                rows_[jet] |= uint8_t((words[jet / 64] >> (jet % 64) & 1) << bit);
            for (int half = 0; half < 2; half++)
                for (int row = 0; row < 1 << bit; row++) {
                    Bits* zeros = &masks_[size_t(half * kOtherRows + row) * blocks];
                    Bits* ones = zeros + (size_t(1) << bit) * blocks;
                    for (size_t block = 0; block < blocks; block++) {
                        ones[block] = zeros[block] & squeezed_[block];
                        zeros[block] &= ~squeezed_[block];
                    }
                }
            bit++;
        }
    }

    // What the best contents gain over all zeros, if ones[row] is what the rows' upper halves sum to.
    static int32_t gain(const std::array<int32_t, kOtherRows>& ones,
                        const std::array<int32_t, kOtherRows>& totals) {
        int32_t sum = 0;
        for (int row = 0; row < kOtherRows; row++)
            sum += std::max(ones[row], 0) + std::max(totals[row] - ones[row], 0);
        return sum;
    }

    struct Choice {
        int32_t source = -1;
        double worth = -std::numeric_limits<double>::infinity();
        std::array<int32_t, kOtherRows> ones{};
    };

    void offer(Choice& best, int32_t source, const std::array<int32_t, kOtherRows>& ones,
               const std::array<int32_t, kOtherRows>& totals, double cost, double temperature) {
        double worth = double(gain(ones, totals)) - cost;
        if (temperature > 0) worth += temperature * random_.gumbel();
        if (worth > best.worth) best = {source, worth, ones};
    }

    void offer_thresholds(Choice& best,
                          const std::array<int32_t, kOtherRows>& totals, double temperature,
                          double price) {
        for (int64_t feature = 0; feature < p_.features; feature++) {
            const uint8_t* levels = p_.levels + feature * p_.jets;
            counts_.fill(0);
            for (size_t i = 0; i < active_.size(); i++)
                counts_[size_t(levels[active_[i]]) * kOtherRows + rows_[i]] += sign_[i];
            std::array<int32_t, kOtherRows> ones{};
            for (int level = kLevels - 1; level > 0; level--) {
                for (int row = 0; row < kOtherRows; row++) ones[row] += counts_[level * kOtherRows + row];
                const double cost = p_.costs[feature * kLevels + level];
                const int32_t source = int32_t(feature * kLevels + level);
                if (std::isinf(cost)) continue;
                const bool bought = thresholds_.count(source) > 0;
                offer(best, source, ones, totals, bought ? 0.0 : cost * price, temperature);
            }
        }
    }

    void offer_nodes(int64_t node, Choice& best, const std::array<int32_t, kOtherRows>& totals,
                     double temperature) {
        int64_t earlier = 0;
        while (earlier < node && p_.stages[earlier] < p_.stages[node]) earlier++;
        for (int64_t source = 0; source < earlier; source++) {
            squeeze(values_[size_t(source)].get(), squeezed_);
            const size_t blocks = squeezed_.size();
            std::array<int32_t, kOtherRows> ones;
            for (int row = 0; row < kOtherRows; row++) {
                const Bits* plus = &masks_[size_t(row) * blocks];
                const Bits* minus = plus + kOtherRows * blocks;
                int64_t sum = 0;
                for (size_t block = 0; block < blocks; block++)
                    sum += count(plus[block] & squeezed_[block]) -
                           count(minus[block] & squeezed_[block]);
                ones[size_t(row)] = int32_t(sum);
            }
            offer(best, first_node_ + int32_t(source), ones, totals, 0.0, temperature);
        }
    }

    void move(int64_t node, int slot, double temperature, double price) {
        find_active(node);
        find_rows(node, slot);
        std::array<int32_t, kOtherRows> totals{};
        for (size_t i = 0; i < active_.size(); i++) totals[rows_[i]] += sign_[i];
        const int32_t before = input(node, slot);
        release(before);
        Choice best;
        if (p_.reads[node] & 1) offer_thresholds(best, totals, temperature, price);
        if (p_.reads[node] & 2) offer_nodes(node, best, totals, temperature);
        if (best.source < 0) {
            acquire(before);
            return;
        }
        acquire(best.source);
        input(node, slot) = best.source;
        set_table(node, slot, best.ones, totals, temperature);
    }

    void set_table(int64_t node, int slot, const std::array<int32_t, kOtherRows>& ones,
                   const std::array<int32_t, kOtherRows>& totals, double temperature) {
        uint64_t table = 0;
        for (int row = 0; row < kRows; row++) {
            const int other = (row & ((1 << slot) - 1)) | (row >> (slot + 1) << slot);
            const int32_t need = row >> slot & 1 ? ones[other] : totals[other] - ones[other];
            double drawn = need;
            if (temperature > 0) drawn += temperature * (random_.gumbel() - random_.gumbel());
            if (drawn > 0) table |= uint64_t(1) << row;
        }
        p_.tables[node] = table;
        leaves_[size_t(node)] = Leaves(table);
        for (int64_t block = begin_; block < end_; block++) {
            values_[size_t(node)][block] = evaluate(node, block);
            for (const Behind& behind : cone_)
                values_[size_t(behind.node)][block] = evaluate(behind.node, block);
        }
    }

    Problem p_;
    Random random_;
    int32_t first_node_;
    int64_t most_, begin_ = 0, end_ = 0;
    std::vector<BitRow> values_, labels_;
    std::vector<Leaves> leaves_;
    std::map<int32_t, Threshold> thresholds_;
    std::vector<Behind> cone_;
    std::vector<int> place_;
    BitRow needs_;
    std::vector<Bits> found_, squeezed_, masks_;
    std::vector<uint64_t> chosen_;
    std::vector<int32_t> active_;
    std::vector<int32_t> sign_;
    std::vector<uint8_t> rows_;
    std::array<int32_t, kOtherRows * kLevels> counts_;

public:
    Random& random() { return random_; }
};

}  // namespace

extern "C" {

void* logicjsc_anneal_open(const Problem* problem) { return new Network(*problem); }

void logicjsc_anneal_close(void* network) { delete static_cast<Network*>(network); }

// One sweep over a random stretch of jets. Temperature and price (of a unit of cost) are given for
// all jets; returns the part of the stretch's jets that are right afterwards.
double logicjsc_anneal_sweep(void* opened, double share, double temperature, double price) {
    auto& network = *static_cast<Network*>(opened);
    const int64_t all = network.blocks();
    const int64_t blocks = std::max<int64_t>(1, std::min(all, int64_t(std::llround(share * double(all)))));
    const int64_t begin = int64_t(network.random().below(uint64_t(all - blocks + 1)));
    network.use(begin, begin + blocks);
    const double part = double(blocks) / double(all);
    network.sweep(temperature * part, price * part);
    return double(network.use(begin, begin + blocks));
}

int64_t logicjsc_anneal_right(void* opened) {
    auto& network = *static_cast<Network*>(opened);
    return network.use(0, network.blocks());
}
}
