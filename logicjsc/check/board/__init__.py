"""A circuit on a board, or the board in simulation: samples are streamed to it by a serial line."""
