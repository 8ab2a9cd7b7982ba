// What the harnesses know of the circuit that they drive. They are compiled once for all circuits;
// circuit.cpp is compiled with each circuit and fills this in.

#ifndef LOGICJSC_CIRCUIT_H
#define LOGICJSC_CIRCUIT_H

#include <cstddef>
#include <cstdint>

// Numbers of the circuit, as read from its Verilog and manifest; circuit.cpp says what they are.
struct Shape {
  const char* digest;  // 64 characters
  std::uint64_t latency, in_bits, out_bits, in_port_bits, out_port_bits;
  std::uint64_t beats, batch, stride, user_bits;
  bool clock_enable, asynchronous, last;
};
extern const Shape kShape;

// A port of several bits, the lowest first.
struct Port {
  void* data;
  std::size_t bytes;  // what it takes in memory, not more than its bits in whole 64-bit words
};

// A circuit in simulation. What it lacks is null, or has no bytes.
struct Circuit {
  void* model;
  void (*eval)(void* model);
  // An AXI4-Stream has aclk, aresetn and both handshakes under these names.
  std::uint8_t *clk, *reset, *enable;
  std::uint8_t *in_valid, *in_ready, *in_last, *out_valid, *out_ready, *out_last;
  Port in, in_user, out, out_user, out_keep;

  void settle() const { eval(model); }
};

// A circuit of its own for each thread.
Circuit open_circuit();
void close_circuit(const Circuit& circuit);

#endif  // LOGICJSC_CIRCUIT_H
