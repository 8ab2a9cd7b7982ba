// Hands a Verilated circuit to a harness. Compiled with each circuit, and with
//
//   -DSTREAM=0 or 1              whether it speaks AXI4-Stream
//   -DNETLIST_DIGEST="..."       64 characters
//   -DLATENCY=n                  in cycles
//   -DIN_BITS=n -DOUT_BITS=n     of a sample and a result
//   -DIN_PORT=name -DOUT_PORT=name
//   -DIN_PORT_BITS=n -DOUT_PORT_BITS=n, as read from the Verilog text
//   -DBEATS=n                    a sample comes in so many parts, the lowest bits first
//   -DBATCH=n -DSTRIDE=n         so many results leave together, so many bits apart
//   -DCLOCK_ENABLE=0 or 1
//   -DASYNCHRONOUS=0 or 1        the reset
//   -DLAST=0 or 1 -DUSER_BITS=n  of a stream

#include "circuit.h"

#include "Vsim.h"
#include "verilated.h"

static_assert(sizeof(NETLIST_DIGEST) == 65, "the digest has 64 characters");
static_assert(IN_BITS % BEATS == 0, "a sample cannot be shared out among its beats");
static_assert(IN_PORT_BITS >= IN_BITS / BEATS, "the input is narrower than its port map");
static_assert(OUT_PORT_BITS == STRIDE * BATCH, "the output is not as wide as its port map");
static_assert(STRIDE >= OUT_BITS, "the results of a batch overlap");
static_assert(sizeof(Vsim::IN_PORT) * 8 >= IN_PORT_BITS, "the input is no port of its width");
static_assert(sizeof(Vsim::OUT_PORT) * 8 >= OUT_PORT_BITS, "the output is no port of its width");
#if STREAM
static_assert(IN_PORT_BITS % 8 == 0 && IN_PORT_BITS < IN_BITS / BEATS + 8,
              "s_axis_tdata is not the data in whole bytes");
static_assert(STRIDE % 8 == 0 && STRIDE < OUT_BITS + 8, "results do not have whole bytes");
#else
static_assert(IN_PORT_BITS == IN_BITS / BEATS, "the input is wider than its port map");
static_assert(LATENCY > 0 || !CLOCK_ENABLE, "there is a clock enable without a register");
#endif

const Shape kShape = {NETLIST_DIGEST, LATENCY, IN_BITS,   OUT_BITS,     IN_PORT_BITS, OUT_PORT_BITS,
                      BEATS,          BATCH,   STRIDE,    USER_BITS,    CLOCK_ENABLE, ASYNCHRONOUS,
                      LAST};

namespace {

struct Model {
  VerilatedContext context;
  Vsim circuit{&context};
};

void eval(void* model) { static_cast<Model*>(model)->circuit.eval(); }

template <typename Data>
Port port(Data& data) {
  return {static_cast<void*>(&data), sizeof data};
}

}  // namespace

Circuit open_circuit() {
  Model* const model = new Model;
  Vsim& vsim = model->circuit;
  Circuit circuit{};
  circuit.model = model;
  circuit.eval = eval;
  circuit.in = port(vsim.IN_PORT);
  circuit.out = port(vsim.OUT_PORT);
#if STREAM
  circuit.clk = &vsim.aclk;
  circuit.reset = &vsim.aresetn;
  circuit.in_valid = &vsim.s_axis_tvalid;
  circuit.in_ready = &vsim.s_axis_tready;
  circuit.out_valid = &vsim.m_axis_tvalid;
  circuit.out_ready = &vsim.m_axis_tready;
#if LAST
  circuit.in_last = &vsim.s_axis_tlast;
  circuit.out_last = &vsim.m_axis_tlast;
#if BATCH > 1
  circuit.out_keep = port(vsim.m_axis_tkeep);
#endif
#endif
#if USER_BITS > 0
  circuit.in_user = port(vsim.s_axis_tuser);
  circuit.out_user = port(vsim.m_axis_tuser);
#endif
#else
  circuit.in_valid = &vsim.in_valid;
  circuit.out_valid = &vsim.out_valid;
#if LATENCY > 0
  circuit.clk = &vsim.clk;
  circuit.reset = &vsim.rst;
#endif
#if CLOCK_ENABLE
  circuit.enable = &vsim.ce;
#endif
#endif
  return circuit;
}

void close_circuit(const Circuit& circuit) {
  Model* const model = static_cast<Model*>(circuit.model);
  model->circuit.final();
  delete model;
}
