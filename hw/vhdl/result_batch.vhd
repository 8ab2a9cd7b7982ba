-- Puts several results side by side; see result_batch.v, of which this is the same in VHDL. Reset is
-- synchronous.

library ieee;
use ieee.std_logic_1164.all;

entity result_batch is
  generic (
    WIDTH : positive := 1;  -- bits of a result
    BATCH : positive := 2   -- results of a batch, two or more
  );
  port (
    clk         : in  std_logic;
    rst         : in  std_logic;
    enable      : in  std_logic;
    in_valid    : in  std_logic;
    in_ready    : out std_logic;
    in_data     : in  std_logic_vector(WIDTH - 1 downto 0);
    in_last     : in  std_logic;
    out_valid   : out std_logic;
    out_ready   : in  std_logic;
    out_data    : out std_logic_vector(BATCH * WIDTH - 1 downto 0);
    out_present : out std_logic_vector(BATCH - 1 downto 0);
    out_last    : out std_logic
  );
end entity result_batch;

architecture rtl of result_batch is

  signal complete     : std_logic;
  signal ready        : std_logic;
  signal taken        : std_logic;
  signal leaving      : std_logic;
  signal present      : std_logic_vector(BATCH - 1 downto 0);
  signal earlier      : std_logic_vector(BATCH - 2 downto 0);
  signal present_next : std_logic_vector(BATCH - 1 downto 0);
  signal place        : std_logic_vector(BATCH - 1 downto 0);

begin

  ready   <= not complete or out_ready;
  taken   <= enable and in_valid and ready;
  leaving <= enable and complete and out_ready;

  earlier      <= present(BATCH - 2 downto 0) when complete = '0' else (others => '0');
  present_next <= earlier & '1';
  place        <= present_next and not ('0' & earlier);

  in_ready    <= ready;
  out_valid   <= complete;
  out_present <= present;

  process (clk)
  begin
    if rising_edge(clk) then
      if rst = '1' then
        complete <= '0';
        present <= (others => '0');
      else
        if taken = '1' then
          complete <= in_last or present_next(BATCH - 1);
          present <= present_next;
        elsif leaving = '1' then
          complete <= '0';
          present <= (others => '0');
        end if;
      end if;
    end if;
  end process;

  process (clk)
  begin
    if rising_edge(clk) then
      if taken = '1' then
        out_last <= in_last;
      end if;
    end if;
  end process;

  numbers : for number in 0 to BATCH - 1 generate
    process (clk)
    begin
      if rising_edge(clk) then
        if (taken and place(number)) = '1' then
          out_data(WIDTH * number + WIDTH - 1 downto WIDTH * number) <= in_data;
        end if;
      end if;
    end process;
  end generate;

end architecture rtl;
