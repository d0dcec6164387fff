"""The target fields of each role, the names that columns for them go by, and what their values look like."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from fibermap.ingest.groups import Role


@dataclass(frozen=True, slots=True)
class Target:
    """One target field.

    Attributes
    ----------
    names
        Column keys (:func:`~fibermap.ingest.words.column_key`) that mean it, the surest first.
    shape
        What at least ``share`` of the stated values must match for a column to be proposed; ``None`` is anything.
    zero_is_null
        Whether ``0`` is a placeholder rather than a value.
    """

    names: tuple[str, ...]
    shape: re.Pattern[str] | None = None
    share: float = 0.6
    zero_is_null: bool = False

    def fits(self, values: Sequence[str]) -> bool:
        """Tell whether stated values look like this field, by their first :data:`LONGEST_VALUE` characters."""
        if not values or self.shape is None:
            return bool(values)
        fitting = sum(self.shape.fullmatch(value[:LONGEST_VALUE]) is not None for value in values)
        return fitting >= self.share * len(values)


LONGEST_VALUE = 500
"""Characters of a value that are looked at to tell what a column holds."""


def _target(names: str, shape: str | None = None, *, share: float = 0.6, zero_is_null: bool = False) -> Target:
    return Target(tuple(names.split()), re.compile(shape) if shape else None, share, zero_is_null)


_NUMBER = r"\d{1,6}(?:\.0+)?(?:[ -]?[A-Za-z]|[ -]\d/\d|-\d{1,6})?"
_STREET_ADDRESS = r"\d\S*\s+\S*[^\W\d].*"
_ZIP = r"\d{5}(?:-?\d{4})?"
_DIRECTION = r"(?i)(?:[ns]\.?[ew]?\.?|[ew]\.?|north|south|east|west|(?:north|south)(?:east|west))"
_WORDY = r".*[^\W\d].*"
_DATE = r".*\d.*"
_COUNT = r"\d[\d,]*(?:\.0+)?"

_STATUS = (
    "buildstatus buildstat status constructionstatus conststatus conststat networkstatus netstatus servicestatus "
    "servstat buildstate lifecyclestatus lifecycle stat buildstage stage projectstatus phasestatus planstatus "
    "serviceability servicestate nodestatus spanstatus rolloutstatus"
)
_EXPECTED = (
    "expectedliveon expectedlive expectedlivedate readydate rfsdate rfs estready estcompletion estcomplete "
    "estcompletiondate expectedcompletion targetdate targetlive plannedlive planneddate plannedrfs expectedrfs "
    "estimatedcompletion estdate etadate eta completiondate compdate readyforservice readyforservicedate expecteddate "
    "targetrfs anticipateddate forecastdate plannedcompletion ready readyon readyby"
)
_PHASE = "phase phasename buildphase projectphase phaseno phasenum phaseid phasenumber constructionphase tranche"
_TECHNOLOGY = "technology tech techtype technologytype accesstechnology accesstech servicetype techcode technologycode"
_TECHNOLOGY_WORDS = (
    r"(?i).*(?:fib|ftt|pon|wireless|fwa|wisp|cbrs|tarana|ethernet|copper|dsl|cable|coax|hfc|docsis|satellite).*|"
    r"(?:[1-4][0-3]|50|6[01]|7[0-2])(?:\.0)?"
)
_COUNTY = _target("county countyname cntyname cnty", _WORDY)

_PLAN: dict[str, Target] = {
    "status": _target(_STATUS),
    "phase": _target(_PHASE),
    "technology": _target(_TECHNOLOGY, _TECHNOLOGY_WORDS, share=0.3),
    "priority": _target(
        "priority prio rank buildpriority priorityrank", r"(?i)(?:p|priority)? ?\d+(?:\.0)?|high|medium|low"
    ),
    "expected_live_on": _target(_EXPECTED, _DATE),
    "live_on": _target("liveon livedate golive golivedate inservicedate isd activationdate activedate litdate", _DATE),
    "network_ready_on": _target("networkreadyon networkready networkreadydate netready rfpdate", _DATE),
    "sales_open_on": _target("salesopenon salesopen salesopendate salesstart presaledate salesdate orderopen", _DATE),
}

_PORTS_TOTAL = "portstotal totalports ports capacity portcount numports noports portcapacity maxports"

TARGETS: Mapping[Role, Mapping[str, Target]] = MappingProxyType(
    {
        Role.ADDRESSES: {
            "number": _target(
                "addnumber addrnum addressnumber housenumber houseno housenum addrno streetnumber streetno stnum stno "
                "number hnum hno civicnumber civicno addnofull address addr strno addnum numero",
                _NUMBER,
                zero_is_null=True,
            ),
            "number_prefix": _target("addnumpre preaddrnum addrnumprefix numberprefix housenumberprefix"),
            "number_suffix": _target(
                "addnumsuf addrnumsuf addrnumsuffix numbersuffix housenumbersuffix numsuf housesuf addrsuffix fraction"
            ),
            "pre_directional": _target(
                "stpredir predir dirpre prefixdir predirectional streetpredir predirection stnpredir stdirpre "
                "dirprefix fedirp predircode prefixdirection streetprefixdirection addrpredir direction",
                _DIRECTION,
            ),
            "pre_type": _target("stpretyp sttypepre pretype stnpretyp streetpretype prefixtype fetypep"),
            "street_name": _target(
                "stname streetname roadname stnam street strname rdname fename streetnm stnamebase basename road "
                "stnamfull fullstreetname streetfull thoroughfare",
                r".*\w.*",
            ),
            "post_type": _target(
                "stpostyp posttype roadtype sttype streettype suffixtype stnpostyp fetype suftype sttyp strtype rdtype "
                "streetsuffix stsuffix suffix postyp streetposttype"
            ),
            "post_directional": _target(
                "stposdir postdir dirsuf sufdir stnposdir postdirectional suffixdir postdirection streetpostdir fedirs "
                "dirsuffix sufdircode suffixdirection",
                _DIRECTION,
            ),
            "unit_type": _target("unittype apttype suitetype subaddresstype unitdesignator occupancytype sutype"),
            "unit": _target(
                "unit unitid unitnum unitno unitnumber apt aptno aptnum apartment lvapt suite ste subaddress unitval "
                "secondaryunit occupancyid aptsuite spacenum"
            ),
            "building": _target("building bldg bldgid buildingid bldgname buildingname bldgno buildingno"),
            "full_address": _target(
                "fulladdress fulladdr addressfull addrfull siteaddress siteaddr addressconcat addressprimary addr1 "
                "address1 addressline1 streetaddress locationaddress situsaddress situsaddr situs "
                "propertyaddress physicaladdress address addr siteadd fullstreetaddress serviceaddress label",
                _STREET_ADDRESS,
            ),
            "city": _target(
                "incmuni city municipality municipali postcomm postcity town cityname muni communityname msagcomm "
                "placename community sitecity situscity locality",
                _WORDY,
            ),
            "state": _target("state st stateabbr stateabbrev statecode stateusps region province", r"[A-Za-z .]{2,20}"),
            "zip": _target(
                "zip zipcode zip5 postcode postalcode zipcd postal postzip sitezip situszip", _ZIP, zero_is_null=True
            ),
            "zip4": _target("zip4 plus4 zipsuffix postcode4 postcodeex zipplus4 zipext", r"\d{4}", zero_is_null=True),
            "county": _COUNTY,
            "type": _target(
                "addrtype addresstype type placetype structuretype usetype use bldgtype propertytype buildingtypecode "
                "landuse addrclass pointtype sitetype structtype usecode premisetype proptype"
            ),
            "bsl_flag": _target("bslflag"),
            "source_id": _target(
                "nguid sitenguid esiteid siteid objectid fid oid globalid uuid guid addressid addrid addrptkey "
                "siteaddid id hash gid recordid ogcfid parcelid parcelno apn"
            ),
            "structure_id": _target("structureid structid bldgid buildingid locationid structureno", zero_is_null=True),
            "parcel_id": _target(
                "parcelid parcelno parcelnum parcelnumber pin apn geocode taxid taxlot pid parcel taxparcelid strap",
                zero_is_null=True,
            ),
            "fcc_location_id": _target(
                "fcclocationid fcclocid bslid fabricid", r"\d{10}", share=0.9, zero_is_null=True
            ),
            "unit_count": _target("unitcount units numunits noofunits unitscount unitcnt dwellingunits hhp", _COUNT),
            "status": _target(
                "buildstatus buildstat servicestatus servstat networkstatus netstatus serviceability fiberstatus "
                "constructionstatus rolloutstatus"
            ),
            "terminal_id": _target(
                "terminalid terminal termid mst mstid napid nap fatid fat ctoid servingterminal taploc"
            ),
            "placement": _target("placement placementcode placementmethod positionmethod addrpoint pointlocation"),
        },
        Role.COVERAGE: {
            "area_name": _target(
                "areaname fdaid fdaname fda servicearea servicearename serviceareaname sa saname areaid polygonname "
                "zonename zone fsaid fsa dsaid dsa name hubname fiberhood label"
            ),
            **_PLAN,
            "cabinet": _target(
                "cabinet cabinetid cabid fdh fdhid fdhname hub hubid pfp pfpid dslam lcp lcpid fdc fdcid"
            ),
            "splitter": _target("splitter splitterid spl splid primarysplitter"),
            "capacity": _target(f"{_PORTS_TOTAL} maxcapacity hhcapacity", _COUNT),
        },
        Role.EXCLUSION: {
            "area_name": _target("areaname name exclusionname zone zonename label id"),
            "reason": _target("reason exclusionreason why comment comments note notes remark remarks description"),
            "review_on": _target("reviewon reviewdate review expires expireson expirydate expirationdate", _DATE),
            "technology": _target(_TECHNOLOGY, _TECHNOLOGY_WORDS, share=0.3),
        },
        Role.NETWORK_LINES: {
            "line_id": _target("lineid cableid cablename routeid routename spanid segmentid ductid name id label"),
            "kind": _target("kind type linetype cabletype routetype class layer hierarchy category placement"),
            **_PLAN,
            "strands": _target("strands fibercount fibrecount fibers strandcount cablesize nofibers size", _COUNT),
        },
        Role.NETWORK_POINTS: {
            "terminal_id": _target(
                "terminalid termid terminal mstid mst napid nap fatid fat ctoid cto otbid fdhid cabinetid equipmentid "
                "nodeid siteid name id label"
            ),
            "kind": _target(
                "kind type equipmenttype equiptype devicetype nodetype structuretype assettype class category"
            ),
            **_PLAN,
            "ports_total": _target(_PORTS_TOTAL, _COUNT),
            "ports_free": _target(
                "portsfree freeports availableports portsavailable portsavail spareports availports openports",
                _COUNT,
            ),
            "cabinet": _target("cabinet cabinetid fdh fdhid hub hubid pfp parentcabinet"),
            "splitter": _target("splitter splitterid spl splid"),
        },
        Role.BARRIER: {
            "name": _target("name fullname rivername roadname fname streetname gnisname"),
            "kind": _target("kind type hydroclass class fcode ftype classifica roadclass"),
        },
        Role.BOUNDARY: {
            "city": _target("city cityname town place placename municipality muni poname jurisdiction name", _WORDY),
            "zip": _target("zip zipcode zcta zcta5ce10 zcta5ce20 geoid10 postcode postalcode zip5", _ZIP),
            "state": _target("state st stateabbr stusps statename", r"[A-Za-z .]{2,20}"),
            "county": _COUNTY,
        },
        Role.BUILDING: {
            "structure_id": _target("structureid bldgid buildingid id objectid fid uuid globalid", zero_is_null=True),
            "parcel_id": _target("parcelid pin apn geocode", zero_is_null=True),
            "type": _target("type buildingtype bldgtype use occupancy class occcls primaryocc"),
            "unit_count": _target("unitcount units numunits", _COUNT),
        },
        Role.PARCEL: {
            "parcel_id": _target("parcelid parcelno parcelnum parcelnumber apn pin geocode taxid taxlot pid parcel id"),
            "full_address": _target(
                "situsaddress situsaddr siteaddress siteaddr situs address propaddr", _STREET_ADDRESS
            ),
            "type": _target("usecode landuse proptype use class propertytype"),
        },
        Role.CONTEXT: {"name": _target("name label title")},
    }
)
"""Role -> target field -> what is known of it. The keys are all the fields that a mapping may fill."""
