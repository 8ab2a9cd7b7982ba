// One copy of a register that is held three times, each by a copy of the whole circuit.
//
// It gives what it holds to the other copies, takes what all three hold, and gives the majority on, so
// that a flipped bit, or a wrong value that reached one copy, changes nothing. Whoever wants to keep
// the value feeds it back from the vote, so that a flipped bit lasts one cycle. Reset is synchronous,
// and there is none if RESETS is 0.

module voted_register #(
    parameter WIDTH = 1,
    parameter RESETS = 1,
    parameter [WIDTH-1:0] CLEARED = {WIDTH{1'b0}}  // value that a reset gives
) (
    input  wire             clk,
    input  wire             rst,
    input  wire [WIDTH-1:0] next,
    output wire [WIDTH-1:0] value,
    output wire [WIDTH-1:0] held,    // what this copy holds
    input  wire [WIDTH-1:0] held_a,  // what the three copies hold, this one included
    input  wire [WIDTH-1:0] held_b,
    input  wire [WIDTH-1:0] held_c
);

  (* preserve, dont_merge, syn_preserve = 1 *) reg [WIDTH-1:0] state;
  assign held = state;

  genvar place;
  generate
    for (place = 0; place < WIDTH; place = place + 1) begin : votes
      // Two that agree are right; else the third one agrees with one of them.
      assign value[place] = held_a[place] ^ held_b[place] ? held_c[place] : held_a[place];
    end
  endgenerate

  generate
    if (RESETS != 0) begin : resetting
      always @(posedge clk) begin
        if (rst) state <= CLEARED;
        else state <= next;
      end
    end else begin : free
      // verilator lint_off UNUSEDSIGNAL
      wire unused = rst;
      // verilator lint_on UNUSEDSIGNAL
      always @(posedge clk) begin
        state <= next;
      end
    end
  endgenerate

endmodule
