// A network of tables and the moves that change it.
//
// A move frees one input of one node. With the node forced to 0 and to 1, the rest of the network
// says for every sample whether it is classified rightly; only samples for which that differs, the active
// ones, matter. They are counted by the row of the node's other inputs and by a feature's level. A
// threshold splits these counts at its level, so one pass over the active samples gives the best
// contents, and what they are worth, for every threshold of a feature at once. For an earlier node in
// the input's place, bits of the active samples are counted row by row.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "bits.h"
#include "problem.h"
#include "random.h"

namespace logicjsc {

constexpr int kLevels = 256;

class Network {
public:
    explicit Network(const Problem& problem)
        : p_(problem), random_(problem.seed), first_node_(int32_t(problem.features) * kLevels) {
        most_ = (p_.samples + kBlock - 1) / kBlock;
        for (int64_t node = 0; node < p_.nodes; node++) {
            values_.push_back(make_row(most_));
            leaves_.emplace_back(p_.tables[node]);
        }
        for (int64_t label = 0; label < p_.classes; label++) {
            labels_.push_back(make_row(most_));
            auto* words = reinterpret_cast<uint64_t*>(labels_.back().get());
            std::fill(words, words + most_ * kLanes, 0);
            for (int64_t sample = 0; sample < p_.samples; sample++)
                words[sample / 64] |= uint64_t(p_.labels[sample] == label) << (sample % 64);
        }
        for (int64_t node = 0; node < p_.nodes; node++)
            for (int slot = 0; slot < kFanIn; slot++) acquire(input(node, slot));
        for (int64_t feature = 0; feature < p_.features; feature++) {
            int last = kLevels - 1;
            while (last > 0 && std::isinf(p_.costs[feature * kLevels + last])) last--;
            last_level_.push_back(last);
            if (last) offered_.push_back(int32_t(feature));
            bits_.push_back(last == 1 ? make_row(most_) : nullptr);
            if (last == 1) pack(feature, 1, bits_.back().get(), 0, most_);
        }
        needs_ = make_row(most_);
        active_.reserve(size_t(p_.samples));
        sign_.reserve(size_t(p_.samples));
        rows_.reserve(size_t(p_.samples));
    }

    // Look at some blocks only; returns how many samples of them are classified rightly.
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

    // Every input of every node once, in random order. Nodes that nobody reads are put to use first.
    void sweep(double temperature, double price) {
        const std::vector<bool> live = find_live();
        for (int64_t node = 0; node < p_.nodes; node++)
            if (!live[size_t(node)] && put_to_use(node, live))
                for (int slot = kFanIn - 1; slot >= 0; slot--)
                    move(node, slot, temperature, price);
        std::vector<int32_t> order(size_t(p_.nodes) * kFanIn);
        for (size_t i = 0; i < order.size(); i++) order[i] = int32_t(i);
        for (size_t i = order.size(); i > 1; i--) std::swap(order[i - 1], order[random_.below(i)]);
        for (int32_t entry : order) move(entry / kFanIn, entry % kFanIn, temperature, price);
    }

    Random& random() { return random_; }

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
        pack(source / kLevels, source % kLevels, bits, begin_, end_);
    }

    // Whether each sample of some blocks reaches a level of a feature.
    void pack(int64_t feature, int level, Bits* bits, int64_t begin, int64_t end) {
        const uint8_t* levels = p_.levels + feature * p_.samples;
        const uint8_t least = uint8_t(level);
        auto* words = reinterpret_cast<uint64_t*>(bits);
        for (int64_t word = begin * kLanes; word < end * kLanes; word++) {
            uint64_t packed = 0;
            const int64_t first = word * 64, last = std::min<int64_t>(first + 64, p_.samples);
            for (int64_t sample = first; sample < last; sample++)
                packed |= uint64_t(levels[sample] >= least) << (sample - first);
            words[word] = packed;
        }
    }

    // Whether a table makes a difference between 0 and 1 of an input.
    bool depends(int64_t node, int slot) const {
        const int step = 1 << slot;
        uint64_t lower = 0;
        for (int row = 0; row < kRows; row++) lower |= uint64_t(!(row & step)) << row;
        return ((p_.tables[node] >> step ^ p_.tables[node]) & lower) != 0;
    }

    // Nodes that some output depends on.
    std::vector<bool> find_live() {
        std::vector<bool> live(size_t(p_.nodes), false);
        for (int64_t node = p_.nodes - 1; node >= 0; node--) {
            if (node >= p_.nodes - p_.outputs) live[size_t(node)] = true;
            if (!live[size_t(node)]) continue;
            for (int slot = 0; slot < kFanIn; slot++) {
                const int32_t source = input(node, slot);
                if (source >= first_node_ && depends(node, slot))
                    live[size_t(source - first_node_)] = true;
            }
        }
        return live;
    }

    bool may_read(int64_t node, int32_t source) const {
        if (source < first_node_) return p_.reads[node] & 1;
        return p_.reads[node] & 2 && p_.stages[source - first_node_] < p_.stages[node];
    }

    // Puts a node that nobody reads between some live node and one of its sources, whose bit it
    // passes on until its inputs move. Returns whether there is such a place.
    bool put_to_use(int64_t node, const std::vector<bool>& live) {
        std::vector<std::pair<int64_t, int>> places;
        for (int64_t reader = node + 1; reader < p_.nodes; reader++) {
            if (!live[size_t(reader)] || !may_read(reader, first_node_ + int32_t(node))) continue;
            for (int slot = 0; slot < kFanIn; slot++)
                if (may_read(node, input(reader, slot)) && depends(reader, slot))
                    places.emplace_back(reader, slot);
        }
        if (places.empty()) return false;
        const auto place = places[random_.below(places.size())];
        int32_t& source = input(place.first, place.second);
        for (int slot = 0; slot < kFanIn; slot++) {
            acquire(source);
            release(input(node, slot));
            input(node, slot) = source;
        }
        p_.tables[node] = 0xaaaaaaaaaaaaaaaa;  // the first input
        leaves_[size_t(node)] = Leaves(p_.tables[node]);
        for (int64_t block = begin_; block < end_; block++)
            values_[size_t(node)][block] = row_of(source)[block];
        release(source);
        source = first_node_ + int32_t(node);
        return true;
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

    // Whether samples of a block are classified rightly, from the outputs' bits.
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
        Bits sums{};
        for (int64_t block = begin_; block < end_; block++) {
            Bits outputs[kFanIn];
            for (int64_t i = 0; i < p_.outputs; i++)
                outputs[i] = values_[size_t(p_.nodes - p_.outputs + i)][block];
            sums += counts(correct(outputs, block));
        }
        return total(sums);
    }

    static Bits counts(Bits bits) {
        Bits ones;
        for (int lane = 0; lane < kLanes; lane++)
            ones[lane] = uint64_t(__builtin_popcountll(bits[lane]));
        return ones;
    }

    static int64_t total(Bits sums) {
        uint64_t all = 0;
        for (int lane = 0; lane < kLanes; lane++) all += sums[lane];
        return int64_t(all);
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

    // Samples that the node decides about, and whether they need a 1.
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

    // The bits of the active samples side by side; what is left of the last block is 0.
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

    // Which row of the other inputs each active sample reads, as numbers and as masks: first the rows'
    // samples that need a 1, then those that need a 0.
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
        // The second half of the blocks has rows of its own.
        const size_t first_half = std::min(active_.size(), blocks / 2 * size_t(kBlock));
        rows_.assign(active_.size(), kOtherRows);
        std::fill(rows_.begin(), rows_.begin() + int64_t(first_half), uint8_t(0));
        for (int other = 0, bit = 0; other < kFanIn; other++) {
            if (other == slot) continue;
            squeeze(row_of(input(node, other)), squeezed_);
            const auto* words = reinterpret_cast<const uint64_t*>(squeezed_.data());
            for (size_t sample = 0; sample < active_.size(); sample++)
                rows_[sample] |= uint8_t((words[sample / 64] >> (sample % 64) & 1) << bit);
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

    // What the samples need of a 1 over a 0, by row of the other inputs: first of one half of the samples,
    // then of the other.
    typedef std::array<int32_t, kRows> Needs;

    // What the best contents gain over all zeros, if ones are the needs where the input is 1. With
    // cross-fitting each half's contents are judged by the other half, which chance does not please.
    int32_t gain(const Needs& ones, const Needs& totals) const {
        int32_t sum = 0;
        for (int row = 0; row < kOtherRows; row++) {
            const int32_t one = ones[row], other_one = ones[kOtherRows + row];
            const int32_t zero = totals[row] - one;
            const int32_t other_zero = totals[kOtherRows + row] - other_one;
            if (p_.cross_fit)
                sum += (one > 0 ? other_one : 0) + (other_one > 0 ? one : 0) +
                       (zero > 0 ? other_zero : 0) + (other_zero > 0 ? zero : 0);
            else
                sum += std::max(one + other_one, 0) + std::max(zero + other_zero, 0);
        }
        return sum;
    }

    struct Choice {
        int32_t source = -1;
        double worth = -std::numeric_limits<double>::infinity();
        Needs ones{};
    };

    void offer(Choice& best, int32_t source, const Needs& ones,
               const Needs& totals, double cost, double temperature) {
        double worth = double(gain(ones, totals)) - cost;
        if (temperature > 0) worth += temperature * random_.gumbel();
        if (worth > best.worth) best = {source, worth, ones};
    }

    // Puts the feature of a source first among those that are offered; false if it has none.
    bool bring_forward(int32_t source) {
        if (source >= first_node_) return false;
        const auto found = std::find(offered_.begin(), offered_.end(), source / kLevels);
        if (found == offered_.end()) return false;
        std::swap(*offered_.begin(), *found);
        return true;
    }

    // Thresholds of all features or, above temperature zero, of as many random ones as there are to
    // be candidates, the one that is read so far among them.
    void offer_thresholds(Choice& best, int32_t before,
                          const Needs& totals, double temperature,
                          double price) {
        const size_t all = offered_.size();
        const size_t looked_at =
            temperature > 0 && p_.candidates ? std::min(size_t(p_.candidates), all) : all;
        for (size_t place = 0; place < looked_at; place++) {
            // The first places of a shuffle that is never finished.
            if (looked_at < all && !(place == 0 && bring_forward(before)))
                std::swap(offered_[place], offered_[place + random_.below(all - place)]);
            const int64_t feature = offered_[place];
            if (bits_[size_t(feature)]) {
                offer_bit(best, feature, totals, temperature, price);
                continue;
            }
            const uint8_t* levels = p_.levels + feature * p_.samples;
            const int last = last_level_[size_t(feature)];
            std::fill(counts_.begin(), counts_.begin() + (last + 1) * kRows, 0);
            for (size_t i = 0; i < active_.size(); i++)
                counts_[size_t(levels[active_[i]]) * kRows + rows_[i]] += sign_[i];
            Needs ones{};
            for (int level = last; level > 0; level--) {
                for (int row = 0; row < kRows; row++) ones[row] += counts_[level * kRows + row];
                const double cost = p_.costs[feature * kLevels + level];
                const int32_t source = int32_t(feature * kLevels + level);
                if (std::isinf(cost)) continue;
                const bool bought = thresholds_.count(source) > 0;
                offer(best, source, ones, totals, bought ? 0.0 : cost * price, temperature);
            }
        }
    }

    // The only threshold of a feature, which divides samples as a bit does.
    void offer_bit(Choice& best, int64_t feature, const Needs& totals, double temperature,
                   double price) {
        const int32_t source = int32_t(feature * kLevels + 1);
        const double cost = thresholds_.count(source) ? 0.0 : p_.costs[source] * price;
        const Needs ones = count_ones(bits_[size_t(feature)].get());
        offer(best, source, ones, totals, cost, temperature);
    }

    // What the active samples need whose bit in a row is 1.
    Needs count_ones(const Bits* row) {
        squeeze(row, squeezed_);
        const size_t blocks = squeezed_.size();
        Needs ones;
        for (int other = 0; other < kOtherRows; other++) {
            const Bits* plus = &masks_[size_t(other) * blocks];
            const Bits* minus = plus + kOtherRows * blocks;
            for (int half = 0; half < 2; half++) {
                Bits sums{};
                const size_t last = half ? blocks : blocks / 2;
                for (size_t block = half ? blocks / 2 : 0; block < last; block++)
                    sums += counts(plus[block] & squeezed_[block]) -
                            counts(minus[block] & squeezed_[block]);
                ones[size_t(half * kOtherRows + other)] = int32_t(total(sums));
            }
        }
        return ones;
    }

    void offer_nodes(int64_t node, Choice& best, const Needs& totals,
                     double temperature) {
        int64_t earlier = 0;
        while (earlier < node && p_.stages[earlier] < p_.stages[node]) earlier++;
        for (int64_t source = 0; source < earlier; source++) {
            const Needs ones = count_ones(values_[size_t(source)].get());
            offer(best, first_node_ + int32_t(source), ones, totals, 0.0, temperature);
        }
    }

    void move(int64_t node, int slot, double temperature, double price) {
        find_active(node);
        find_rows(node, slot);
        Needs totals{};
        for (size_t i = 0; i < active_.size(); i++) totals[rows_[i]] += sign_[i];
        const int32_t before = input(node, slot);
        release(before);
        Choice best;
        if (p_.reads[node] & 1) offer_thresholds(best, before, totals, temperature, price);
        if (p_.reads[node] & 2) offer_nodes(node, best, totals, temperature);
        if (best.source < 0) {
            acquire(before);
            return;
        }
        acquire(best.source);
        input(node, slot) = best.source;
        set_table(node, slot, best.ones, totals, temperature);
    }

    void set_table(int64_t node, int slot, const Needs& ones,
                   const Needs& totals, double temperature) {
        uint64_t table = 0;
        for (int row = 0; row < kRows; row++) {
            const int other = (row & ((1 << slot) - 1)) | (row >> (slot + 1) << slot);
            const int32_t one = ones[other] + ones[kOtherRows + other];
            const int32_t need =
                row >> slot & 1 ? one : totals[other] + totals[kOtherRows + other] - one;
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
    std::vector<BitRow> bits_;  // by feature, of those with one threshold whether it is reached
    std::vector<Leaves> leaves_;
    std::map<int32_t, Threshold> thresholds_;
    std::vector<int> last_level_;    // by feature, the highest level that is a threshold; 0: none
    std::vector<int32_t> offered_;   // features that have a threshold, in the order of the draws
    std::vector<Behind> cone_;
    std::vector<int> place_;
    BitRow needs_;
    std::vector<Bits> found_, squeezed_, masks_;
    std::vector<uint64_t> chosen_;
    std::vector<int32_t> active_;
    std::vector<int32_t> sign_;
    std::vector<uint8_t> rows_;
    std::array<int32_t, kRows * kLevels> counts_;
};

}  // namespace logicjsc
