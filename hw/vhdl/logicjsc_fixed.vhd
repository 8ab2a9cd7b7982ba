-- Numbers to fixed-point words, bit for bit as a trained network rounds float32 features.
--
-- value = word * 2**exponent. Words are rounded half up, in float32, or downwards, and saturate.
-- Numbers of VHDL are finite; what is not finite has no word, so hold in_valid low for it.

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use ieee.math_real.all;

package logicjsc_fixed is

  -- The word of a number that float32 holds.
  function to_word(
    value : real; exponent : integer; width : positive; is_signed : boolean; floors : boolean
  ) return std_logic_vector;

end package logicjsc_fixed;

package body logicjsc_fixed is

  -- The float32 that is nearest to a number of at least a half; ties go to the even one.
  function to_float32(value : real) return real is
    variable bound : real := 1.0;
    variable step : real := 2.0 ** (-24);
    variable steps, whole : real;
  begin
    if abs value < 0.5 then
      return value;
    end if;
    while abs value >= bound loop
      bound := bound * 2.0;
      step := step * 2.0;
    end loop;
    steps := abs value / step;
    whole := floor(steps);
    if steps - whole > 0.5 or (steps - whole = 0.5 and floor(whole / 2.0) * 2.0 /= whole) then
      whole := whole + 1.0;
    end if;
    return sign(value) * whole * step;
  end function;

  function to_word(
    value : real; exponent : integer; width : positive; is_signed : boolean; floors : boolean
  ) return std_logic_vector is
    constant FAR : real := 2.0 ** 26;  -- words have at most 24 bits
    variable scaled, lowest, highest : real;
  begin
    lowest := 0.0;
    highest := 2.0 ** width - 1.0;
    if is_signed then
      lowest := -(2.0 ** (width - 1));
      highest := 2.0 ** (width - 1) - 1.0;
    end if;
    -- Compared before it is divided, for the quotient may leave the range of numbers.
    if value >= FAR * 2.0 ** exponent then
      scaled := highest;
    elsif value <= -FAR * 2.0 ** exponent then
      scaled := lowest;
    elsif floors then
      scaled := floor(value / 2.0 ** exponent);
    else
      scaled := floor(to_float32(value / 2.0 ** exponent + 0.5));
    end if;
    scaled := realmin(realmax(scaled, lowest), highest);
    if is_signed then
      return std_logic_vector(to_signed(integer(scaled), width));
    end if;
    return std_logic_vector(to_unsigned(integer(scaled), width));
  end function;

end package body logicjsc_fixed;
