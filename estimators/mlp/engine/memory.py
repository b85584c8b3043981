"""Memory of a training step: kept by the process, not given back and asked for again."""

from __future__ import annotations

import numpy as np

# Just below the 32 MiB up to which glibc's threshold may rise.
_LARGE = 31 << 20


def keep_freed_memory() -> None:
    """Let the C library keep what NumPy frees, so that the next step finds it ready.

    glibc gives memory back to the system when more of it is free than twice the largest block
    that was mapped and freed so far. A step that frees some megabytes would then have every page
    mapped anew in the next step, which takes longer than working on it. Freeing one large block
    raises that threshold; the block is never touched, so it takes no memory. With another C
    library nothing changes.
    """
    np.empty(_LARGE, dtype=np.uint8)
