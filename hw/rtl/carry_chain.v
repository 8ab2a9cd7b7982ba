// A carry chain of AMD's devices, of any length: CARRY4 above CARRY4.
//
// At every place, sum is select ^ carry, and the carry of the next place is carry where select is 1
// and data where it is 0. An addition of a and b has data a and select a ^ b. START is the carry of
// the first place. UltraScale devices have CARRY8, into which Vivado turns pairs of CARRY4.

module carry_chain #(
    parameter WIDTH = 4,
    parameter START = 0
) (
    input  wire [WIDTH-1:0] select,
    input  wire [WIDTH-1:0] data,
    output wire [WIDTH-1:0] sum,
    output wire             carry
);

  localparam CELLS = (WIDTH + 3) / 4;

  wire [4*CELLS-1:0] selects = {{(4 * CELLS - WIDTH) {1'b0}}, select};
  wire [4*CELLS-1:0] datas = {{(4 * CELLS - WIDTH) {1'b0}}, data};

  // Places above the chain are there, but idle.
  // verilator lint_off UNUSEDSIGNAL
  wire [4*CELLS-1:0] sums;
  wire [  4*CELLS:0] carries;
  // verilator lint_on UNUSEDSIGNAL

  assign carries[0] = 1'b0;

  genvar cell_number;
  generate
    for (cell_number = 0; cell_number < CELLS; cell_number = cell_number + 1) begin : cells
      CARRY4 carry4 (
          .CI(carries[4*cell_number]),
          .CYINIT(cell_number == 0 && START != 0),
          .DI(datas[4*cell_number+:4]),
          .S(selects[4*cell_number+:4]),
          .O(sums[4*cell_number+:4]),
          .CO(carries[4*cell_number+1+:4])
      );
    end
  endgenerate

  assign sum = sums[WIDTH-1:0];
  assign carry = carries[WIDTH];

endmodule
