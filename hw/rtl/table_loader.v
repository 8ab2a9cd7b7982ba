// Loads tables through AXI4-Lite into the bank that does not answer, commits them, and scrubs.
//
// An image is a sequence of words written to DATA: eight of the wiring digest, the rows of all
// tables, and the CRC-32 of all of that. COMMIT lets both banks change their roles in one clock
// cycle, from which on samples that enter the network take the new tables. Afterwards, when the
// last sample of the old tables has left, the new ones are copied into the other bank. While both
// banks are equal, a word of wrong parity is replaced by that of the other bank; otherwise it is
// reported. A reset ends a load, and keeps the tables that answer.

module table_loader #(
    parameter NODE_BITS = 1,
    parameter ROW_BITS = 1,
    parameter WIDTH = 1,
    parameter [NODE_BITS-1:0] LAST_NODE = 0,
    parameter [31:0] WORDS = 0,
    parameter [15:0] DRAIN = 0,
    parameter [255:0] WIRING = 0
) (
    input  wire                 clk,
    input  wire                 rst,
    input  wire                 s_axil_awvalid,
    output wire                 s_axil_awready,
    input  wire [11:0]          s_axil_awaddr,
    input  wire                 s_axil_wvalid,
    output wire                 s_axil_wready,
    input  wire [31:0]          s_axil_wdata,
    input  wire [3:0]           s_axil_wstrb,
    output reg                  s_axil_bvalid,
    input  wire                 s_axil_bready,
    output reg  [1:0]           s_axil_bresp,
    input  wire                 s_axil_arvalid,
    output wire                 s_axil_arready,
    input  wire [11:0]          s_axil_araddr,
    output reg                  s_axil_rvalid,
    input  wire                 s_axil_rready,
    output reg  [31:0]          s_axil_rdata,
    output reg  [1:0]           s_axil_rresp,
    output reg                  bank,
    output reg  [NODE_BITS-1:0] node,
    output reg  [ROW_BITS-1:0]  row,
    output reg                  row_bank,
    output reg                  write,
    output reg  [WIDTH-1:0]     data,
    input  wire [ROW_BITS-1:0]  last_row,
    input  wire [WIDTH:0]       found
);

  localparam [11:0] CONTROL = 12'h004, DATA = 12'h00c;
  localparam [31:0] BEGIN = 1, COMMIT = 2, ABANDON = 4, CLEAR = 8;
  localparam [1:0] OKAY = 2'b00, SLVERR = 2'b10;
  localparam [2:0] STEP = 0, STORE = 1, READ = 2, READ_OTHER = 3, REPAIR = 4, DRAINING = 5;
  localparam [3:0] ROWS = 8, CHECKSUM = 9;

  function [31:0] crc_after(input [31:0] crc, input [31:0] word);
    integer i;
    begin
      crc_after = crc ^ word;
      for (i = 0; i < 32; i = i + 1)
        crc_after = {1'b0, crc_after[31:1]} ^ (crc_after[0] ? 32'hedb88320 : 32'd0);
    end
  endfunction

  reg [2:0] state;
  reg loading, complete, copying, synchronised, spoilt, wrong_wiring, wrong_checksum;
  reg [3:0] place;  // in the image: a word of the digest, ROWS or CHECKSUM
  reg [31:0] crc;
  reg [NODE_BITS-1:0] load_node, scan_node;
  reg [ROW_BITS-1:0] load_row, scan_row;
  reg [1:0] waited;
  reg [15:0] drained;
  reg [WIDTH:0] first;
  reg [31:0] corrected, uncorrectable, passes;

  initial bank = 1'b0;

  // A write is taken between two steps of the scrubber.
  wire take = s_axil_awvalid & s_axil_wvalid & ~s_axil_bvalid & (state == STEP);
  assign s_axil_awready = take;
  assign s_axil_wready = take;
  wire control = s_axil_awaddr == CONTROL;
  wire commit = control & (s_axil_wdata == COMMIT) & complete;
  wire okay = (s_axil_wstrb == 4'hf) & ((s_axil_awaddr == DATA) ? loading :
      control & ((s_axil_wdata == BEGIN) | (s_axil_wdata == ABANDON) | (s_axil_wdata == CLEAR) | commit));

  // No reset: the tables that were committed last keep answering.
  always @(posedge clk) if (take & okay & commit & ~rst) bank <= ~bank;

  wire last_of_node = row == last_row;
  wire last_of_all = last_of_node & (node == LAST_NODE);
  wire dirty = loading | complete;
  wire ends = (state == READ) & (waited == 2'd3) & (copying | ~synchronised)
            | (state == READ_OTHER) & (waited == 2'd3);

  always @(posedge clk) begin
    if (rst) begin
      state <= STEP;
      {loading, complete, synchronised, spoilt, wrong_wiring, wrong_checksum} <= 6'd0;
      copying <= 1'b1;
      place <= 4'd0;
      crc <= 32'd0;
      {load_node, scan_node} <= 0;
      {load_row, scan_row} <= 0;
      waited <= 2'd0;
      drained <= 16'd0;
      first <= 0;
      {corrected, uncorrectable, passes} <= 96'd0;
      s_axil_bvalid <= 1'b0;
      s_axil_bresp <= OKAY;
      {node, row, row_bank, write, data} <= 0;
    end else begin
      write <= 1'b0;
      waited <= waited + 2'd1;
      if (s_axil_bready) s_axil_bvalid <= 1'b0;
      case (state)
        STEP:
        if (take) begin
          s_axil_bvalid <= 1'b1;
          s_axil_bresp  <= okay ? OKAY : SLVERR;
          if (okay & control)
            case (s_axil_wdata)
              BEGIN: begin
                {loading, complete, copying, synchronised} <= 4'b1000;
                {wrong_wiring, wrong_checksum} <= 2'b00;
                place <= 4'd0;
                crc <= 32'hffffffff;
                load_node <= 0;
                load_row <= 0;
              end
              COMMIT: begin
                complete <= 1'b0;
                drained <= 16'd0;
                state <= DRAINING;
              end
              ABANDON: begin
                {loading, complete} <= 2'b00;
                if (dirty) begin
                  {copying, spoilt} <= 2'b10;
                  scan_node <= 0;
                  scan_row <= 0;
                end
              end
              default: {corrected, uncorrectable, passes, wrong_wiring, wrong_checksum} <= 98'd0;
            endcase
          if (okay & ~control) begin
            crc <= crc_after(crc, s_axil_wdata);
            if (place < ROWS) begin
              place <= place + 4'd1;
              if (s_axil_wdata != WIRING[{place[2:0], 5'd0}+:32]) begin
                {loading, wrong_wiring} <= 2'b01;
                {copying, spoilt} <= 2'b10;
                scan_node <= 0;
                scan_row <= 0;
              end
            end else if (place == ROWS) begin
              node <= load_node;
              row <= load_row;
              row_bank <= ~bank;
              data <= s_axil_wdata[WIDTH-1:0];
              write <= 1'b1;
              state <= STORE;
            end else begin
              loading <= 1'b0;
              if (s_axil_wdata == ~crc) complete <= 1'b1;
              else begin
                wrong_checksum <= 1'b1;
                {copying, spoilt} <= 2'b10;
                scan_node <= 0;
                scan_row <= 0;
              end
            end
          end
        end else begin
          node <= scan_node;
          row <= scan_row;
          row_bank <= bank;
          waited <= 2'd0;
          state <= READ;
        end
        STORE: begin
          load_row <= last_of_node ? 0 : row + 1'b1;
          if (last_of_node) load_node <= node + 1'b1;
          if (last_of_all) place <= CHECKSUM;
          state <= STEP;
        end
        READ:  // the bank that answers
        if (waited == 2'd3) begin
          first <= found;
          state <= STEP;
          if (copying & ~found[WIDTH]) begin
            row_bank <= ~bank;
            data <= found[WIDTH-1:0];
            write <= 1'b1;
            state <= REPAIR;
          end else if (synchronised) begin
            row_bank <= ~bank;
            state <= READ_OTHER;
          end else if (found[WIDTH]) begin
            spoilt <= 1'b1;
            uncorrectable <= uncorrectable + 32'd1;
          end
        end
        READ_OTHER:
        if (waited == 2'd3) begin
          state <= STEP;
          if (first[WIDTH] != found[WIDTH]) begin
            row_bank <= first[WIDTH] ? bank : ~bank;
            data <= first[WIDTH] ? found[WIDTH-1:0] : first[WIDTH-1:0];
            write <= 1'b1;
            corrected <= corrected + 32'd1;
            state <= REPAIR;
          end else if (first[WIDTH] | (first != found)) uncorrectable <= uncorrectable + 32'd1;
        end
        DRAINING: begin
          drained <= drained + 16'd1;
          if (drained == DRAIN) begin
            {copying, spoilt} <= 2'b10;
            scan_node <= 0;
            scan_row <= 0;
            state <= STEP;
          end
        end
        default: state <= STEP;  // REPAIR: the word is being written
      endcase
      if (ends) begin
        scan_row <= last_of_node ? 0 : row + 1'b1;
        if (last_of_node) scan_node <= last_of_all ? 0 : node + 1'b1;
        if (last_of_all) begin
          passes  <= passes + 32'd1;
          copying <= 1'b0;
          if (copying) synchronised <= ~spoilt & ~found[WIDTH];
        end
      end
    end
  end

  // Reading registers.
  wire [31:0] status = {
    23'd0, uncorrectable != 0, corrected != 0, wrong_checksum, wrong_wiring,
    synchronised, copying, complete, loading, bank
  };
  reg [31:0] chosen;
  reg known;
  always @* begin
    known  = (s_axil_araddr[11:6] == 6'd0) & (s_axil_araddr[1:0] == 2'd0);
    chosen = 32'd0;
    if (s_axil_araddr[5]) chosen = WIRING[{s_axil_araddr[4:2], 5'd0}+:32];
    else
      case (s_axil_araddr[4:2])
        3'd0: chosen = 32'h4c4a5254;
        3'd2: chosen = status;
        3'd4: chosen = corrected;
        3'd5: chosen = uncorrectable;
        3'd6: chosen = WORDS;
        3'd7: chosen = passes;
        default: known = 1'b0;  // CONTROL and DATA are written only
      endcase
  end

  assign s_axil_arready = ~s_axil_rvalid;
  always @(posedge clk) begin
    if (rst) begin
      s_axil_rvalid <= 1'b0;
      s_axil_rresp  <= OKAY;
      s_axil_rdata  <= 32'd0;
    end else if (s_axil_rvalid) begin
      if (s_axil_rready) s_axil_rvalid <= 1'b0;
    end else if (s_axil_arvalid) begin
      s_axil_rvalid <= 1'b1;
      s_axil_rresp  <= known ? OKAY : SLVERR;
      s_axil_rdata  <= known ? chosen : 32'd0;
    end
  end

endmodule
