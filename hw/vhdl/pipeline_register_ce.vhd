-- One rank of pipeline registers with a clock enable; see pipeline_register_ce.v.
--
-- Reset is synchronous, works whatever ce is, and clears the valid bit only.

library ieee;
use ieee.std_logic_1164.all;

entity pipeline_register_ce is
  generic (
    WIDTH : positive := 1
  );
  port (
    clk       : in  std_logic;
    rst       : in  std_logic;
    ce        : in  std_logic;
    in_valid  : in  std_logic;
    in_data   : in  std_logic_vector(WIDTH - 1 downto 0);
    out_valid : out std_logic;
    out_data  : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity pipeline_register_ce;

architecture rtl of pipeline_register_ce is
begin

  process (clk)
  begin
    if rising_edge(clk) then
      if rst = '1' then
        out_valid <= '0';
      else
        if ce = '1' then
          out_valid <= in_valid;
        end if;
      end if;
    end if;
  end process;

  process (clk)
  begin
    if rising_edge(clk) then
      if ce = '1' then
        out_data <= in_data;
      end if;
    end if;
  end process;

end architecture rtl;
