-- A carry chain of AMD's devices, of any length: CARRY4 above CARRY4; see carry_chain.v.

library ieee;
use ieee.std_logic_1164.all;
library unisim;
use unisim.vcomponents.all;

entity carry_chain is
  generic (
    WIDTH : positive := 4;
    START : natural  := 0
  );
  port (
    select_v : in  std_logic_vector(WIDTH - 1 downto 0);
    data     : in  std_logic_vector(WIDTH - 1 downto 0);
    sum      : out std_logic_vector(WIDTH - 1 downto 0);
    carry    : out std_logic
  );
end entity carry_chain;

architecture rtl of carry_chain is

  constant CELLS : positive := (WIDTH + 3) / 4;

  -- Places above the chain are there, but idle.
  signal selects : std_logic_vector(4 * CELLS - 1 downto 0);
  signal datas   : std_logic_vector(4 * CELLS - 1 downto 0);
  signal sums    : std_logic_vector(4 * CELLS - 1 downto 0);
  signal starts  : std_logic_vector(CELLS - 1 downto 0);
  signal carries : std_logic_vector(4 * CELLS downto 0);

begin

  selects <= (4 * CELLS - WIDTH - 1 downto 0 => '0') & select_v;
  datas   <= (4 * CELLS - WIDTH - 1 downto 0 => '0') & data;

  carries(0) <= '0';

  -- The carry of the first place.
  starts <= (0 => '1', others => '0') when START /= 0 else (others => '0');

  places : for place in 0 to CELLS - 1 generate
    cell : CARRY4
      port map (
        CI     => carries(4 * place),
        CYINIT => starts(place),
        DI     => datas(4 * place + 3 downto 4 * place),
        S      => selects(4 * place + 3 downto 4 * place),
        O      => sums(4 * place + 3 downto 4 * place),
        CO     => carries(4 * place + 4 downto 4 * place + 1)
      );
  end generate;

  sum   <= sums(WIDTH - 1 downto 0);
  carry <= carries(WIDTH);

end architecture rtl;
