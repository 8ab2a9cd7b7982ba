// A look-up table whose contents can be replaced: two banks of words in distributed RAM.
//
// The data path reads one bank at an address. The load port reads and writes a row of either bank,
// so that synthesis finds one port that writes and reads and one that reads. Every word has a
// parity bit, which is made where the word is written. Both banks start with INIT, row 0 at its
// lowest bits.

module table_memory #(
    parameter ADDRESS_BITS = 1,
    parameter WIDTH = 1,
    parameter [(WIDTH<<ADDRESS_BITS)-1:0] INIT = 0
) (
    input  wire                    clk,
    input  wire                    write,
    input  wire                    row_bank,
    input  wire [ADDRESS_BITS-1:0] row,
    input  wire [WIDTH-1:0]        data,
    output wire [WIDTH:0]          found,
    input  wire                    bank,
    input  wire [ADDRESS_BITS-1:0] address,
    output wire [WIDTH-1:0]        value
);

  localparam ROWS = 1 << ADDRESS_BITS;

  (* ram_style = "distributed", ramstyle = "MLAB, no_rw_check", syn_ramstyle = "distributed" *)
  reg [WIDTH:0] words[0:2*ROWS-1];

  integer i;
  initial
    for (i = 0; i < ROWS; i = i + 1) begin
      words[i] = {^INIT[i*WIDTH+:WIDTH], INIT[i*WIDTH+:WIDTH]};
      words[i+ROWS] = {^INIT[i*WIDTH+:WIDTH], INIT[i*WIDTH+:WIDTH]};
    end

  always @(posedge clk) if (write) words[{row_bank, row}] <= {^data, data};

  // The highest bit says that the parity is wrong.
  wire [WIDTH:0] word = words[{row_bank, row}];
  assign found = {^word, word[WIDTH-1:0]};

  // verilator lint_off UNUSEDSIGNAL
  wire [WIDTH:0] read = words[{bank, address}];
  // verilator lint_on UNUSEDSIGNAL
  assign value = read[WIDTH-1:0];

endmodule
