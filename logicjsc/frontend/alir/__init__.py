"""Programs of fixed-point operations: ALIR of alkaid and DAIS of da4ml, as HGQ models end in."""
