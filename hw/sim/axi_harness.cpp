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

constexpr std::uint64_t kLongestWait = 1000 + 100 * LATENCY;  // cycles in which nothing moves
constexpr std::uint64_t kWatched = 2000;
constexpr std::uint64_t kStalledAtFirst = 4 * LATENCY * BATCH * BEATS + 16;  // more than there are places

static_assert(IN_PORT_BITS % 8 == 0 && IN_PORT_BITS < kBeatBits + 8,
              "s_axis_tdata is not the data in whole bytes");
static_assert(STRIDE % 8 == 0 && STRIDE < OUT_BITS + 8, "results do not have whole bytes");

using Words = std::vector<std::uint64_t>;

// What goes with each vector, and when a batch ends. The same whenever it is asked for.
class Marks {
 public:
  Marks(bool disturb, std::uint64_t seed, std::uint64_t count)
      : disturb_(disturb), seed_(seed), count_(count) {}

  bool last(std::uint64_t number) const {
    if (!LAST) return false;
    if (number + 1 == count_) return true;  // the last batch would wait for more
    if (!disturb_) return number % 7 == 6;
    return Random(seed_ ^ (number * 0x9E3779B97F4A7C15u)).next() >> 61 == 0;
  }

  Words user(std::uint64_t number) const {
    Random random(seed_ + 77 * number);
    Words words((USER_BITS + 63) / 64);
    for (std::uint64_t& word : words) word = random.next();
    if (USER_BITS > 0) words.back() &= mask(USER_BITS);
    return words;
  }

  // Vectors of the batch that begins with this one.
  std::uint64_t batch(std::uint64_t number) const {
    std::uint64_t size = 1;
    while (size < BATCH && !last(number + size - 1)) ++size;
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

constexpr bool kKeeps = LAST && BATCH > 1;

Offer offered(const Vsim& circuit) {
  Offer offer;
  offer.data = output_of(circuit);
#if LAST
  offer.last = circuit.m_axis_tlast;
#endif
#if LAST && BATCH > 1
  offer.keep.resize((OUT_PORT_BITS / 8 + 63) / 64);
  get_words(circuit.m_axis_tkeep, offer.keep.data());
#endif
#if USER_BITS > 0
  offer.user.resize((USER_BITS * BATCH + 63) / 64);
  get_words(circuit.m_axis_tuser, offer.user.data());
#endif
  return offer;
}

// Padding, tkeep, tlast and tuser of a batch.
void check_offer(const Offer& offer, const Marks& marks, std::uint64_t number, std::uint64_t size) {
  if (offer.last != marks.last(number + size - 1)) {
    fail("protocol violation: m_axis_tlast is " + std::to_string(offer.last) + " with result " +
         std::to_string(number + size - 1) + ", which came without or with it");
  }
  for (std::uint64_t place = 0; place < BATCH; ++place) {
    const bool there = place < size;
    if (kKeeps) {
      for (std::size_t byte = place * STRIDE / 8; byte < (place + 1) * STRIDE / 8; ++byte) {
        if ((offer.keep[byte / 64] >> byte % 64 & 1) != there) {
          fail("protocol violation: m_axis_tkeep does not say how many results there are");
        }
      }
    }
    if (!there) continue;
    if (STRIDE > OUT_BITS) {
      std::uint64_t padding[1];
      cut(offer.data.data(), kOutPortWords, place * STRIDE + OUT_BITS, STRIDE - OUT_BITS, padding);
      if (padding[0] != 0) fail("protocol violation: m_axis_tdata has padding that is not 0");
    }
    if (USER_BITS > 0) {
      Words user((USER_BITS + 63) / 64);
      cut(offer.user.data(), offer.user.size(), place * USER_BITS, USER_BITS, user.data());
      if (user != marks.user(number + place)) {
        fail("protocol violation: m_axis_tuser of result " + std::to_string(number + place) +
             " is another one's");
      }
    }
  }
}

// A beat of a vector, and on its last beat what goes with it.
void put_marked(Vsim& circuit, const std::uint64_t* vector, std::uint64_t number,
                std::uint64_t beat, const Marks& marks, Random& random) {
  put(circuit, vector, beat, random);
  const bool whole = beat + 1 == BEATS;
#if LAST
  circuit.s_axis_tlast = whole == marks.last(number);
#endif
#if USER_BITS > 0
  const Words user = marks.user(whole ? number : number + 1000);
  put_words(circuit.s_axis_tuser, user.data());
#endif
  (void)whole;
  (void)number;
  (void)marks;
}

void settle(Vsim& circuit) {
  circuit.aclk = 0;
  circuit.eval();
}

// A writer may wait for nothing before it offers; looked at for a while only, as it takes time.
void check_independence(Vsim& circuit) {
  const bool offers = circuit.m_axis_tvalid;
  circuit.m_axis_tready = !circuit.m_axis_tready;
  settle(circuit);
  if (circuit.m_axis_tvalid != offers) {
    fail("protocol violation: m_axis_tvalid waits for m_axis_tready");
  }
  circuit.m_axis_tready = !circuit.m_axis_tready;
  settle(circuit);
}

void tick(Vsim& circuit) {
  circuit.aclk = 1;
  circuit.eval();
}

void reset(Vsim& circuit, Random& random) {
  const bool before = circuit.m_axis_tvalid;
  circuit.m_axis_tready = 1;
  settle(circuit);
  circuit.aresetn = 0;
  circuit.eval();
  if (circuit.m_axis_tvalid != (ASYNCHRONOUS ? false : before)) {
    fail(ASYNCHRONOUS ? "protocol violation: aresetn waits for the clock, though it is asynchronous"
                      : "protocol violation: aresetn does not wait for the clock");
  }
  for (int cycle = 0; cycle < LATENCY + 2; ++cycle) {
    put_garbage(circuit, random);
    circuit.s_axis_tvalid = 1;
    settle(circuit);
    if (cycle > 0 && circuit.m_axis_tvalid) {
      fail("protocol violation: m_axis_tvalid is 1 during reset");
    }
    tick(circuit);
  }
  // The clock is low when reset ends, so that nothing else happens then.
  settle(circuit);
  circuit.aresetn = 1;
}

}  // namespace

void simulate(const std::uint64_t* vectors, std::uint64_t count, bool disturb, std::uint64_t seed,
              std::uint64_t* results) {
  const std::unique_ptr<VerilatedContext> context(new VerilatedContext);
  const std::unique_ptr<Vsim> owner(new Vsim(context.get()));
  Vsim& circuit = *owner;
  Random random(seed);
  Pauses writer(disturb, 2 * seed + 1), reader(disturb, 2 * seed + 2);
  const Marks marks(disturb, seed, count);
  // Without tlast the last vector comes again until a batch is complete; that is left out.
  const std::uint64_t total = LAST ? count : (count + BATCH - 1) / BATCH * BATCH;
  reset(circuit, random);
  std::deque<std::uint64_t> entered;  // cycles in which the vectors on their way came in
  bool waits = false;
  Offer waiting;  // a result that was offered and not taken
  std::uint64_t in = 0, out = 0, beat = 0, idle = 0, last_move = 0;
  bool offering = false, reset_again = disturb;
  // After the last result the circuit is watched a little longer: nothing more may come.
  for (std::uint64_t cycle = 0; idle <= 2 * LATENCY + 4; ++cycle) {
    // A writer that has offered a beat may not take it back.
    offering = in < total && (offering || !writer.next());
    circuit.s_axis_tvalid = offering;
    if (offering) {
      put_marked(circuit, vectors + std::min(in, count - 1) * kInWords, in, beat, marks, random);
    } else {
      put_garbage(circuit, random);
    }
    circuit.m_axis_tready = !reader.next() && !(disturb && cycle < kStalledAtFirst);
    settle(circuit);
    if (cycle < kWatched) check_independence(circuit);
    const auto when = [cycle] { return " in cycle " + std::to_string(cycle); };
    if (!disturb && offering && !circuit.s_axis_tready && cycle > 0) {
      fail("protocol violation: s_axis_tready is 0" + when() + " although nothing stalls");
    }
    if (waits) {
      if (!circuit.m_axis_tvalid) {
        fail("protocol violation: m_axis_tvalid fell" + when() + " before its result was taken");
      }
      if (offered(circuit) != waiting) {
        fail("protocol violation: m_axis_tdata changed" + when() + " before it was taken");
      }
      waits = false;
    }
    if (circuit.m_axis_tvalid) {
      const std::uint64_t size = marks.batch(out);
      if (entered.size() < size) fail("protocol violation: a result without a vector" + when());
      const std::uint64_t took = cycle - entered[size - 1];
      if (took < LATENCY || (!disturb && took > LATENCY)) {
        fail("protocol violation: a result came after " + std::to_string(took) +
             " cycles, not " + std::to_string(LATENCY));
      }
      waiting = offered(circuit);
      waits = true;
      check_offer(waiting, marks, out, size);
      if (circuit.m_axis_tready) {
        for (std::uint64_t place = 0; place < size && out + place < count; ++place) {
          take(waiting.data, place, results + (out + place) * kOutWords);
        }
        entered.erase(entered.begin(), entered.begin() + static_cast<std::ptrdiff_t>(size));
        waits = false;
        out += size;
        last_move = cycle;
      }
    }
    if (offering && circuit.s_axis_tready) {
      offering = false;
      last_move = cycle;
      if (++beat == BEATS) {
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
    if (reset_again && in >= (count + 1) / 2 && (circuit.m_axis_tvalid || idle > 0)) {
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
  circuit.final();
}
