// Drives a Verilated circuit that speaks AXI4-Stream; harness.h says how it is called.
//
// Without SEED, both sides are always ready: after its first cycle behind reset the circuit must
// accept a vector in every cycle, and every result must come exactly LATENCY cycles later. With
// SEED, both sides pause at random, for single cycles and for long stretches, the reader also from the
// first cycle until the circuit is full, and the circuit is reset once more in the middle: what is on
// its way is lost and enters again.
//
// Always checked: a result that was offered stays, unchanged, until it is taken; nothing is offered
// during reset, before its vector entered, or after the last result; padding above the result is 0;
// nothing waits for m_axis_tready before it is offered; the circuit never stops for good. Padding above the vector is garbage.

#include <deque>

#include "harness.h"

namespace {

constexpr std::uint64_t kLongestWait = 1000 + 100 * LATENCY;  // cycles in which nothing moves
constexpr std::uint64_t kWatched = 2000;
constexpr std::uint64_t kStalledAtFirst = 4 * LATENCY + 16;  // more cycles than there are places

static_assert(TDATA_BITS % 8 == 0 && TDATA_BITS >= IN_BITS && TDATA_BITS < IN_BITS + 8,
              "s_axis_tdata is not the data in whole bytes");

using Result = std::vector<std::uint64_t>;

Result offered(const Vsim& circuit) {
  Result words(sizeof circuit.OUT_PORT / 8 + 1);
  get(circuit, words.data());
  return words;
}

void check_padding(const Result& words) {
  if (OUT_BITS % 64 != 0 && words[kOutWords - 1] >> (OUT_BITS % 64) != 0) {
    fail("protocol violation: m_axis_tdata has padding that is not 0");
  }
}

// A vector below, garbage above it up to the port's width.
void put_padded(Vsim& circuit, const std::uint64_t* vector, Random& random) {
  std::uint64_t words[kInWords];
  std::copy_n(vector, kInWords, words);
  if (IN_BITS % 64 != 0) words[kInWords - 1] |= random.next() << (IN_BITS % 64);
  // Verilated ports have no bits beyond their declared width.
  if (TDATA_BITS % 64 != 0) words[kInWords - 1] &= (std::uint64_t{1} << (TDATA_BITS % 64)) - 1;
  put(circuit, words);
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
  circuit.aresetn = 0;
  circuit.m_axis_tready = 1;
  for (int cycle = 0; cycle < LATENCY + 2; ++cycle) {
    put_garbage(circuit, random);
    circuit.s_axis_tvalid = 1;
    settle(circuit);
    if (cycle > 0 && circuit.m_axis_tvalid) {
      fail("protocol violation: m_axis_tvalid is 1 during reset");
    }
    tick(circuit);
  }
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
  reset(circuit, random);
  std::deque<std::uint64_t> entered;  // cycles in which the vectors on their way came in
  Result waiting;                     // a result that was offered and not taken
  std::uint64_t in = 0, out = 0, idle = 0, last_move = 0;
  bool offering = false, reset_again = disturb;
  // After the last result the circuit is watched a little longer: nothing more may come.
  for (std::uint64_t cycle = 0; idle <= 2 * LATENCY + 4; ++cycle) {
    // A writer that has offered a vector may not take it back.
    offering = in < count && (offering || !writer.next());
    circuit.s_axis_tvalid = offering;
    if (offering) {
      put_padded(circuit, vectors + in * kInWords, random);
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
    if (!waiting.empty()) {
      if (!circuit.m_axis_tvalid) {
        fail("protocol violation: m_axis_tvalid fell" + when() + " before its result was taken");
      }
      if (offered(circuit) != waiting) {
        fail("protocol violation: m_axis_tdata changed" + when() + " before it was taken");
      }
      waiting.clear();
    }
    if (circuit.m_axis_tvalid) {
      if (entered.empty()) fail("protocol violation: a result without a vector" + when());
      const std::uint64_t took = cycle - entered.front();
      if (took < LATENCY || (!disturb && took > LATENCY)) {
        fail("protocol violation: a result came after " + std::to_string(took) +
             " cycles, not " + std::to_string(LATENCY));
      }
      waiting = offered(circuit);
      check_padding(waiting);
      if (circuit.m_axis_tready) {
        std::copy_n(waiting.begin(), kOutWords, results + out * kOutWords);
        entered.pop_front();
        waiting.clear();
        ++out;
        last_move = cycle;
      }
    }
    if (offering && circuit.s_axis_tready) {
      entered.push_back(cycle);
      offering = false;
      ++in;
      last_move = cycle;
    }
    if (in == count && entered.empty()) ++idle;
    if (idle == 0 && cycle - last_move > kLongestWait) {
      fail("protocol violation: nothing moves any more; " + std::to_string(in) +
           " vectors entered, " + std::to_string(out) + " left");
    }
    tick(circuit);
    if (reset_again && in >= (count + 1) / 2) {
      reset_again = false;
      reset(circuit, random);
      entered.clear();
      waiting.clear();
      offering = false;
      in = out;
      last_move = cycle;
    }
  }
  circuit.final();
}
