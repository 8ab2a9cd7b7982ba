-- FOR SIMULATION ONLY: what AMD's LUT1 to LUT6, LUT6_2 and CARRY4 do, for the library ``unisim`` of
-- simulators that have none. Synthesis has cells of its own.
--
-- Input I0 is the lowest bit of the index into INIT. Tables are flipped so that bit 0 is 1, because
-- ghdl --synth 2.0 takes a constant for 0 if only bits above the lowest 32 are not.

library ieee;
use ieee.std_logic_1164.all;

package vcomponents is

  component LUT1 is
    generic (INIT : bit_vector := "00");
    port (I0 : in std_logic; O : out std_logic);
  end component;

  component LUT2 is
    generic (INIT : bit_vector := X"0");
    port (I0, I1 : in std_logic; O : out std_logic);
  end component;

  component LUT3 is
    generic (INIT : bit_vector := X"00");
    port (I0, I1, I2 : in std_logic; O : out std_logic);
  end component;

  component LUT4 is
    generic (INIT : bit_vector := X"0000");
    port (I0, I1, I2, I3 : in std_logic; O : out std_logic);
  end component;

  component LUT5 is
    generic (INIT : bit_vector := X"00000000");
    port (I0, I1, I2, I3, I4 : in std_logic; O : out std_logic);
  end component;

  component LUT6 is
    generic (INIT : bit_vector := X"0000000000000000");
    port (I0, I1, I2, I3, I4, I5 : in std_logic; O : out std_logic);
  end component;

  component LUT6_2 is
    generic (INIT : bit_vector := X"0000000000000000");
    port (I0, I1, I2, I3, I4, I5 : in std_logic; O5, O6 : out std_logic);
  end component;

  component CARRY4 is
    port (
      CI, CYINIT : in std_logic;
      DI, S : in std_logic_vector(3 downto 0);
      O, CO : out std_logic_vector(3 downto 0)
    );
  end component;

end package vcomponents;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity LUT1 is
  generic (INIT : bit_vector := "00");
  port (I0 : in std_logic; O : out std_logic);
end entity LUT1;

architecture model of LUT1 is
  constant TABLE : std_logic_vector(1 downto 0) := to_stdlogicvector(INIT);
  constant FLIPPED : std_logic_vector(1 downto 0) := TABLE xor (1 downto 0 => not TABLE(0));
  signal index : std_logic_vector(0 downto 0);
begin
  index <= "" & I0;
  O <= FLIPPED(to_integer(unsigned(index))) xor not TABLE(0);
end architecture model;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity LUT2 is
  generic (INIT : bit_vector := X"0");
  port (I0, I1 : in std_logic; O : out std_logic);
end entity LUT2;

architecture model of LUT2 is
  constant TABLE : std_logic_vector(3 downto 0) := to_stdlogicvector(INIT);
  constant FLIPPED : std_logic_vector(3 downto 0) := TABLE xor (3 downto 0 => not TABLE(0));
  signal index : std_logic_vector(1 downto 0);
begin
  index <= I1 & I0;
  O <= FLIPPED(to_integer(unsigned(index))) xor not TABLE(0);
end architecture model;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity LUT3 is
  generic (INIT : bit_vector := X"00");
  port (I0, I1, I2 : in std_logic; O : out std_logic);
end entity LUT3;

architecture model of LUT3 is
  constant TABLE : std_logic_vector(7 downto 0) := to_stdlogicvector(INIT);
  constant FLIPPED : std_logic_vector(7 downto 0) := TABLE xor (7 downto 0 => not TABLE(0));
  signal index : std_logic_vector(2 downto 0);
begin
  index <= I2 & I1 & I0;
  O <= FLIPPED(to_integer(unsigned(index))) xor not TABLE(0);
end architecture model;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity LUT4 is
  generic (INIT : bit_vector := X"0000");
  port (I0, I1, I2, I3 : in std_logic; O : out std_logic);
end entity LUT4;

architecture model of LUT4 is
  constant TABLE : std_logic_vector(15 downto 0) := to_stdlogicvector(INIT);
  constant FLIPPED : std_logic_vector(15 downto 0) := TABLE xor (15 downto 0 => not TABLE(0));
  signal index : std_logic_vector(3 downto 0);
begin
  index <= I3 & I2 & I1 & I0;
  O <= FLIPPED(to_integer(unsigned(index))) xor not TABLE(0);
end architecture model;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity LUT5 is
  generic (INIT : bit_vector := X"00000000");
  port (I0, I1, I2, I3, I4 : in std_logic; O : out std_logic);
end entity LUT5;

architecture model of LUT5 is
  constant TABLE : std_logic_vector(31 downto 0) := to_stdlogicvector(INIT);
  constant FLIPPED : std_logic_vector(31 downto 0) := TABLE xor (31 downto 0 => not TABLE(0));
  signal index : std_logic_vector(4 downto 0);
begin
  index <= I4 & I3 & I2 & I1 & I0;
  O <= FLIPPED(to_integer(unsigned(index))) xor not TABLE(0);
end architecture model;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity LUT6 is
  generic (INIT : bit_vector := X"0000000000000000");
  port (I0, I1, I2, I3, I4, I5 : in std_logic; O : out std_logic);
end entity LUT6;

architecture model of LUT6 is
  constant TABLE : std_logic_vector(63 downto 0) := to_stdlogicvector(INIT);
  constant FLIPPED : std_logic_vector(63 downto 0) := TABLE xor (63 downto 0 => not TABLE(0));
  signal index : std_logic_vector(5 downto 0);
begin
  index <= I5 & I4 & I3 & I2 & I1 & I0;
  O <= FLIPPED(to_integer(unsigned(index))) xor not TABLE(0);
end architecture model;

-- O5 looks up the lower half, whatever I5 is; with I5 at 1, O6 looks up the upper half.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity LUT6_2 is
  generic (INIT : bit_vector := X"0000000000000000");
  port (I0, I1, I2, I3, I4, I5 : in std_logic; O5, O6 : out std_logic);
end entity LUT6_2;

architecture model of LUT6_2 is
  constant TABLE : std_logic_vector(63 downto 0) := to_stdlogicvector(INIT);
  constant FLIPPED : std_logic_vector(63 downto 0) := TABLE xor (63 downto 0 => not TABLE(0));
  signal index : std_logic_vector(5 downto 0);
begin
  index <= I5 & I4 & I3 & I2 & I1 & I0;
  O5 <= FLIPPED(to_integer(unsigned(index(4 downto 0)))) xor not TABLE(0);
  O6 <= FLIPPED(to_integer(unsigned(index))) xor not TABLE(0);
end architecture model;

-- The carry comes in at CI or at CYINIT; the other one is 0.
library ieee;
use ieee.std_logic_1164.all;

entity CARRY4 is
  port (
    CI, CYINIT : in std_logic;
    DI, S : in std_logic_vector(3 downto 0);
    O, CO : out std_logic_vector(3 downto 0)
  );
end entity CARRY4;

architecture model of CARRY4 is
  signal carries : std_logic_vector(4 downto 0);
begin
  carries(0) <= CI or CYINIT;
  places : for place in 0 to 3 generate
    carries(place + 1) <= carries(place) when S(place) = '1' else DI(place);
  end generate;
  CO <= carries(4 downto 1);
  O <= S xor carries(3 downto 0);
end architecture model;
