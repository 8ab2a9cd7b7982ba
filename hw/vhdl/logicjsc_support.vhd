-- What the VHDL that logicjsc writes is made of: look-ups and choices as functions.
--
-- An address with a bit that is neither 0 nor 1 makes the result X, as in Verilog.

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

package logicjsc_support is

  -- Bit of a table at an address; bit 0 of a table is the answer at address 0.
  function look_up(table : std_logic_vector; address : std_logic_vector) return std_logic;

  -- The first where the selector is 1, else the second.
  function choose(selector, first, second : std_logic) return std_logic;
  function choose(selector : std_logic; first, second : std_logic_vector) return std_logic_vector;

end package logicjsc_support;

package body logicjsc_support is

  function look_up(table : std_logic_vector; address : std_logic_vector) return std_logic is
  begin
    if is_x(address) then
      return 'X';
    end if;
    return table(to_integer(unsigned(address)));
  end function;

  function choose(selector, first, second : std_logic) return std_logic is
  begin
    return (selector and first) or (not selector and second);
  end function;

  function choose(selector : std_logic; first, second : std_logic_vector) return std_logic_vector is
  begin
    return (selector and first) or (not selector and second);
  end function;

end package body logicjsc_support;
