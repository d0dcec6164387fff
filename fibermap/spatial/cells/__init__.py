"""Machine code for classifying by cells. Needs numba; imported only where the input is large.

Words: a *part* is one polygon; parts come in order of precedence. A *strip* is a horizontal slice of a part with the
edges that reach into it. A *cell* belongs to a square grid over all parts, in grid units ``u`` (east) and ``v``
(north); a coarse cell with edges in it is divided into a *block* of fine cells. A cell without edges lies wholly
inside or wholly outside every part, so it has one answer; any other has a list of parts to try, best first.
"""
