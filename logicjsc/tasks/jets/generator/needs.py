"""What making jets uses."""

from __future__ import annotations

from typing import Final

from logicjsc.core.diagnosis import extra

NEEDS: Final = (extra("physics", "logicjsc data generate: jets by PYTHIA 8"),)
