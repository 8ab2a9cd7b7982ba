// Drives a Verilated circuit with a file of vectors and writes its outputs to another.
//
// One vector enters per clock cycle, or one part of it. The harness checks the valid bit in every
// cycle: it must be 1 exactly LATENCY cycles after the last part of a batch's last vector came in, and
// must stay low during reset. With SEED, idle cycles with garbage on the inputs come between the
// vectors, single ones and long stretches, the clock enable falls at random (then nothing may move), and
// the circuit is reset once more in the middle: vectors on their way are lost and enter again. An
// asynchronous reset must work before the clock's edge, a synchronous one must not. A combinational
// circuit (latency 0) has no clock and is evaluated vector by vector. Many vectors are shared out
// among threads, each of which resets and drives a circuit of its own.

#include "harness.h"

namespace {

const bool kClocked = kShape.latency > 0;

void check_valid(bool actual, bool expected, std::uint64_t cycle) {
  if (actual != expected) {
    fail("protocol violation: out_valid is " + std::to_string(actual) + " in cycle " +
         std::to_string(cycle) + ", in_valid was " + std::to_string(expected) + " " +
         std::to_string(kShape.latency) + " cycles before");
  }
}

void enable(const Circuit& circuit, bool enabled) {
  if (circuit.enable) *circuit.enable = enabled;
}

void check_asynchronous(bool before, bool behind) {
  const bool expected = kShape.asynchronous ? false : before;
  if (behind != expected) {
    fail(kShape.asynchronous
             ? "protocol violation: rst waits for the clock, though it is asynchronous"
             : "protocol violation: rst does not wait for the clock");
  }
}

void reset(const Circuit& circuit, Random& random) {
  const bool before = *circuit.out_valid;
  *circuit.clk = 0;
  circuit.settle();
  *circuit.reset = 1;
  circuit.settle();
  check_asynchronous(before, *circuit.out_valid);
  *circuit.in_valid = 1;
  for (std::uint64_t cycle = 0; cycle < kShape.latency + 2; ++cycle) {
    put_garbage(circuit, random);
    // Reset asks for no enable.
    enable(circuit, random.next() % 2 == 0);
    *circuit.clk = 0;
    circuit.settle();
    // One edge with rst clears every valid bit, however long the pipeline is.
    if (cycle > 0 && *circuit.out_valid) fail("protocol violation: out_valid is 1 during reset");
    *circuit.clk = 1;
    circuit.settle();
  }
  // The clock is low when reset ends, so that nothing else happens then.
  *circuit.clk = 0;
  circuit.settle();
  *circuit.reset = 0;
}

}  // namespace

void simulate(const std::uint64_t* vectors, std::uint64_t count, bool disturb, std::uint64_t seed,
              std::uint64_t* results) {
  const Circuit circuit = open_circuit();
  Random random(seed);
  if (kClocked) reset(circuit, random);
  // The last vector comes again until a batch is complete; what that gives is left out.
  const std::uint64_t total = (count + kShape.batch - 1) / kShape.batch * kShape.batch;
  const std::size_t kHistory = kShape.latency + 1;
  std::vector<std::uint8_t> entered(kHistory, 0);  // whether the last cycles completed a batch
  std::size_t now = 0;
  std::uint64_t in = 0, out = 0, beat = 0;
  std::uint64_t idle_at_end = 0;
  Pauses pauses(disturb, seed + 1), stops(disturb && kShape.clock_enable, seed + 2);
  std::vector<std::uint64_t> held;  // a result that must stay while ce is 0
  bool reset_again = kClocked && disturb;
  // LATENCY cycles drain the pipeline; one more shows that no further output comes.
  for (std::uint64_t cycle = 0; idle_at_end <= kShape.latency; ++cycle) {
    const bool enabled = !stops.next();
    const bool more = in < total;
    const bool valid = enabled ? more && !pauses.next() : random.next() % 2 == 0;
    bool complete = false;
    if (valid && enabled) {
      put(circuit, vectors + std::min(in, count - 1) * kInWords, beat, random);
      if (++beat == kShape.beats) {
        beat = 0;
        ++in;
        complete = in % kShape.batch == 0;
      }
    } else {
      put_garbage(circuit, random);
    }
    if (!more && enabled) ++idle_at_end;
    *circuit.in_valid = valid;
    enable(circuit, enabled);
    if (kClocked) *circuit.clk = 0;
    circuit.settle();
    // The ring's next place is its oldest: the cycle LATENCY cycles ago.
    const std::size_t next = now + 1 == kHistory ? 0 : now + 1;
    if (enabled) entered[now] = complete;
    const bool expected = entered[next];
    check_valid(*circuit.out_valid, expected, cycle);
    if (expected && (!enabled || !held.empty())) {
      const std::vector<std::uint64_t> output = output_of(circuit);
      if (!held.empty() && output != held) {
        fail("protocol violation: the result changed in cycle " + std::to_string(cycle) +
             " although ce was 0");
      }
      held = output;
    }
    if (enabled) {
      now = next;
      held.clear();
      if (expected) {
        if (kShape.batch == 1) {
          get_words(circuit.out, results + out * kOutWords);
        } else {
          const std::vector<std::uint64_t> output = output_of(circuit);
          for (std::uint64_t place = 0; place < kShape.batch && out + place < count; ++place) {
            take(output, place, results + (out + place) * kOutWords);
          }
        }
        out += kShape.batch;
      }
    }
    if (!kClocked) continue;
    *circuit.clk = 1;
    circuit.settle();
    // A result on the port shows when reset works; at the end there may be none.
    if (reset_again && in >= (count + 1) / 2 && (*circuit.out_valid || idle_at_end > 0)) {
      reset_again = false;
      reset(circuit, random);
      entered.assign(kHistory, 0);
      held.clear();
      in = out;
      beat = 0;
      idle_at_end = 0;
    }
  }
  if (out != total) {
    fail("protocol violation: " + std::to_string(count) + " vectors entered, " +
         std::to_string(std::min(out, count)) + " left");
  }
  close_circuit(circuit);
}
