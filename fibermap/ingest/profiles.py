"""Profiles: mappings that are known beforehand, with the licence and the permitted uses of what they describe."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fibermap.ingest.fields import Column, FieldSource, Joined, Mapping, Own
from fibermap.ingest.groups import Role
from fibermap.ingest.words import column_key
from fibermap.kernel.errors import Code, InputRefused


class Use(StrEnum):
    """What a source's licence lets an operator do with its fields and with addresses known from it alone."""

    FILING = "filing"
    CHALLENGE = "challenge"
    PLANNING = "planning"
    LISTS = "lists"
    PUBLIC_ANSWERS = "public_answers"
    SALES = "sales"


ALL_USES = frozenset(Use)


@dataclass(frozen=True, slots=True)
class Profile:
    """A named mapping for files of one shape.

    Attributes
    ----------
    name
        Stable, lower case.
    title
        For people.
    mapping
        Its role and sources. Columns are matched whatever their case and punctuation, and may be missing.
    signature
        Column keys (:func:`~fibermap.ingest.words.column_key`) that all have to be there for the shape to be known.
        Empty: never recognised, only chosen by name.
    licence
        Key of the licence text that a source of this shape carries unless somebody says otherwise.
    permitted_uses
        What may be done with it under that licence.
    vocabulary
        ``"default"`` or ``"ofds"``: which status words it is written in.
    """

    name: str
    title: str
    mapping: Mapping
    signature: frozenset[str] = frozenset()
    licence: str = "not_stated"
    permitted_uses: frozenset[Use] = ALL_USES
    vocabulary: str = "default"

    def to_json(self) -> dict[str, Any]:
        """Return the profile as JSON values, in a stable order."""
        return {
            "name": self.name,
            "title": self.title,
            "mapping": self.mapping.to_json(),
            "signature": sorted(self.signature),
            "licence": self.licence,
            "permitted_uses": sorted(map(str, self.permitted_uses)),
            "vocabulary": self.vocabulary,
        }

    @classmethod
    def from_json(cls, data: Any) -> Profile:
        """Read what :meth:`to_json` wrote. Raises ``mapping_invalid`` naming the member that is wrong."""
        if not isinstance(data, dict):
            raise _invalid("A profile is a JSON object.")
        for member in ("name", "title", "licence", "vocabulary"):
            if not isinstance(data.get(member, ""), str):
                raise _invalid(f"The profile's {member} is not a text.", field=member)
        if not data.get("name"):
            raise _invalid("A profile needs a name.", field="name")
        if data.get("vocabulary", "default") not in ("default", "ofds"):
            raise _invalid(f"There is no vocabulary {data['vocabulary']!r}.", field="vocabulary")
        return cls(
            name=data["name"],
            title=data.get("title") or str(data["name"]),
            mapping=Mapping.from_json(data.get("mapping")),
            signature=frozenset(map(column_key, _texts(data, "signature", []))),
            licence=data.get("licence", "not_stated"),
            permitted_uses=frozenset(_use(text) for text in _texts(data, "permitted_uses", sorted(ALL_USES))),
            vocabulary=data.get("vocabulary", "default"),
        )


def recognise(columns: Collection[str], role: Role, profiles: Collection[Profile]) -> Profile | None:
    """Return the profile of the role whose signature is there and largest, or ``None``. Ties go to the first."""
    keys = {column_key(column) for column in columns}
    known = [p for p in profiles if p.signature and p.mapping.role is role and p.signature <= keys]
    return max(known, key=lambda profile: len(profile.signature), default=None)


def fitted(profile: Profile, columns: Collection[str]) -> Mapping:
    """Return the profile's mapping in the layer's own spelling, without the columns that the layer lacks."""
    by_key = {column_key(column): column for column in reversed(list(columns))}
    fields: dict[str, FieldSource] = {}
    for target, source in profile.mapping.fields.items():
        if isinstance(source, Column | Joined):
            names = tuple(by_key[key] for name in source.names if (key := column_key(name)) in by_key)
            if names:
                fields[target] = type(source)(names)
        else:
            fields[target] = source
    return Mapping(profile.mapping.role, fields)


def _texts(data: dict[str, Any], member: str, default: list[str]) -> list[str]:
    value = data.get(member, default)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _invalid(f"The profile's {member} is not a list of texts.", field=member)
    return value


def _use(text: str) -> Use:
    if text not in tuple(Use):
        raise _invalid(f"There is no use {text!r}.", hint=f"There are: {', '.join(Use)}.", field="permitted_uses")
    return Use(text)


def _invalid(message: str, *, hint: str = "", **where: Any) -> InputRefused:
    return InputRefused(Code.MAPPING_INVALID, message, hint=hint, **where)


def _from_columns(role: Role, **columns: str) -> Mapping:
    """Map each target to its columns, separated by spaces: the first that states something counts."""
    fields: AbstractMapping[str, FieldSource] = {
        target: Column(tuple(names.split())) for target, names in columns.items()
    }
    return Mapping(role, fields)


def _signature(columns: str) -> frozenset[str]:
    return frozenset(map(column_key, columns.split()))


_FABRIC_USES = frozenset({Use.FILING, Use.CHALLENGE})
_NENA_STREET = {
    "number_prefix": "AddNum_Pre",
    "number": "Add_Number AddNo_Full",
    "number_suffix": "AddNum_Suf",
    "pre_directional": "St_PreDir",
    "pre_type": "St_PreTyp",
    "street_name": "St_Name StreetName StNam_Full",
    "post_type": "St_PosTyp",
    "post_directional": "St_PosDir",
    "building": "Building",
    "unit": "Unit",
    "city": "Inc_Muni Post_Comm Post_City Uninc_Comm",
    "state": "State",
    "county": "County",
    "placement": "Placement",
}

BUILT_IN: tuple[Profile, ...] = (
    Profile(
        name="fcc_fabric_active",
        title="FCC Broadband Serviceable Location Fabric, Active (BSL and NoBSL)",
        mapping=_from_columns(
            Role.ADDRESSES,
            full_address="address_primary",
            city="city",
            state="state",
            zip="zip zip_code",
            zip4="zip_suffix",
            type="building_type_code",
            bsl_flag="bsl_flag",
            unit_count="unit_count",
            fcc_location_id="location_id",
            source_id="location_id",
        ),
        signature=_signature("location_id address_primary bsl_flag building_type_code"),
        licence="fcc_fabric",
        permitted_uses=_FABRIC_USES,
    ),
    Profile(
        name="fcc_fabric_supplemental",
        title="FCC Broadband Serviceable Location Fabric, Supplemental (before 2025: Secondary)",
        mapping=_from_columns(
            Role.ADDRESSES,
            full_address="address",
            pre_directional="pre_direction",
            street_name="street_name",
            post_type="suffix",
            post_directional="post_direction",
            city="city",
            state="state",
            zip="zip",
            zip4="zip_suffix",
            parcel_id="parcel_id",
            fcc_location_id="location_id",
            source_id="address_id",
        ),
        signature=_signature("location_id address_id address_source address_confidence_code"),
        licence="fcc_fabric",
        permitted_uses=_FABRIC_USES,
    ),
    Profile(
        name="nad",
        title="National Address Database (US DOT)",
        mapping=_from_columns(
            Role.ADDRESSES,
            **_NENA_STREET,
            zip="Zip_Code",
            zip4="Plus_4",
            type="Addr_Type AddrClass",
            source_id="UUID GUID",
            parcel_id="Parcel_ID",
        ),
        signature=_signature("Add_Number NAD_Source Zip_Code"),
        licence="us_public_domain",
    ),
    Profile(
        name="nena",
        title="NENA NG9-1-1 site and structure address points (NENA-STA-006)",
        mapping=_from_columns(
            Role.ADDRESSES,
            **_NENA_STREET,
            zip="Post_Code",
            zip4="Post_Code4 PostCodeEx",
            type="Place_Type",
            source_id="Site_NGUID NGUID ESITEID OBJECTID",
            parcel_id="ParcelID Parcel_ID APN",
        ),
        signature=_signature("Add_Number St_Name Post_Code"),
    ),
    Profile(
        name="openaddresses",
        title="OpenAddresses",
        mapping=_from_columns(
            Role.ADDRESSES,
            number="number",
            street_name="street",
            unit="unit",
            city="city",
            state="region",
            zip="postcode",
            source_id="id hash",
        ),
        signature=_signature("number street postcode hash"),
        licence="see_openaddresses_source",
    ),
    Profile(
        name="street_parts",
        title="Addresses in short parts: num, pre, name, typ, post",
        mapping=_from_columns(
            Role.ADDRESSES,
            number="num",
            pre_directional="pre",
            street_name="name",
            post_type="typ",
            post_directional="post",
            unit="unit",
            city="city",
            state="state",
            zip="zip",
            source_id="id",
        ),
        signature=_signature("num name typ post"),
    ),
    Profile(
        name="esri_local_government",
        title="Esri Local Government site address points",
        mapping=_from_columns(
            Role.ADDRESSES,
            number_prefix="PREADDRNUM",
            number="ADDRNUM",
            number_suffix="ADDRNUMSUF",
            pre_directional="PREDIR",
            pre_type="PRETYPE",
            street_name="ROADNAME STNAME FULLNAME",
            post_type="POSTTYPE",
            post_directional="POSTDIR",
            unit_type="UNITTYPE",
            unit="UNITID",
            full_address="FULLADDR",
            city="MUNICIPALITY",
            zip="ZIPCODE ZIP",
            source_id="SITEADDID ADDRPTKEY ADDRID OBJECTID",
            type="POINTTYPE PLACETYPE",
        ),
        signature=_signature("FULLADDR ADDRNUM UNITID"),
    ),
    Profile(
        name="county_road_parts",
        title="County address points with the street in parts (ROADNAME, ROADTYPE, DIRPRE)",
        mapping=_from_columns(
            Role.ADDRESSES,
            number="ADDRESS",
            pre_directional="DIRPRE",
            street_name="ROADNAME",
            post_type="ROADTYPE",
            post_directional="DIRSUF",
            unit="LV_APT",
            full_address="ADDRESS_CONCAT",
            city="CITY",
            county="COUNTY",
            zip="ZIPCODE",
            type="TYPE",
            structure_id="STRUCTURE_ID",
            source_id="OBJECTID",
        ),
        signature=_signature("ADDRESS DIRPRE ROADNAME ROADTYPE STRUCTURE_ID"),
    ),
    Profile(
        name="ofds_nodes",
        title="Open Fibre Data Standard, nodes",
        mapping=Mapping(
            Role.NETWORK_POINTS,
            {
                "terminal_id": Column(("name", "id")),
                "kind": Column(("type",)),
                "status": Column(("status",)),
            },
        ),
        signature=_signature("id status accessPoint network"),
        vocabulary="ofds",
    ),
    Profile(
        name="ofds_spans",
        title="Open Fibre Data Standard, spans",
        mapping=_from_columns(
            Role.NETWORK_LINES,
            line_id="name id",
            status="status",
            live_on="readyForServiceDate",
            strands="fibreCount",
        ),
        signature=_signature("id status start end network"),
        vocabulary="ofds",
    ),
    Profile(
        name="comsof",
        title="Comsof Fiber design (numeric PHASE, status not stated)",
        mapping=Mapping(
            Role.COVERAGE,
            {
                "area_name": Column(("NAME", "AGG_ID", "ID", "IDENTIFIER")),
                "phase": Column(("PHASE",)),
                "capacity": Column(("HOMECOUNT", "DEMAND", "NUM_HOMES")),
            },
        ),
        signature=_signature("PHASE AGG_ID"),
    ),
    Profile(
        name="plan_by_folder",
        title="Plan whose areas say nothing but their name",
        mapping=Mapping(Role.COVERAGE, {"area_name": Own("name")}),
    ),
)
"""Shapes that are recognised without being told, most specific first where signatures tie."""


def profile_named(name: str, profiles: Collection[Profile] = BUILT_IN) -> Profile:
    """Return the profile of that name.

    Raises
    ------
    InputRefused
        ``mapping_invalid``, listing the profiles that there are.
    """
    for profile in profiles:
        if profile.name == name:
            return profile
    names = ", ".join(profile.name for profile in profiles)
    raise _invalid(f"There is no profile {name!r}.", hint=f"There are: {names}.", profile=name)
