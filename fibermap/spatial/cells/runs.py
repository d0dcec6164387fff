"""Stretches of rings that pass through a cell, and which of a cell's parts covers a point.

Whether a point is inside a ring depends on the crossings of the ring with a ray going east. Inside one cell it is
enough to count crossings with the ring's runs there, because the rest of the ring adds the same parity for all points
of the cell, once the runs do not end in mid-air: think of every end that lies east of the cell as going on straight to
the south, never to come back. Such an end is crossed by the rays from all points south of it. Ends elsewhere are behind
the points, or above or below them.
"""

from __future__ import annotations

import numpy as np

from fibermap.spatial.cells.compiled import Floats, Records, compiled
from fibermap.spatial.cells.crossings import ON_EDGE, parity_of_crossings

ASK_GEOS = -2
"""The answer for a point that only GEOS can decide."""

RUN = np.dtype([(name, np.int32) for name in ("first", "edges", "flags", "place", "otherwise")])
"""``edges`` edges of a ring from vertex ``first`` on, and the place of their part.

Runs of a ring, rings of a part (the shell first), and parts of a cell (the best first) follow one another. After the
last of a cell ``otherwise`` is the answer if none of its parts covers the point; elsewhere it is negative. A shell that
encloses the whole cell needs no run; a hole that does, and touches a cell that is not wholly outside without it, has a
run without edges.
"""

ODD, FROM_EAST, TO_EAST, HOLE, ENDS_RING, ENDS_PART = 1, 2, 4, 8, 16, 32
"""Flags of a run: the rest of the ring is crossed oddly (in one run of the ring), it starts or ends east of the cell,
it belongs to a hole, it is the last of its ring or of its part."""


@compiled
def _parity(runs: Records, k: int, xy: Floats, x: float, y: float) -> int:
    """Return what a run adds to the parity of its ring, or what else the point is to one of its edges."""
    flags, first, last = runs[k].flags, runs[k].first, runs[k].first + runs[k].edges
    parity = parity_of_crossings(xy, first, last, x, y)
    if parity >= ON_EDGE:
        return parity
    from_east, to_east = (flags & FROM_EAST) != 0, (flags & TO_EAST) != 0
    return int(parity ^ (flags & ODD) ^ (from_east & (xy[first, 1] > y)) ^ (to_east & (xy[last, 1] > y)))


@compiled
def _end_of_part(runs: Records, k: int) -> int:
    while not runs[k].flags & ENDS_PART:
        k += 1
    return k


@compiled
def best_place(runs: Records, k: int, xy: Floats, x: float, y: float) -> int:
    """Return the best place in the list that starts at ``k``, asking each shell and then its holes, as GEOS does."""
    odd = 0
    while True:
        parity = _parity(runs, k, xy, x, y)
        if parity >= ON_EDGE:
            return int(runs[k].place) if parity == ON_EDGE else ASK_GEOS
        odd ^= parity
        flags = runs[k].flags
        if flags & ENDS_RING:
            is_outside = odd == ((flags & HOLE) != 0)
            if flags & ENDS_PART and not is_outside:
                return int(runs[k].place)
            if is_outside:
                k = _end_of_part(runs, k)
                if runs[k].otherwise >= 0:
                    return int(runs[k].otherwise)
            odd = 0
        k += 1
