"""The words by which layers, folders and fields give themselves away."""

from __future__ import annotations

from fibermap.ingest.groups import Role
from fibermap.ingest.words import phrase_of


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase_of(phrase) for phrase in text.split(","))


NETWORK = _phrases(
    "ftth, fttp, fttx, fiber, fibre, fiber optic, fob, gpon, xgs pon, pon, broadband, olt, fda, fdh, "
    "fsa, outside plant, osp, as built, isp, last mile, telecom, network plan, serviceability, nbn, comsof, "
    "drop cable, feeder cable, distribution cable, drop cluster, distribution cluster, feeder cluster, splice closure"
)
"""Somewhere in the path of folders these say that the file is about a fiber network."""

SERVICE_AREA = _phrases(
    "service area, serving area, service polygon, service boundary, coverage, coverage area, "
    "serviceable area, distribution area, fda, fdas, fdh area, fdh boundary, fsa, dsa, fiberhood, build "
    "area, build zone, buildout, network footprint, service footprint, served area, drop cluster, drop "
    "clusters, distribution cluster, distribution clusters, feeder cluster, feeder clusters, pon area, "
    "cabinet area, splitter area, serving polygon, proposed service, ftth area, fiber area, service "
    "zone, serviceable, rollout area"
)
"""Polygons so called are where service is or will be."""

EXCLUSION = _phrases(
    "exclusion, excluded, exclude, exclusion zone, exclusion area, do not serve, do not build, no "
    "build, no build zone, no service, refused easement, easement refused, out of scope, not "
    "serviceable, no go"
)

OTHER_UTILITY = _phrases(
    "water, sewer, fire, school, electric, power, gas, police, ems, ambulance, library, hospital, "
    "garbage, trash, waste, storm, irrigation, voting, election, transit, bus, truck, snow, plow, bike, "
    "trail, mail, hydrant"
)
"""What has service areas, districts and routes too, but not of fiber."""

ROUTE = _phrases(
    "fiber route, fibre route, fiber, fibre, fob, feeder, distribution cable, drop cable, backbone, "
    "strand, duct, conduit, microduct, cable, lit fiber, dark fiber, backhaul"
)
WEAK_ROUTE = _phrases(
    "route, drop, trench, path, line, segment, trunk, lateral, aerial, underground, buried, span, splice, ring"
)
"""Lines so called are the network's only in a file that is."""

POINT_KINDS: dict[str, tuple[str, ...]] = {
    "terminal": _phrases(
        "terminal, mst, nap, fat, cto, otb, fdt, drop terminal, drop point, access terminal, multiport"
    ),
    "cabinet": _phrases("fdh, cabinet, fdc, pfp, lcp, hub, fiber hub, distribution hub, street cabinet"),
    "splitter": _phrases("splitter, splitters, optical splitter"),
    "olt": _phrases("olt, olts, optical line terminal, central office, head end, headend, hubsite"),
    "structure": _phrases(
        "pedestal, ped, handhole, hand hole, hh, manhole, mh, vault, pole, chamber, flowerpot, access "
        "structure, closure, splice, splice closure, enclosure, slack"
    ),
    "site": _phrases(
        "site, pop, node, tower, hut, shelter, switch, exchange, data center, substation site, distribution point"
    ),
}
"""Kind of network point -> what people call it; the first kind that is found counts."""

SURE_POINT_KINDS = frozenset({"terminal", "cabinet", "splitter", "olt"})

CONTEXT = _phrases(
    "subdivision, subdivisions, plat, zoning, zone district, land use, park, school, library, hydrant, "
    "lake, pond, reservoir, wetland, flood, floodplain, fema, soil, contour, annexation, planning, "
    "jurisdiction, district, precinct, ward, esz, esn, psap, fire, water, sewer, easement, cemetery, "
    "facility, facilities, landmark, trail, census, tract, block group, elevation, historic, tif, "
    "ordinance, permit, right of way, staging"
)
"""Layers so called are context whatever else they seem to be, unless the file itself is about the network."""

NAMED_LAYERS: tuple[tuple[Role, str, tuple[str, ...]], ...] = (
    (Role.BARRIER, "area", _phrases("river, stream, creek, canal, waterway")),
    (
        Role.BARRIER,
        "line",
        _phrases("river, stream, creek, canal, waterway, rail, railroad, railway, railline, railroads"),
    ),
    (Role.BARRIER, "line", _phrases("highway, interstate, motorway, freeway, expressway")),
    (
        Role.BOUNDARY,
        "area",
        _phrases(
            "zip, zip code, zipcode, zcta, postal code, postcode, city boundary, city boundaries, city limit, "
            "city limits, cities, municipal boundary, municipal boundaries, municipality, municipalities, town "
            "boundary, town boundaries, town limit, county boundary, county boundaries, incorporated place, "
            "city"
        ),
    ),
    (
        Role.BUILDING,
        "area",
        _phrases("building, buildings, building footprint, footprint, structure, bldg, bldgs, rooftop"),
    ),
    (Role.PARCEL, "area", _phrases("parcel, taxlot, tax lot, cadastral, cadastre, property boundary")),
)
"""Role, kind of geometry, and the names that such layers go by."""

NEVER_COVERAGE = tuple(
    phrase
    for role, _, phrases in NAMED_LAYERS
    if role in (Role.PARCEL, Role.BOUNDARY)
    for phrase in phrases
    if phrase.startswith("zip") or " " in phrase or role is Role.PARCEL
)
"""Parcels and city limits are that, in a network plan too; a bare *City* there may be the name of an area."""

ROAD_FIELDS = frozenset(
    phrase_of(
        "speedlimit speed lanes surface oneway fraddl toaddl fraddr toaddr fromaddrl toaddrl lfadd ltadd "
        "rfadd rtadd roadclass mtfcc fclass zipleft zipright addfl addtl postcodel postcoder roadcenter "
    ).split()
)
"""Two of these column keys make a layer of lines a road network."""

NETWORK_FIELDS = frozenset(
    phrase_of(
        "fda fdaid fdaname fdh fdhid fsa fsaid dsa cabinet cabinetid splitter splitterid olt oltid pon ponid "
        "hubid pfp techtype splitratio fibercount fibrecount strandcount strands cablesize portstotal "
        "portsfree totalports freeports homespassed hhp passings buildstatus buildstat networkstatus "
        "netstatus rfsdate readyforservicedate aggid expectedliveon splicepoint terminalid "
    ).split()
)
"""Column keys that only network plans have."""

FOOTPRINT_FIELDS = frozenset({"release", "capturedatesrange"})
"""Column keys of Microsoft's building footprints, whose layers are named for the state."""
