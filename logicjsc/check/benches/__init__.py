"""The testbenches beside a circuit, run by simulators of others; one module per simulator."""
