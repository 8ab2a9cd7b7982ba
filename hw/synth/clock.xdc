# A clock of @PERIOD@ ns, and no time lost outside: a path from an input or to an output has a whole
# clock cycle, as if there were a register at its far end.
@CREATE@
set_input_delay -clock clock 0.000 [get_ports -filter {DIRECTION == IN && NAME != @PORT@}]
set_output_delay -clock clock 0.000 [all_outputs]
