# %% [markdown]
# # 6. Demand and pre-orders
#
# What is sold where, who wants it before it is there, and what becomes of their word on the day that it is. The provider and
# the payments of this notebook are fictional: the gateway is simulated, and no money moves.

# %%
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

import fibermap
from fibermap.demo import write_county
from fibermap.demo.catalogue import demo_catalogue

county = write_county(Path(mkdtemp()), seed=7, addresses=2_000)
fm = fibermap.open(":memory:")
fm.ingest(*county.inputs, yes=True, progress=False)
fm.catalogue.load(demo_catalogue(), "What is sold", "notebook")
fm.catalogue.offerings().df[["code", "name", "kind", "technology", "monthly_cents"]]

# %% [markdown]
# ## What may be sold at an address
#
# An answer for one address, one channel and one day. What is planned there can be pre-ordered, and everything that cannot be had
# says why.

# %%
planned = fm.addresses(
    "class = 'pre-build' AND technology = 'fiber' AND serviceable AND units = 1 AND area_id IS NOT NULL"
)
area_id = int(planned["area_id"].value_counts().index[0])
homes = planned[planned["area_id"] == area_id].sort_values("address_id").head(12)
offers = fm.catalogue.offers_at(int(homes.iloc[0]["address_id"]), "portal")
str(offers.sale), [offer.offering.terms.name for offer in offers.offers]

# %%
[(refused.offering.terms.name, refused.reasons[0].text) for refused in offers.refused][:3]

# %% [markdown]
# ## A zone fills
#
# A zone is a set of areas with a goal. Its public progress is never better than it is, and a few neighbours are not counted
# aloud.

# %%
zone = fm.zones.open("N-01", "North Creek", [area_id], goal_kind="count", goal_value=10)
gig = fm.catalogue.revisions("FIBER-1000")[-1].offer_id
now = datetime.now(UTC)
for number, home in enumerate(homes.itertuples()):
    fm.preorders.take(
        gig,
        where=int(home.address_id),
        name=f"Customer {number}",
        phone=f"406-555-01{number:02}",
        channel="door",
        rep="Al Reyes",
        consent_at=now,
        wording="You may call me about fiber at my address.",
        terms_accepted_at=now,
    )
fm.zones.progress(zone["zone_id"])

# %%
fm.preorders.list().df[["preorder_id", "full_address", "state", "place"]].head()

# %% [markdown]
# ## The day it is built
#
# The area goes live. Nobody converts anything by hand: the events of the plan do. Each pre-order becomes one order, in the order
# in which people committed, at the price that they were promised.

# %%
fm.set_area_class([area_id], "build", "Accepted", "notebook")
orders = fm.orders.list().df
orders["state"].value_counts()

# %% [markdown]
# An order says what it still needs, and goes forward once that is there.

# %%
order = fm.orders.get(int(orders.iloc[0]["order_id"]))
[(each["label"], each["why"]) for each in order["prerequisites"] if each["state"] == "open"]

# %%
fm.orders.pay_with(order["order_id"], "tok_visa")["state"]

# %% [markdown]
# Taken back, the orders stand still, and none is lost. Open it again and they go on: there is still one for each pre-order.

# %%
fm.undo()
held = fm.orders.list().df["state"].value_counts()
fm.set_area_class([area_id], "build", "Accepted again", "notebook")
held.to_dict(), fm.orders.list().df["state"].value_counts().to_dict()

# %% [markdown]
# ## From interest to service
#
# The funnel counts each step once, by zone, channel, rep and week.

# %%
fm.report("funnel")
