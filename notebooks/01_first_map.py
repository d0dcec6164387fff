# %% [markdown]
# # 1. A first map
#
# From files to a map of which addresses can be served, on Larkspur County. **Larkspur County does not exist**: its
# files are generated, so that everybody has something to try. Replace them with your own as soon as you like.

# %%
from pathlib import Path
from tempfile import mkdtemp

import fibermap
from fibermap.demo import write_county

addresses = 2_000  # about so many; 25_000 is the whole county and takes a minute or two

# %% [markdown]
# ## The files
#
# A plan from the design tool (KMZ), parts of it from ArcGIS, address tables, and the map around them.

# %%
county = write_county(Path(mkdtemp()), seed=7, addresses=addresses)
[path.name for path in county.inputs]

# %% [markdown]
# ## Ingest
#
# `":memory:"` keeps nothing. Give a file name, such as `fibermap.open("larkspur.duckdb")`, to keep the database.
#
# `yes=True` says yes to every finding that needs one. On a plan of your own, look at the dry run first: the next notebook
# does so.

# %%
fm = fibermap.open(":memory:")
fm.ingest(*county.inputs, yes=True, progress=False)

# %% [markdown]
# ## The state of the plan
#
# *Addresses* are what one can look up. *Units sold to* counts homes and businesses: a building of twelve flats is twelve, a
# barn is none.

# %%
fm.status()

# %% [markdown]
# ## The map
#
# It opens without a network: everything it needs is in it. Click an area or an address; zoom in; switch layers off. Below
# the map is the same as a table.

# %%
map_of_county = fm.map(gaps=True, title="Larkspur County (synthetic)")
map_of_county

# %% [markdown]
# A map is one file that you can mail. It stays below 3 MB: above 5,000 addresses they are grouped into circles, which split
# up as you zoom in.

# %%
target = county.folder / "larkspur.html"
map_of_county.save(str(target))
f"{target.stat().st_size / 1e6:.1f} MB"

# %% [markdown]
# ## Addresses as a frame
#
# `fm.addresses()` is a GeoDataFrame. Its argument is a condition in SQL, on the columns that you see here.

# %%
orderable = fm.addresses("orderable")
orderable[["full_address", "class", "technology", "area_name", "units"]].head()

# %%
assert set(orderable["class"]) == {"build"}
fm.close()
