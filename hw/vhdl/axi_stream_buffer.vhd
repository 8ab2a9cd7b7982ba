-- Lets a circuit wait for its reader; see axi_stream_buffer.v, of which this is the same in VHDL.

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity axi_stream_buffer is
  generic (
    WIDTH      : positive := 1;  -- bits of a result
    DEPTH_BITS : positive := 2   -- the buffer has 2**DEPTH_BITS places
  );
  port (
    aclk          : in  std_logic;
    aresetn       : in  std_logic;
    s_axis_tvalid : in  std_logic;
    s_axis_tready : out std_logic;
    m_axis_tready : in  std_logic;
    m_axis_tvalid : out std_logic;
    m_axis_tdata  : out std_logic_vector(WIDTH - 1 downto 0);
    accepted      : out std_logic;  -- an input enters the circuit
    result_valid  : in  std_logic;  -- a result leaves the circuit
    result        : in  std_logic_vector(WIDTH - 1 downto 0)
  );
end entity axi_stream_buffer;

architecture rtl of axi_stream_buffer is

  constant NONE : unsigned(DEPTH_BITS downto 0) := (others => '0');

  type places_t is array (0 to 2 ** DEPTH_BITS - 1) of std_logic_vector(WIDTH - 1 downto 0);

  signal ready      : std_logic;  -- some place is free
  signal free       : unsigned(DEPTH_BITS downto 0);  -- places neither filled nor promised
  signal free_next  : unsigned(DEPTH_BITS downto 0);
  signal write_next : unsigned(DEPTH_BITS downto 0);  -- one bit more than a place has
  signal read_next  : unsigned(DEPTH_BITS downto 0);
  signal entering   : std_logic;
  signal offered    : std_logic;
  signal leaving    : std_logic;
  signal places     : places_t;

begin

  entering <= s_axis_tvalid and ready;
  offered  <= '1' when write_next /= read_next else '0';
  leaving  <= offered and m_axis_tready;

  free_next <= free + ("" & leaving) - ("" & entering);

  s_axis_tready <= ready;
  accepted      <= entering;
  m_axis_tvalid <= offered;
  m_axis_tdata  <= places(to_integer(read_next(DEPTH_BITS - 1 downto 0)));

  process (aclk)
  begin
    if rising_edge(aclk) then
      if aresetn = '0' then
        ready      <= '0';
        free       <= NONE;
        free(DEPTH_BITS) <= '1';
        write_next <= NONE;
        read_next  <= NONE;
      else
        ready <= '1' when free_next /= NONE else '0';
        free  <= free_next;
        if result_valid = '1' then
          write_next <= write_next + 1;
        end if;
        if leaving = '1' then
          read_next <= read_next + 1;
        end if;
      end if;
    end if;
  end process;

  process (aclk)
  begin
    if rising_edge(aclk) then
      if result_valid = '1' then
        places(to_integer(write_next(DEPTH_BITS - 1 downto 0))) <= result;
      end if;
    end if;
  end process;

end architecture rtl;
