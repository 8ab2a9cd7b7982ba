from __future__ import annotations

import os

# Several test processes share the cores; torch's threads would spin against each other. Set before
# anything imports torch, and inherited by the programs that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")
