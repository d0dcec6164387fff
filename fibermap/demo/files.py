"""Write the county: the files that a planner would be sent, what is wrong in them, and what is true."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from fibermap.demo.address_faults import UNKNOWN_TYPE, plant_in_records
from fibermap.demo.address_files import write_city_table, write_county_table, write_fabric
from fibermap.demo.area_faults import UNKNOWN_STATUS, plant_in_plan
from fibermap.demo.context_files import write_boundaries, write_context, write_footprints
from fibermap.demo.county import build_county
from fibermap.demo.model import County, Fault, Network
from fibermap.demo.network import PRE_BUILD, build_network, clear_of_edges
from fibermap.demo.plan_files import write_esri_areas, write_esri_terminals, write_kmz
from fibermap.demo.records import CITY_TABLE, COUNTY_TABLE, FABRIC, FABRIC_MORE, Record, write_records
from fibermap.demo.truth import COLUMNS, true_rows

ADDRESSES, SEED = 25_000, 7

STATUS_ANSWERS: Mapping[str, str] = {UNKNOWN_STATUS: PRE_BUILD}
TYPE_ANSWERS: Mapping[str, str] = {UNKNOWN_TYPE: "residential"}
"""What the planner of this county answers when she is asked what a word means."""

_PLAN = "larkspur_fiber_plan_synthetic.kmz"
_TABLES = {
    COUNTY_TABLE: "larkspur_county_addresses_synthetic.geojson",
    CITY_TABLE: "quill_creek_addresses_synthetic.geojson",
    FABRIC: "larkspur_fabric_active_synthetic.csv",
    FABRIC_MORE: "larkspur_fabric_supplemental_synthetic.csv",
}
_EDGE_M = 6.5


@dataclass(frozen=True, slots=True)
class CountyFiles:
    """The files of a synthetic county.

    Attributes
    ----------
    folder
        Where they are.
    plan, context, addresses
        Paths to ingest, in an order in which each finds what it needs: the plan's files, the map around it, the
        address tables.
    truth
        CSV: for each row of an address table what is true of it, by plain point-in-polygon.
    manifest
        JSON: seed, the answers to what is asked, and the planted faults.
    readme
        Provenance.
    faults
        The planted faults.
    """

    folder: Path
    plan: tuple[Path, ...]
    context: tuple[Path, ...]
    addresses: tuple[Path, ...]
    truth: Path
    manifest: Path
    readme: Path
    faults: tuple[Fault, ...]

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Everything to ingest, in order."""
        return (*self.plan, *self.context, *self.addresses)


def write_county(folder: Path, *, seed: int = SEED, addresses: int = ADDRESSES) -> CountyFiles:
    """Write a synthetic county: an operator's plan, address tables and the map around them, with planted faults.

    Parameters
    ----------
    folder
        Made if it is not there; files of the same names are replaced.
    seed, addresses
        The same seed and number give the same bytes. About so many addresses, at least 240.

    Returns
    -------
    CountyFiles
        The paths, and the faults that an ingest has to find.

    Raises
    ------
    ValueError
        For fewer than 240 addresses.
    """
    county = build_county(seed=seed, addresses=addresses)
    network, plan_faults = plant_in_plan(county, build_network(county), _PLAN)
    county = clear_of_edges(county, network, _EDGE_M)
    records, row_faults = plant_in_records(county, write_records(county), _TABLES)
    folder.mkdir(parents=True, exist_ok=True)
    files = CountyFiles(
        folder=folder,
        plan=_write_plan(folder, network),
        context=_write_context(folder, county),
        addresses=_write_addresses(folder, records),
        truth=folder / "truth.csv",
        manifest=folder / "manifest.json",
        readme=folder / "README.txt",
        faults=(*plan_faults, *row_faults),
    )
    _write_truth(files.truth, records, network)
    _write_manifest(files, seed, addresses)
    files.readme.write_text(_README.format(seed=seed, addresses=addresses), encoding="utf-8")
    return files


def _write_plan(folder: Path, network: Network) -> tuple[Path, ...]:
    plan = folder / _PLAN
    terminals = folder / "quill_creek_fiber_terminals_synthetic.esri.json"
    areas = folder / "larkspur_fiber_phase4_areas_synthetic.esri.json"
    write_kmz(plan, network)
    write_esri_terminals(terminals, network)
    write_esri_areas(areas, network)
    return plan, terminals, areas


def _write_context(folder: Path, county: County) -> tuple[Path, ...]:
    names = ("river", "railway", "highway", "city_boundaries", "zip_codes", "building_footprints")
    river, railway, highway, cities, zips, footprints = (folder / f"larkspur_{n}_synthetic.geojson" for n in names)
    write_context(county, river, railway, highway)
    write_boundaries(county, cities, zips)
    write_footprints(county, footprints)
    return river, railway, highway, cities, zips, footprints


def _write_addresses(folder: Path, records: list[Record]) -> tuple[Path, ...]:
    writers = {
        COUNTY_TABLE: write_county_table,
        CITY_TABLE: write_city_table,
        FABRIC: write_fabric,
        FABRIC_MORE: write_fabric,
    }
    for table, write in writers.items():
        write(folder / _TABLES[table], [record for record in records if record.table == table])
    return tuple(folder / name for name in _TABLES.values())


def _write_truth(path: Path, records: list[Record], network: Network) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(true_rows(records, network, _TABLES))


def _write_manifest(files: CountyFiles, seed: int, addresses: int) -> None:
    manifest = {
        "synthetic": True,
        "seed": seed,
        "addresses": addresses,
        "inputs": [path.name for path in files.inputs],
        "answers": {"statuses": dict(STATUS_ANSWERS), "types": dict(TYPE_ANSWERS)},
        "faults": [asdict(fault) for fault in files.faults],
    }
    files.manifest.write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")


_README = """\
SYNTHETIC DATA. Larkspur County does not exist.

Every file in this folder was generated by fibermap (seed {seed}, about {addresses:,} addresses). The county, its towns,
streets, ZIP codes, addresses, Fabric ids, network and companies are invented; the files that look like the FCC's Fabric
only have its columns. The coordinates fall on open country in central Montana, where none of this stands. No person's
data and nobody else's data went into it, and it may be used for any purpose.

  *_fiber_plan_*.kmz, *_fiber_*.esri.json      the operator's plan in four phases, terminals with ports, an exclusion
  *_addresses_*.geojson                        the county's table (NENA fields) and a city's (State Plane feet)
  *_fabric_*.csv                               Fabric-shaped locations and supplemental addresses
  *_river_*, *_railway_*, *_highway_*          what drops do not cross
  *_city_boundaries_*, *_zip_codes_*           what fills in blank cities and ZIPs
  *_building_footprints_*                      half of the first town's buildings
  manifest.json                                the faults planted in these files, and where they have to show
  truth.csv                                    what is true of each address row, without asking the engine
"""
