# %% [markdown]
# # 2. Ingest a plan, carefully
#
# Look before you promote: dry run, questions, answers, promote, and undo. On the synthetic Larkspur County, in whose files
# faults are planted on purpose.

# %%
from pathlib import Path
from tempfile import mkdtemp

import fibermap
from fibermap.demo import write_county

addresses = 2_000
county = write_county(Path(mkdtemp()), seed=7, addresses=addresses)
fm = fibermap.open(":memory:")

# %% [markdown]
# ## The address tables first
#
# Order does not matter, and sources can come one by one or together. Without a plan every address is out of coverage, and
# three whose position cannot be used are unknown.

# %%
fm.ingest(*county.addresses, yes=True, progress=False)

# %% [markdown]
# ## Dry run of the plan
#
# Nothing is written. The report says three things:
#
# * **Nothing is lost.** For each layer `read = ingested + repaired + quarantined + set aside`.
# * **What would change**, by technology: how many addresses go from what to what.
# * **Findings**: what needs a yes, what you should look at, and what is good to know.

# %%
report = fm.ingest(*county.plan, *county.context, dry_run=True, progress=False)
report

# %% [markdown]
# What was not ingested as it stood has a reason and a place.

# %%
for finding in report.findings:
    for sample in finding.samples[:2]:
        print(f"{finding.code:40} {sample}")

# %% [markdown]
# ## What it took each layer for
#
# Roles are proposed from geometry, fields and names, with a confidence. Where one is wrong, say what it is with
# `roles=[...]` (on the command line `--role LAYER=ROLE`).

# %%
for role in report.as_json()["roles"]:
    print(f"{role['role']:15} {role['confidence']:.2f}  {role['layer']}: {role['reasons'][0]}")

# %% [markdown]
# ## Questions
#
# A status word that nobody explained yet is never guessed. In this plan one area is *Splicing*. Construction there is under
# way, so it is pre-build. Answers are remembered: the next revision does not ask again.

# %%
[question.message for question in report.questions]

# %%
answered = report.answer(statuses={"Splicing": "pre-build"})
[question.message for question in answered.questions]

# %% [markdown]
# One question is left: repairing a bow-tie polygon changed it by more than 1 %. On a real plan, look at that area in the
# design tool before you say yes.

# %%
done = answered.promote(yes=True)
done.plan_version

# %% [markdown]
# ## The same files again change nothing

# %%
again = fm.ingest(*county.plan, *county.context, yes=True, progress=False)
again.promoted.changed

# %%
assert not again.promoted.changed

# %% [markdown]
# ## Undo
#
# Takes the latest version back by appending one that holds what held before it. Nothing is erased: the versions stay, and
# so does what was known under each.

# %%
fm.undo()

# %%
fm.versions.df[["version", "kind", "label", "author"]]

# %% [markdown]
# Promote it once more, and the plan is back. Nothing is asked: what *Splicing* means was answered before.

# %%
fm.ingest(*county.plan, *county.context, yes=True, progress=False).plan_version

# %%
fm.sql("SELECT class, count(*) AS addresses, sum(units)::INTEGER AS units FROM addresses GROUP BY class ORDER BY class")

# %% [markdown]
# ## Hand it on
#
# The suffix is the format: `.csv`, `.geojson`, `.kmz`, `.gpkg`, `.parquet`.

# %%
written = fm.export("source-records", county.folder / "records.csv")
fm.export("areas", county.folder / "areas.kmz")
f"{written.rows:,} records"

# %%
assert written.rows == fm.source_records.table.num_rows
fm.close()
