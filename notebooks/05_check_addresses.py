# %% [markdown]
# # 5. Check addresses
#
# Can this address be served, with what, and from when? The answer is a verdict only where it is beyond doubt which address is
# meant. Everything else is a question back: a neighbour's verdict is the most expensive answer there is.

# %%
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd

import fibermap
from fibermap.demo import write_county

county = write_county(Path(mkdtemp()), seed=7, addresses=2_000)
fm = fibermap.open(":memory:")
fm.ingest(*county.inputs, yes=True, progress=False)
houses = fm.addresses("class = 'build' AND orderable AND unit IS NULL AND street_name NOT SIMILAR TO '.*[0-9].*'")
house = houses.sort_values("address_id").iloc[0]
house["full_address"]

# %% [markdown]
# ## One address
#
# As it is written, it is `matched`. With a slip of the finger it is `corrected`, and the fault is named.

# %%
fm.check(house["full_address"])

# %%
name = house["street_name"]
slip = house["full_address"].replace(name.title(), name.title() + name[-1].lower())
answer = fm.check(slip)
answer["match"]["status"], [fault["code"] for fault in answer["match"]["faults"]]

# %% [markdown]
# A house number is never guessed. That the street is there and the number is not is another answer than that there is no such
# street, and neither comes with a verdict.

# %%
there_is_no_such_number = fm.check("98765 " + house["full_address"].split(" ", 1)[1])
nobody_knows_it = fm.check("12 Nowhere In Particular Blvd, " + house["full_address"].split(", ", 1)[1])
[
    (said["match"]["status"], said["match"]["next_action"], said["serviceability"])
    for said in (there_is_no_such_number, nobody_knows_it)
]

# %% [markdown]
# By its fields, by its id, or by a place on the map. A place has the class that the plan gives it; it is an address only
# inside a footprint or a parcel, or where a single address lies within 15 m.

# %%
by_id = fm.check(address_id=int(house["address_id"]))
by_place = fm.check(lat=house["lat"], lon=house["lon"])
(
    by_id["serviceability"]["class"],
    by_place["serviceability"]["class"],
    by_place["match"]["address"],
)

# %% [markdown]
# ## Many addresses
#
# A frame with a column `q`, a list, or an Arrow table. The rows keep their order; `class` is empty unless the identity is
# settled.

# %%
asked = pd.DataFrame({"q": [*houses["full_address"].head(20), slip, "PO Box 12", "98765 Main St"]})
checked = fm.check_many(asked)
checked.df[["q", "status", "next_action", "score", "class"]].tail(6)

# %%
checked.df["status"].value_counts()

# %% [markdown]
# ## While a server has the file open
#
# One process owns the database. `fibermap serve --db plan.duckdb` answers many at once, and `fibermap.connect(url, key)` gives
# the same verbs in a notebook: `fm.check(...)`, `fm.check_many(...)`, `fm.ingest(...)`. See *Work while serving* in the how-tos.

# %%
fm.close()
