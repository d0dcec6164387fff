# %% [markdown]
# # 4. Gaps
#
# Where are people whom the network does not reach, how many, and how far is it to them?

# %%
from pathlib import Path
from tempfile import mkdtemp

from fibermap.demo import write_county
from fibermap.kernel.settings import Settings
from fibermap.plan import Plan

addresses = 2_000
county = write_county(Path(mkdtemp()), seed=7, addresses=addresses)

# %% [markdown]
# A gap is a cluster of serviceable addresses beyond coverage, each within `gap_link_m` of the next, and at least
# `gap_minimum` of them. In the country houses stand apart, so this plan links them over 500 m.

# %%
fm = Plan.open(":memory:", settings=Settings(gap_link_m=500.0, gap_minimum=4))
fm.ingest(*county.inputs, yes=True, progress=False)
gaps = fm.gaps()
gaps

# %% [markdown]
# `addresses` counts units sold to, `points` the address points. `distance_m` is metres on the ground to the nearest area,
# terminal or route. Below, the distance in miles and addresses per mile of new route: a first order in which to look.

# %%
ranked = gaps.df.assign(miles=lambda gap: gap.distance_m / 1609.344)
ranked["addresses_per_mile"] = (ranked.addresses / ranked.miles.clip(lower=0.1)).round(1)
ranked = ranked.sort_values("addresses_per_mile", ascending=False).round(1)
ranked[["gap_id", "addresses", "miles", "addresses_per_mile"]].head(10)

# %% [markdown]
# ## On the map
#
# Dotted purple outlines.

# %%
fm.map("class = 'out-of-coverage'", gaps=True, title="Beyond coverage, Larkspur County (synthetic)")

# %% [markdown]
# ## What is in the largest gap
#
# Gaps are polygons, and addresses are points: any GIS question works on the two frames.

# %%
largest = gaps.gdf.iloc[0].geometry
beyond = fm.addresses("class = 'out-of-coverage' AND serviceable")
inside = beyond[beyond.intersects(largest)]
assert len(inside) >= 4
inside[["full_address", "kind", "units"]].head(10)

# %%
fm.close()
