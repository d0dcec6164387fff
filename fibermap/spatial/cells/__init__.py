"""Machine code for classifying by cells. Needs numba; imported only where the input is large.

Words: a *part* is one polygon, a shell and its holes; parts come in order of precedence, and a part's *place* is that
of its area in this order. A *cell* belongs to a square grid over all parts, in grid units ``u`` (east) and ``v``
(north); a coarse cell with edges in it is divided into a *block* of fine cells. A *run* is a stretch of a ring, edge
after edge as the ring has them. A cell without edges lies wholly inside or wholly outside every part, so it has one
answer; any other has the runs that pass through it, the best part's first.
"""
