"""What the type word of a source means: is this a thing one sells to, and who is there.

A false yes costs most: somebody is sold what a garage cannot have. So a word that the table does not know is not
serviceable until a person says what it means; it is asked about once per distinct word, remembered, and one answer
settles all its rows. A blank type is different: the source says nothing about its type, only that here is an address,
and an address is sold to. The words Other, Unknown and Miscellaneous say no more than a blank.
The class of an address (build, pre-build, out-of-coverage) never depends on any of this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from fibermap.address.model import Kind
from fibermap.address.normalise import clean


@dataclass(frozen=True, slots=True)
class TypeRule:
    """What one type word means. ``known`` is False where the table has no such word and a person is asked."""

    kind: Kind
    serviceable: bool
    known: bool = True


UNSAID = TypeRule(Kind.OTHER, serviceable=True)
UNKNOWN = TypeRule(Kind.OTHER, serviceable=False, known=False)

_HOME = TypeRule(Kind.RESIDENTIAL, serviceable=True)
_BUSINESS = TypeRule(Kind.BUSINESS, serviceable=True)
_INSTITUTION = TypeRule(Kind.INSTITUTION, serviceable=True)
_NOBODY = TypeRule(Kind.OTHER, serviceable=False)

_WORDS: dict[TypeRule, str] = {
    _HOME: """
        RESIDENTIAL,RESIDENCE,RES,R,RESID,HOUSE,HOME,DWELLING,SINGLE FAMILY,SINGLE FAMILY RESIDENTIAL,SINGLE FAMILY HOME
        SINGLE FAMILY DWELLING,SINGLE FAMILY RESIDENCE,SINGLE FAMILY DETACHED,SFR,SFD,SF,DETACHED,ATTACHED,PATIO HOME
        MULTI FAMILY,MULTIFAMILY,MULTI FAMILY DUPLEX,MULTI FAMILY RESIDENTIAL,MULTIFAMILY RESIDENTIAL,MFR,MF,MDU,SFU
        MULTIPLE FAMILY,MULTI UNIT,MULTIPLE UNIT,DUPLEX,TRIPLEX,FOURPLEX,QUADPLEX,QUADRAPLEX,PLEX,TWO FAMILY,APARTMENT
        APARTMENTS,APT,APARTMENT BUILDING,APARTMENT COMPLEX,CONDO,CONDOMINIUM,CONDOMINIUMS,CONDOS,TOWNHOUSE,TOWNHOME
        TOWN HOUSE,ROWHOUSE,TRAILER,MOBILE HOME,MOBILE,MANUFACTURED HOME,MANUFACTURED,MH,MODULAR,MODULAR HOME,RV LOT
        MOBILE HOME PARK,TRAILER PARK,FARMSTEAD,FARM HOUSE,FARMHOUSE,RANCH HOUSE,CABIN,SEASONAL CABIN,SEASONAL,COTTAGE
        VACATION HOME,SECONDARY RESIDENCE,GUEST HOUSE,GUESTHOUSE,ACCESSORY DWELLING,ACCESSORY DWELLING UNIT,ADU,MANSE
        CARETAKER,CARETAKER RESIDENCE,PARSONAGE,RECTORY,DORMITORY,DORM,GROUP QUARTERS,GROUP HOME,G,FRATERNITY,SORORITY
        RESIDENTIAL UNIT,UNIT,UPSTAIRS,DOWNSTAIRS,MIXED USE RESIDENTIAL,RESIDENTIAL CONDO,RESIDENTIAL TRAILER
        RESIDENTIAL MULTI FAMILY,RESIDENTIAL SINGLE FAMILY,RESIDENTIAL DUPLEX,HOUSING,LIVING QUARTERS,SENIOR HOUSING
        """,
    _BUSINESS: """
        COMMERCIAL,COMM,COM,C&I,BUSINESS,BUS,B,OFFICE,OFFICE BUILDING,RETAIL,RETAIL STORE,STORE,SHOPPING,SHOPPING AREA
        SHOPPING CENTER,MALL,STRIP MALL,RESTAURANT,CAFE,BAR,TAVERN,CLUB,BANK,HOTEL,MOTEL,LODGING,INN,BED AND BREAKFAST
        INDUSTRIAL,IND,MANUFACTURING,FACTORY,PLANT,WAREHOUSE,DISTRIBUTION,COMMERCIAL SHOP,COMMERCIAL OFFICE,SALON
        COMMERCIAL RETAIL,COMMERCIAL INDUSTRIAL,COMMERCIAL RESIDENTIAL,MIXED USE,MIXED,X,MIXED USE COMMERCIAL,FARM,RANCH
        AGRICULTURAL BUSINESS,DAIRY,NURSERY,GREENHOUSE,WINERY,BREWERY,GAS STATION,SERVICE STATION,CAR WASH,DEALERSHIP
        AUTO REPAIR,ENTERPRISE,E,ELDER CARE,ASSISTED LIVING,NURSING HOME,DAYCARE,DAY CARE,CHILD CARE,VETERINARY,AIRPORT
        THEATER,THEATRE,CINEMA,STADIUM,ARENA,CONVENTION CENTER,CAMPGROUND,RV PARK,GOLF COURSE,MARINA,RESORT,FUNERAL HOME
        MORTUARY,MEDICAL OFFICE,DENTAL OFFICE,TRAIN STATION,BUS STATION,TRUCK STOP,GROCERY,CONVENIENCE STORE,PHARMACY
        """,
    _INSTITUTION: """
        GOVERNMENT,GOVERNMENTAL,GOVT,GOV,PUBLIC,PUBLIC BUILDING,MUNICIPAL,COUNTY,CITY HALL,TOWN HALL,COURTHOUSE,FEDERAL
        SCHOOL,EDUCATION,EDUCATIONAL,UNIVERSITY,COLLEGE,CLASSROOM,PRESCHOOL,LIBRARY,MUSEUM,CHURCH,RELIGIOUS,TEMPLE
        PLACE OF WORSHIP,HOUSE OF WORSHIP,WORSHIP,SYNAGOGUE,MOSQUE,HOSPITAL,CLINIC,MEDICAL,MEDICAL FACILITY,HEALTHCARE
        HEALTH CARE,HEALTH CENTER,FIRE STATION,FIRE DEPARTMENT,FIRE,POLICE STATION,POLICE,SHERIFF,EMS,AMBULANCE,911
        PUBLIC SAFETY,EMERGENCY SERVICES,POST OFFICE,COMMUNITY CENTER,COMMUNITY ANCHOR INSTITUTION,CAI,C,SENIOR CENTER
        INSTITUTION,INSTITUTIONAL,PRISON,JAIL,CORRECTIONAL,CORRECTIONAL FACILITY,MILITARY,ARMORY,TRIBAL,NON PROFIT
        NONPROFIT,FAIRGROUNDS,FAIRGROUND,PUBLIC HOUSING AUTHORITY,EXEMPT
        """,
    _NOBODY: """
        GARAGE,CARPORT,BARN,SHOP,SHED,POLE BARN,STABLE,SILO,OUTBUILDING,OUT BUILDING,ACCESSORY,ACCESSORY BUILDING
        ACCESSORY STRUCTURE,ANCILLARY,STORAGE,STORAGE UNIT,STORAGE UNITS,SELF STORAGE,MINI STORAGE,HANGAR,POOL
        POOL HOUSE,LANDFILL,DUMP,TRANSFER STATION,QUARRY,GRAVEL PIT,MINE,WELL,WATER WELL,PUMP,PUMP HOUSE,PUMPHOUSE
        PUMP STATION
        LIFT STATION,WATER,WASTEWATER,SEWER,WATER TANK,WATER TOWER,WATER TREATMENT,TREATMENT PLANT,RESERVOIR,DAM,TANK
        TOWER,CELL TOWER,CELL SITE,COMMUNICATION TOWER,COMMUNICATIONS TOWER,COMMUNICATION,COMMUNICATIONS,TELECOM,ANTENNA
        ELECTRICAL,ELECTRIC,POWER,SUBSTATION,POWER SUBSTATION,TRANSFORMER,UTILITY,UTILITIES,GAS,PIPELINE,METER,SOLAR
        WIND TURBINE,SOLAR FARM,IRRIGATION,PIVOT,RAILROAD,RAIL,BRIDGE,STREET,PARKING,PARKING LOT,PARKING GARAGE,LOT
        VACANT,VACANT LOT,VACANT LAND,UNDEVELOPED,UNIMPROVED,LAND,OPEN SPACE,AGRICULTURAL,AGRICULTURE,AG,FIELD,PASTURE
        PARK,PLAYGROUND,RECREATION,RECREATIONAL,PICNIC AREA,TRAILHEAD,BOAT RAMP,BOAT LAUNCH,BOAT DOCK,DOCK,PIER
        RESTROOM,CONCESSION,SPORTS FIELD,BALL FIELD,OUTDOORS,CEMETERY,MONUMENT,SIGN,BILLBOARD,GATE,MAILBOX,KIOSK
        MAIL BOX,DEMOLISHED,DESTROYED,REMOVED,RETIRED,ABANDONED,CONDEMNED,UNINHABITABLE,RUIN,PROPOSED,PLANNED,FUTURE
        RESERVED
        UNDER CONSTRUCTION,CONSTRUCTION,TEMPORARY,TEMP,HYDRANT,BUS STOP,PUBLIC TRANSPORT,INTERSECTION,MILEPOST,LANDMARK
        COMMON AREA,COMMON ELEMENT,RIGHT OF WAY,ROW,EASEMENT,AIRCRAFT,AUTOMOBILE,BICYCLE,MOTORCYCLE,TRUCK,WATERCRAFT
        """,
    UNSAID: "OTHER,OTH,O,MISC,MISCELLANEOUS,UNDETERMINED,UNDEFINED,UNCLASSIFIED,UNSPECIFIED,NOT SPECIFIED,PRIMARY",
}


def _entries() -> dict[str, TypeRule]:
    return {
        word.strip(): rule
        for rule, text in _WORDS.items()
        for line in text.splitlines()
        for word in line.split(",")
        if word.strip()
    }


DEFAULT_TYPES: Mapping[str, TypeRule] = _entries()
"""Type word (`fold_type`) -> meaning: county words, the place types of NENA and the NAD (RFC 4589), and the
``building_type_code`` of the FCC Fabric (R, B, X mixed, C anchor institution, E enterprise, G group quarters, O)."""


@lru_cache(maxsize=1 << 12)
def fold_type(word: str) -> str:
    """Return a type word as the table has it: ``multi-family`` is ``MULTI FAMILY``. Empty for a blank."""
    return " ".join(re.findall(r"[A-Z0-9&]+", clean(word) or ""))


@dataclass(frozen=True, slots=True)
class TypeTable:
    """The configurable table of type words.

    Attributes
    ----------
    answers
        What people have said about words, folded; goes before `DEFAULT_TYPES`.
    """

    answers: Mapping[str, TypeRule] = field(default_factory=dict)

    def rule(self, word: object) -> TypeRule:
        """Return what a type word means.

        A compound (``GARAGE/APT``, ``RESIDENTIAL - UPSTAIRS``) that is not in the table itself is taken apart: it is
        serviceable where one part is, and of that part's kind, since an apartment over a garage is lived in. It is
        unknown where no part is serviceable and one is unknown.
        """
        text = clean(word)
        if text is None:
            return UNSAID
        found = self._lookup(fold_type(text))
        return found if found is not None else self._compound(text)

    def _lookup(self, folded: str) -> TypeRule | None:
        return self.answers.get(folded) or DEFAULT_TYPES.get(folded)

    def _compound(self, text: str) -> TypeRule:
        pieces = [fold_type(piece) for piece in re.split(r"[/,;&+()]| AND | - |-", text)]
        rules = [self._lookup(piece) or UNKNOWN for piece in pieces if piece]
        if len(rules) < 2:
            return UNKNOWN
        serviceable = [rule for rule in rules if rule.serviceable]
        if serviceable:
            return next((rule for rule in serviceable if rule.kind != Kind.OTHER), serviceable[0])
        return UNKNOWN if UNKNOWN in rules else rules[0]


_FALSE = frozenset({"F", "FALSE", "0", "N", "NO"})


def fabric_rule(bsl_flag: object, building_type_code: object) -> TypeRule:
    """Return what the FCC Fabric says of a location.

    Parameters
    ----------
    bsl_flag
        Whether it is a broadband serviceable location, in any spelling; false: not serviceable, whoever is there.
    building_type_code
        ``R``, ``B``, ``X``, ``C``, ``E``, ``G``, ``O`` and the like; blank: not said.
    """
    rule = TypeTable().rule(building_type_code)
    if (clean(bsl_flag) or "") in _FALSE:
        return TypeRule(rule.kind, serviceable=False)
    return rule
