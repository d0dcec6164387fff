"""From a table of addresses to the arrays of a gazetteer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fibermap.address.match.shape import Shape, readings, shape_of, spelled_out
from fibermap.address.match.similar import SimilarNames
from fibermap.address.match.texts import Texts
from fibermap.address.normalise import fold_text
from fibermap.address.number import numbers_inside, spell_number
from fibermap.address.occupancy import Occupancy, unit_key
from fibermap.address.place import fold_city
from fibermap.address.street import read_street

_STREET_FIELDS = (
    "pre_modifier",
    "pre_directional",
    "pre_type",
    "street_name",
    "post_type",
    "post_directional",
    "post_modifier",
)
_UNIT_FIELDS = ("building", "floor", "unit_type", "unit")
_NO_NUMBER = -1
_HYPHENATED = re.compile(r"\d+-\d+[A-Z]?")

Arrays = dict[str, npt.NDArray[Any]]
Ints = npt.NDArray[np.int64]


def build_arrays(addresses: pa.Table, aliases: pa.Table | None) -> Arrays:
    """Return the arrays of a gazetteer of these addresses; see `Gazetteer.build`."""
    places = _places(addresses, np.arange(addresses.num_rows), alias=False)
    if aliases is not None and aliases.num_rows:
        rows = pd.Index(addresses["address_id"].to_numpy()).get_indexer(aliases["address_id"].to_numpy())
        others = _places(aliases.filter(pa.array(rows >= 0)), rows[rows >= 0], alias=True)
        places = pd.concat([places, others], ignore_index=True)
    arrays: Arrays = {}
    units, unit_texts = _coded(_joined(addresses, _UNIT_FIELDS, "|"), _unit_key, first="")
    arrays["row_unit"] = units.astype(np.int32)
    arrays["row_units"] = addresses["unit_count"].cast(pa.int32()).fill_null(0).to_numpy().astype(np.int32)
    _put(arrays, "units", unit_texts)
    ids = {name: _identified(arrays, places, name) for name in ("streets", "numbers", "zips", "cities", "states")}
    ids["spellings"] = _put_spellings(arrays, places, addresses.num_rows)
    _put_sites(arrays, places, ids)
    _put_names(arrays)
    return arrays


def _joined(table: pa.Table, names: Sequence[str], separator: str) -> pa.ChunkedArray:
    columns = [table[name].cast(pa.string()).fill_null("") for name in names]
    return pc.binary_join_element_wise(*columns, separator)


def _coded(column: pa.ChunkedArray, read: Callable[[str], str], *, first: str | None = None) -> tuple[Ints, list[str]]:
    """Read each different text once; return the number of each row's reading, and the readings, ``first`` first."""
    encoded = column.combine_chunks().dictionary_encode()
    read_texts = [read(text) for text in encoded.dictionary.to_pylist()]
    found = sorted(set(read_texts) - {first})
    texts = found if first is None else [first, *found]
    code = {text: index for index, text in enumerate(texts)}
    of_text = np.array([code[text] for text in read_texts], dtype=np.int64)
    return of_text[encoded.indices.to_numpy()] if len(of_text) else np.empty(0, dtype=np.int64), texts


def _unit_key(joined: str) -> str:
    building, floor, unit_type, unit = (part or None for part in joined.split("|"))
    return "" if not (building or floor or unit_type or unit) else unit_key(Occupancy(building, floor, unit_type, unit))


def _spaced(joined: str) -> str:
    return " ".join(joined.split())


def _street_key(joined: str) -> str:
    return read_street(_spaced(joined)).key


def _places(table: pa.Table, rows: npt.NDArray[Any], *, alias: bool) -> pd.DataFrame:
    """Return street, number, ZIP and city of each row of a table, read, as texts."""

    def text(column: pa.ChunkedArray, read: Callable[[str], str]) -> npt.NDArray[np.object_]:
        codes, texts = _coded(column, read)
        return np.array([*texts, ""], dtype=object)[codes]

    return pd.DataFrame(
        {
            "row": rows,
            "number": table["number"].cast(pa.int64()).fill_null(_NO_NUMBER).to_numpy(),
            "spellings": text(_joined(table, _STREET_FIELDS, " "), _spaced),
            "streets": text(_joined(table, _STREET_FIELDS, " "), _street_key),
            "numbers": text(_joined(table, ("number_prefix", "number", "number_suffix"), "|"), _number_text).astype(
                object
            ),
            "zips": text(table["zip"].cast(pa.string()).fill_null(""), str),
            "states": text(table["state"].cast(pa.string()).fill_null(""), str),
            "cities": text(table["city"].cast(pa.string()).fill_null(""), _city_key),
            "alias": alias,
        }
    )


def _number_text(joined: str) -> str:
    prefix, number, suffix = joined.split("|")
    return spell_number(prefix or None, int(number) if number else None, suffix or None)


def _city_key(city: str) -> str:
    return fold_city(fold_text(city)) if city else ""


def _identified(arrays: Arrays, places: pd.DataFrame, name: str) -> Ints:
    codes, texts = pd.factorize(places[name], sort=True)
    found = texts.tolist()
    if name in ("zips", "cities", "states") and (not found or found[0] != ""):
        codes, found = codes + 1, ["", *found]
    _put(arrays, name, found)
    return codes.astype(np.int64)


def _put(arrays: Arrays, name: str, texts: Sequence[str]) -> None:
    packed = Texts.of(texts)
    arrays[f"{name}_blob"], arrays[f"{name}_starts"] = packed.blob, packed.starts


def _put_spellings(arrays: Arrays, places: pd.DataFrame, rows: int) -> Ints:
    """Keep how each address's own source spells its street, beside the key that folds spellings."""
    codes = _identified(arrays, places, "spellings")
    arrays["row_spelling"] = codes[:rows].astype(np.int32)
    return codes


def _put_sites(arrays: Arrays, places: pd.DataFrame, ids: dict[str, Ints]) -> None:
    """Group rows into sites, sort them by street and number, and index them by number and place."""
    street, number, text = ids["streets"], places["number"].to_numpy(), ids["numbers"]
    row, alias = places["row"].to_numpy(), places["alias"].to_numpy()
    unit = arrays["row_unit"][row] if len(row) else row
    keys = (street, number, text, ids["zips"], ids["cities"], alias.astype(np.int64))
    order = np.lexsort((row, unit, *reversed(keys)))
    table = np.stack([key[order] for key in keys]) if len(order) else np.empty((6, 0), dtype=np.int64)
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (table[:, 1:] != table[:, :-1]).any(axis=0)
    first = np.flatnonzero(is_first)
    arrays["site_start"] = np.append(first, len(order)).astype(np.int64)
    arrays["site_row"] = row[order].astype(np.int32)
    for name, values in zip(("street", "number", "number_text", "zip", "city"), table, strict=False):
        arrays[f"site_{name}"] = values[first].astype(np.int32)
    arrays["site_state"] = ids["states"][order][first].astype(np.int16)
    arrays["zip_city"] = np.unique((arrays["site_zip"].astype(np.int64) << 32) | arrays["site_city"])
    arrays["site_alias"] = table[5][first].astype(bool)
    streets = len(arrays["streets_starts"]) - 1
    arrays["street_start"] = np.searchsorted(arrays["site_street"], np.arange(streets + 1)).astype(np.int64)
    inside, of_site = _covers(arrays)
    _put_sorted(
        arrays, "cover_code", "cover_site", (arrays["site_street"][of_site].astype(np.int64) << 32) | inside, of_site
    )
    numbers = np.concatenate([arrays["site_number"].astype(np.int64), inside])
    of_site = np.concatenate([np.arange(len(first)), of_site])
    for name in ("zip", "city"):
        place = arrays[f"site_{name}"].astype(np.int64)
        _put_sorted(arrays, f"by_{name}", f"{name}_sites", (numbers << 32) | place[of_site], of_site)
        arrays[f"street_{name}"] = np.unique((arrays["site_street"].astype(np.int64) << 32) | place)
        arrays[f"spelling_{name}"] = np.unique((ids["spellings"] << 32) | ids["zips" if name == "zip" else "cities"])


def _put_sorted(arrays: Arrays, codes_name: str, sites_name: str, codes: Ints, sites: Ints) -> None:
    order = np.argsort(codes, kind="stable")
    arrays[codes_name], arrays[sites_name] = codes[order], sites[order].astype(np.int32)


def _covers(arrays: Arrays) -> tuple[Ints, Ints]:
    """Return the numbers inside ranges, so that 102 finds 100-104, and the site of each.

    Where a street of a ZIP has numbers like 37-06, 37-55 is one of them and no range.
    """
    texts = Texts(arrays["numbers_blob"], arrays["numbers_starts"]).tolist()
    ranges = {code: inside for code, text in enumerate(texts) if (inside := numbers_inside(text))}
    is_hyphenated = np.array([_HYPHENATED.fullmatch(text) is not None for text in texts], dtype=bool)
    is_hyphenated[list(ranges)] = False
    text, street = arrays["site_number_text"], (arrays["site_street"].astype(np.int64) << 32) | arrays["site_zip"]
    hyphenated = np.unique(street[is_hyphenated[text]])
    sites = np.flatnonzero(np.isin(text, list(ranges)) & ~np.isin(street, hyphenated))
    pairs = [(number, site) for site in sites.tolist() for number in ranges[int(text[site])]]
    numbers, of_site = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return numbers, of_site


def _put_names(arrays: Arrays) -> None:
    """Index streets by their names without direction and type, and names by what slips of the finger leave of them."""
    keys = Texts(arrays["streets_blob"], arrays["streets_starts"]).tolist()
    codes, names = pd.factorize(pd.Series([shape_of(key).name for key in keys], dtype=object), sort=True)
    _put(arrays, "names", names.tolist())
    arrays["street_name"] = codes.astype(np.int32)
    arrays["name_street"] = np.argsort(codes, kind="stable").astype(np.int32)
    arrays["name_start"] = np.searchsorted(np.sort(codes), np.arange(len(names) + 1)).astype(np.int64)
    similar = SimilarNames.of([spelled_out(name) for name in names])
    arrays["similar_codes"], arrays["similar_names"] = similar.codes, similar.names
    arrays["street_open"] = _open_streets([shape_of(key) for key in keys])
    _put_typeahead(arrays, keys)


def _put_typeahead(arrays: Arrays, keys: Sequence[str]) -> None:
    """Sort streets as they are typed: spelled out, with their direction in front and without it."""
    shapes = [shape_of(key) for key in keys]
    whole = [spelled_out(key) for key in keys]
    bare = [spelled_out(key.split(" ", len(shape.pre))[-1]) for key, shape in zip(keys, shapes, strict=True)]
    texts = np.array([*whole, *bare], dtype=object)
    order = np.argsort(texts, kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    _put(arrays, "typeahead", texts[order].tolist())
    arrays["typeahead_street"] = (order % max(1, len(keys))).astype(np.int32)
    arrays["street_rank"], arrays["street_rank_bare"] = rank[: len(keys)].copy(), rank[len(keys) :].copy()


def _open_streets(shapes: Sequence[Shape]) -> npt.NDArray[np.bool_]:
    """Tell the streets whose spelling may be a shorter one of another: Main St beside N Main St, Coral Rdg beside
    Coral Rdg Dr."""
    named: dict[str, list[Shape]] = {}
    for shape in shapes:
        named.setdefault(shape.name, []).append(shape)
    return np.array([any(_may_be(shape, other) for other in _alike(shape, named)) for shape in shapes], dtype=bool)


def _alike(shape: Shape, named: dict[str, list[Shape]]) -> Iterator[Shape]:
    for reading in readings(shape):
        yield from (other for other in named.get(reading.name, ()) if other != shape)


def _may_be(shape: Shape, other: Shape) -> bool:
    return any(
        reading.name == other.name
        and reading.route == other.route
        and reading.pre in ("", other.pre)
        and reading.post in ("", other.post)
        and reading.type in ("", other.type)
        for reading in readings(shape)
    )
