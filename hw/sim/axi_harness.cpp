// Drives a Verilated circuit that speaks AXI4-Stream; harness.h says how it is called.
//
// Without SEED, both sides are always ready: after its first cycle behind reset the circuit must
// accept a vector in every cycle, and every result must come exactly LATENCY cycles later. With
// SEED, both sides pause at random, for single cycles and for long stretches, the reader also from the
// first cycle until the circuit is full, and the circuit is reset once more in the middle: what is on
// its way is lost and enters again.
//
// Always checked: a result that was offered stays, unchanged, until it is taken; nothing is offered
// during reset, before its vector entered, or after the last result; padding above a result is 0;
// nothing waits for m_axis_tready before it is offered; the circuit never stops for good. Padding
// above the vector is garbage. tlast and tuser, which come with the last beat of a vector, go with its
// result; tlast ends a batch early, and tkeep says which results of it there are. An asynchronous
// reset must work before the clock's edge, a synchronous one must not.

#include <deque>

#include "harness.h"

namespace {

const std::uint64_t kLongestWait = 1000 + 100 * kShape.latency;  // cycles in which nothing moves
constexpr std::uint64_t kWatched = 2000;
// More cycles than there are places.
const std::uint64_t kStalledAtFirst = 4 * kShape.latency * kShape.batch * kShape.beats + 16;

using Words = std::vector<std::uint64_t>;

// What goes with each vector, and when a batch ends. The same whenever it is asked for.
class Marks {
 public:
  Marks(bool disturb, std::uint64_t seed, std::uint64_t count)
      : disturb_(disturb), seed_(seed), count_(count) {}

  bool last(std::uint64_t number) const {
    if (!kShape.last) return false;
    if (number + 1 == count_) return true;  // the last batch would wait for more
    if (!disturb_) return number % 7 == 6;
    return Random(seed_ ^ (number * 0x9E3779B97F4A7C15u)).next() >> 61 == 0;
  }

  Words user(std::uint64_t number) const {
    Random random(seed_ + 77 * number);
    Words words((kShape.user_bits + 63) / 64);
    for (std::uint64_t& word : words) word = random.next();
    if (kShape.user_bits > 0) words.back() &= mask(kShape.user_bits);
    return words;
  }

  // Vectors of the batch that begins with this one.
  std::uint64_t batch(std::uint64_t number) const {
    std::uint64_t size = 1;
    while (size < kShape.batch && !last(number + size - 1)) ++size;
    return size;
  }

 private:
  bool disturb_;
  std::uint64_t seed_, count_;
};

// All that is offered: data, tkeep, tlast and tuser.
struct Offer {
  Words data, keep, user;
  bool last = false;

  bool operator!=(const Offer& other) const {
    return data != other.data || keep != other.keep || user != other.user || last != other.last;
  }
};

const bool kKeeps = kShape.last && kShape.batch > 1;

Offer offered(const Circuit& circuit) {
  Offer offer;
  offer.data = output_of(circuit);
  offer.last = circuit.out_last && *circuit.out_last;
  if (kKeeps) {
    offer.keep.resize((kShape.out_port_bits / 8 + 63) / 64);
    get_words(circuit.out_keep, offer.keep.data());
  }
  if (kShape.user_bits > 0) {
    offer.user.resize((kShape.user_bits * kShape.batch + 63) / 64);
    get_words(circuit.out_user, offer.user.data());
  }
  return offer;
}

// Padding, tkeep, tlast and tuser of a batch.
void check_offer(const Offer& offer, const Marks& marks, std::uint64_t number, std::uint64_t size) {
  if (offer.last != marks.last(number + size - 1)) {
    fail("protocol violation: m_axis_tlast is " + std::to_string(offer.last) + " with result " +
         std::to_string(number + size - 1) + ", which came without or with it");
  }
  for (std::uint64_t place = 0; place < kShape.batch; ++place) {
    const bool there = place < size;
    const std::uint64_t first = place * kShape.stride, padding = kShape.stride - kShape.out_bits;
    if (kKeeps) {
      for (std::size_t byte = first / 8; byte < (first + kShape.stride) / 8; ++byte) {
        if ((offer.keep[byte / 64] >> byte % 64 & 1) != there) {
          fail("protocol violation: m_axis_tkeep does not say how many results there are");
        }
      }
    }
    if (!there) continue;
    if (padding > 0) {
      std::uint64_t bits[1];
      cut(offer.data.data(), kOutPortWords, first + kShape.out_bits, padding, bits);
      if (bits[0] != 0) fail("protocol violation: m_axis_tdata has padding that is not 0");
    }
    if (kShape.user_bits > 0) {
      Words user((kShape.user_bits + 63) / 64);
      const std::uint64_t bits = kShape.user_bits;
      cut(offer.user.data(), offer.user.size(), place * bits, bits, user.data());
      if (user != marks.user(number + place)) {
        fail("protocol violation: m_axis_tuser of result " + std::to_string(number + place) +
             " is another one's");
      }
    }
  }
}

// A beat of a vector, and on its last beat what goes with it.
void put_marked(const Circuit& circuit, const std::uint64_t* vector, std::uint64_t number,
                std::uint64_t beat, const Marks& marks, Random& random) {
  put(circuit, vector, beat, random);
  const bool whole = beat + 1 == kShape.beats;
  if (circuit.in_last) *circuit.in_last = whole == marks.last(number);
  if (kShape.user_bits > 0) {
    const Words user = marks.user(whole ? number : number + 1000);
    put_words(circuit.in_user, user.data());
  }
}

void settle(const Circuit& circuit) {
  *circuit.clk = 0;
  circuit.settle();
}

// A writer may wait for nothing before it offers; looked at for a while only, as it takes time.
void check_independence(const Circuit& circuit) {
  const bool offers = *circuit.out_valid;
  *circuit.out_ready = !*circuit.out_ready;
  settle(circuit);
  if (*circuit.out_valid != offers) {
    fail("protocol violation: m_axis_tvalid waits for m_axis_tready");
  }
  *circuit.out_ready = !*circuit.out_ready;
  settle(circuit);
}

void tick(const Circuit& circuit) {
  *circuit.clk = 1;
  circuit.settle();
}

void reset(const Circuit& circuit, Random& random) {
  const bool before = *circuit.out_valid;
  *circuit.out_ready = 1;
  settle(circuit);
  *circuit.reset = 0;
  circuit.settle();
  if (*circuit.out_valid != (kShape.asynchronous ? false : before)) {
    fail(kShape.asynchronous
             ? "protocol violation: aresetn waits for the clock, though it is asynchronous"
             : "protocol violation: aresetn does not wait for the clock");
  }
  for (std::uint64_t cycle = 0; cycle < kShape.latency + 2; ++cycle) {
    put_garbage(circuit, random);
    *circuit.in_valid = 1;
    settle(circuit);
    if (cycle > 0 && *circuit.out_valid) {
      fail("protocol violation: m_axis_tvalid is 1 during reset");
    }
    tick(circuit);
  }
  // The clock is low when reset ends, so that nothing else happens then.
  settle(circuit);
  *circuit.reset = 1;
}

}  // namespace

void simulate(const std::uint64_t* vectors, std::uint64_t count, bool disturb, std::uint64_t seed,
              std::uint64_t* results) {
  const Circuit circuit = open_circuit();
  Random random(seed);
  Pauses writer(disturb, 2 * seed + 1), reader(disturb, 2 * seed + 2);
  const Marks marks(disturb, seed, count);
  // Without tlast the last vector comes again until a batch is complete; that is left out.
  const std::uint64_t batch = kShape.batch;
  const std::uint64_t total = kShape.last ? count : (count + batch - 1) / batch * batch;
  reset(circuit, random);
  std::deque<std::uint64_t> entered;  // cycles in which the vectors on their way came in
  bool waits = false;
  Offer waiting;  // a result that was offered and not taken
  std::uint64_t in = 0, out = 0, beat = 0, idle = 0, last_move = 0;
  bool offering = false, reset_again = disturb;
  // After the last result the circuit is watched a little longer: nothing more may come.
  for (std::uint64_t cycle = 0; idle <= 2 * kShape.latency + 4; ++cycle) {
    // A writer that has offered a beat may not take it back.
    offering = in < total && (offering || !writer.next());
    *circuit.in_valid = offering;
    if (offering) {
      put_marked(circuit, vectors + std::min(in, count - 1) * kInWords, in, beat, marks, random);
    } else {
      put_garbage(circuit, random);
    }
    *circuit.out_ready = !reader.next() && !(disturb && cycle < kStalledAtFirst);
    settle(circuit);
    if (cycle < kWatched) check_independence(circuit);
    const auto when = [cycle] { return " in cycle " + std::to_string(cycle); };
    if (!disturb && offering && !*circuit.in_ready && cycle > 0) {
      fail("protocol violation: s_axis_tready is 0" + when() + " although nothing stalls");
    }
    if (waits) {
      if (!*circuit.out_valid) {
        fail("protocol violation: m_axis_tvalid fell" + when() + " before its result was taken");
      }
      if (offered(circuit) != waiting) {
        fail("protocol violation: m_axis_tdata changed" + when() + " before it was taken");
      }
      waits = false;
    }
    if (*circuit.out_valid) {
      const std::uint64_t size = marks.batch(out);
      if (entered.size() < size) fail("protocol violation: a result without a vector" + when());
      const std::uint64_t took = cycle - entered[size - 1];
      if (took < kShape.latency || (!disturb && took > kShape.latency)) {
        fail("protocol violation: a result came after " + std::to_string(took) +
             " cycles, not " + std::to_string(kShape.latency));
      }
      waiting = offered(circuit);
      waits = true;
      check_offer(waiting, marks, out, size);
      if (*circuit.out_ready) {
        for (std::uint64_t place = 0; place < size && out + place < count; ++place) {
          take(waiting.data, place, results + (out + place) * kOutWords);
        }
        entered.erase(entered.begin(), entered.begin() + static_cast<std::ptrdiff_t>(size));
        waits = false;
        out += size;
        last_move = cycle;
      }
    }
    if (offering && *circuit.in_ready) {
      offering = false;
      last_move = cycle;
      if (++beat == kShape.beats) {
        entered.push_back(cycle);
        beat = 0;
        ++in;
      }
    }
    if (in == total && entered.empty()) ++idle;
    if (idle == 0 && cycle - last_move > kLongestWait) {
      fail("protocol violation: nothing moves any more; " + std::to_string(in) +
           " vectors entered, " + std::to_string(out) + " left");
    }
    tick(circuit);
    // A result on the port shows when reset works; at the end there may be none.
    if (reset_again && in >= (count + 1) / 2 && (*circuit.out_valid || idle > 0)) {
      reset_again = false;
      reset(circuit, random);
      entered.clear();
      waits = false;
      offering = false;
      in = out;
      beat = 0;
      idle = 0;
      last_move = cycle;
    }
  }
  close_circuit(circuit);
}
