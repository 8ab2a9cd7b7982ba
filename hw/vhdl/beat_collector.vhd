-- Puts a sample together that comes in several beats; see beat_collector.v, of which this is the same
-- in VHDL. Reset is synchronous.

library ieee;
use ieee.std_logic_1164.all;

entity beat_collector is
  generic (
    WIDTH : positive := 1;  -- bits of a beat
    BEATS : positive := 2   -- beats of a sample, two or more
  );
  port (
    clk       : in  std_logic;
    rst       : in  std_logic;
    enable    : in  std_logic;
    in_valid  : in  std_logic;
    in_ready  : out std_logic;
    in_data   : in  std_logic_vector(WIDTH - 1 downto 0);
    out_valid : out std_logic;
    out_ready : in  std_logic;
    out_data  : out std_logic_vector(BEATS * WIDTH - 1 downto 0)
  );
end entity beat_collector;

architecture rtl of beat_collector is

  signal filled      : std_logic_vector(BEATS - 2 downto 0);  -- a one for every beat that is stored
  signal filled_next : std_logic_vector(BEATS - 1 downto 0);
  signal stored      : std_logic_vector((BEATS - 1) * WIDTH - 1 downto 0);
  signal collected   : std_logic_vector(BEATS * WIDTH - 1 downto 0);
  signal last        : std_logic;
  signal ready       : std_logic;

begin

  filled_next <= filled & '1';
  last        <= filled_next(BEATS - 1);
  ready       <= not last or out_ready;
  collected   <= in_data & stored;

  in_ready  <= ready;
  out_valid <= in_valid and last;
  out_data  <= collected;

  process (clk)
  begin
    if rising_edge(clk) then
      if rst = '1' then
        filled <= (others => '0');
      else
        if (enable and in_valid and ready) = '1' then
          if last = '1' then
            filled <= (others => '0');
          else
            filled <= filled_next(BEATS - 2 downto 0);
          end if;
        end if;
      end if;
    end if;
  end process;

  process (clk)
  begin
    if rising_edge(clk) then
      if (enable and in_valid and ready) = '1' then
        stored <= collected(BEATS * WIDTH - 1 downto WIDTH);
      end if;
    end if;
  end process;

end architecture rtl;
