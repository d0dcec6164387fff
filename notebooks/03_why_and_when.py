# %% [markdown]
# # 3. Why, and when
#
# Why is an address what it is? What did we know in the spring? What will it be next year? Each has one call.

# %%
from datetime import date
from pathlib import Path
from tempfile import mkdtemp

import fibermap
from fibermap.demo import write_county

addresses = 2_000
county = write_county(Path(mkdtemp()), seed=7, addresses=addresses)
fm = fibermap.open(":memory:")
fm.ingest(*county.inputs, yes=True, progress=False)
fm.status().value["plan_version"]

# %% [markdown]
# ## Check
#
# As a customer would type it. An address that does not exist never comes back as one that does.

# %%
houses = fm.addresses("class = 'pre-build' AND serviceable AND expected_live_on IS NOT NULL AND unit IS NULL")
some = houses.sort_values("address_id").iloc[0]
fm.check(some["full_address"])

# %%
fm.check("99999 " + some["full_address"].split(" ", 1)[1])

# %% [markdown]
# A place instead of an address: where it lies, and which addresses are near.

# %%
fm.check(lat=some["lat"], lon=some["lon"])

# %% [markdown]
# ## Why
#
# Step by step, for each technology: which areas cover it, which one decides, what its status rests on and in which row of
# which file it stands. The explanation derives the verdict again; it does not just recite what is stored.

# %%
address_id = int(some["address_id"])
fm.explain(address_id)

# %% [markdown]
# ## When: `at` asks about a date in the world
#
# A pre-build area is expected to be live on some day. From then on the answer is build, as a projection.

# %%
expected = some["expected_live_on"]
after = date(expected.year + 1, expected.month, 1)
fm.explain(address_id, at=after).class_

# %% [markdown]
# ## A phase goes live
#
# Say so, with a reason and a name. Only what lies inside is judged again.

# %%
area_id = int(some["area_id"])
fm.set_area_class([area_id], "build", "Accepted by the inspector", "R. Planner", live_on=date(2026, 3, 2))
fm.explain(address_id).class_

# %% [markdown]
# ## When: `as_of` asks about what was known
#
# Under version 1 it was pre-build, and that does not change any more.

# %%
was = fm.explain(address_id, as_of=1)
assert was.class_ == "pre-build"
was

# %%
fm.compare(1, 2).df[["full_address", "technology", "from_class", "to_class"]].head()

# %% [markdown]
# ## Holds: not for sale, whatever the class
#
# An owner refuses. The class stays, `orderable` does not, and no later ingest lifts it.

# %%
fm.hold("owner_refusal", "Refused at the door, 3 March", "R. Planner", address_id=address_id)
held = fm.addresses(f"address_id = {address_id}").iloc[0]
assert held["class"] == "build"
assert not held["orderable"]
held[["class", "orderable", "not_orderable"]]

# %% [markdown]
# ## Proof
#
# `replay` derives every verdict again by another road than the one that made them, and compares.

# %%
proof = fm.replay()
assert proof.proven
proof

# %%
fm.close()
