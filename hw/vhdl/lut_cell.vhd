-- One look-up table of up to six inputs, for tools of any vendor; see lut_cell.v.

library ieee;
use ieee.std_logic_1164.all;
use work.logicjsc_support.all;

entity lut_cell is
  generic (
    INPUTS : positive := 6;
    TABLE  : std_logic_vector(63 downto 0) := (others => '0')
  );
  port (
    in_v  : in  std_logic_vector(INPUTS - 1 downto 0);
    out_v : out std_logic
  );
end entity lut_cell;

architecture rtl of lut_cell is
  attribute keep_hierarchy : string;
  attribute keep_hierarchy of rtl : architecture is "yes";

  -- ghdl --synth 2.0 takes a constant for 0 if only bits above the lowest 32 are not: so bit 0 is 1.
  constant FLIPPED : std_logic_vector(63 downto 0) := TABLE xor (63 downto 0 => not TABLE(0));
begin

  out_v <= look_up(FLIPPED(2 ** INPUTS - 1 downto 0), in_v) xor not TABLE(0);

end architecture rtl;
