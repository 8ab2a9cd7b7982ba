// Drives a Verilated circuit with a file of vectors and writes its outputs to another.
//
// One vector enters per clock cycle. The harness checks the valid bit in every cycle: it must be
// in_valid of LATENCY cycles ago and must stay low during reset. With SEED, idle cycles with
// garbage on the inputs come between the vectors, single ones and long stretches, and the circuit is
// reset once more in the middle: vectors on their way are lost and enter again. A combinational
// circuit (latency 0) has no clock and is evaluated vector by vector. Many vectors are shared out
// among threads, each of which resets and drives a circuit of its own.

#include "harness.h"

namespace {

void check_valid(bool actual, bool expected, std::uint64_t cycle) {
  if (actual != expected) {
    fail("protocol violation: out_valid is " + std::to_string(actual) + " in cycle " +
         std::to_string(cycle) + ", in_valid was " + std::to_string(expected) + " " +
         std::to_string(LATENCY) + " cycles before");
  }
}

#if LATENCY > 0
void reset(Vsim& circuit, Random& random) {
  circuit.rst = 1;
  circuit.in_valid = 1;
  for (int cycle = 0; cycle < LATENCY + 2; ++cycle) {
    put_garbage(circuit, random);
    circuit.clk = 0;
    circuit.eval();
    // One edge with rst clears every valid bit, however long the pipeline is.
    if (cycle > 0 && circuit.out_valid) fail("protocol violation: out_valid is 1 during reset");
    circuit.clk = 1;
    circuit.eval();
  }
  circuit.rst = 0;
}
#endif

}  // namespace

void simulate(const std::uint64_t* vectors, std::uint64_t count, bool disturb, std::uint64_t seed,
              std::uint64_t* results) {
  const std::unique_ptr<VerilatedContext> context(new VerilatedContext);
  const std::unique_ptr<Vsim> owner(new Vsim(context.get()));
  Vsim& circuit = *owner;
  Random random(seed);
#if LATENCY > 0
  reset(circuit, random);
#endif
  constexpr std::size_t kHistory = LATENCY + 1;
  std::vector<std::uint8_t> entered(kHistory, 0);  // in_valid of the last cycles, as a ring
  std::size_t now = 0;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t idle_at_end = 0;
  Pauses pauses(disturb, seed + 1);
#if LATENCY > 0
  bool reset_again = disturb;
#endif
  // LATENCY cycles drain the pipeline; one more shows that no further output comes.
  for (std::uint64_t cycle = 0; idle_at_end <= LATENCY; ++cycle) {
    const bool more = in < count;
    const bool valid = more && !pauses.next();
    if (valid) {
      put(circuit, vectors + in * kInWords);
      ++in;
    } else {
      put_garbage(circuit, random);
    }
    if (!more) ++idle_at_end;
    circuit.in_valid = valid;
#if LATENCY > 0
    circuit.clk = 0;
#endif
    circuit.eval();
    entered[now] = valid;
    now = now + 1 == kHistory ? 0 : now + 1;
    // The ring's next place is its oldest: the cycle LATENCY cycles ago.
    const bool expected = entered[now];
    check_valid(circuit.out_valid, expected, cycle);
    if (expected) {
      get(circuit, results + out * kOutWords);
      ++out;
    }
#if LATENCY > 0
    circuit.clk = 1;
    circuit.eval();
    if (reset_again && in >= (count + 1) / 2) {
      reset_again = false;
      reset(circuit, random);
      entered.assign(kHistory, 0);
      in = out;
    }
#endif
  }
  if (out != count) {
    fail("protocol violation: " + std::to_string(count) + " vectors entered, " +
         std::to_string(out) + " left");
  }
  circuit.final();
}
