"""The country: farm-to-market and county roads, highways, lettered routes, fractions."""

from __future__ import annotations

from tests.address.match.country.roads import roads
from tests.address.match.country.style import Style, plain, towns

RURAL = (
    Style(
        "Texas roads",
        towns("Houston TX 77068", "Lakeway TX 78734|Austin", "Alvarado TX 76009", "San Antonio TX 78216"),
        roads(
            "|FM|1960||W, |FM|1960||E, |FM|917||, |CR|917||, |CR|605A||, |RM|620||S, |RM|620||N, |US Hwy|67||, "
            "|State Hwy|6||N, |State Hwy|6||S, |Loop|410||, N|Loop|1604||E, |I|35||N, |Spur|63||"
        ),
        plain(100, 29999),
    ),
    Style(
        "county roads",
        towns("Greeley CO 80631", "Wooster OH 44691", "Faribault MN 55021", "Navarre FL 32566"),
        roads(
            "|CR|12||, |CR|21||, |US Hwy|12||, |CSAH|12||, |Twp Rd|12||, |State Rte|12||, |CR|54 1/2||, |CR|74||, "
            "E|CR|12||, |State Rte|83||, Old County|Rd, Wooster|Rd"
        ),
        plain(100, 39999),
    ),
    Style(
        "Montana and Michigan",
        towns("Manhattan MT 59741", "Belgrade MT 59714|Manhattan", "Chelsea MI 48118", "Gaylord MI 49735"),
        roads(
            "|MT Hwy|86||, |US Hwy|191||, |US Hwy|10||, W|Dry Creek|Rd, E|Dry Creek|Rd, Frontage|Rd, N|Old US "
            "27|, W|Old US Highway 12|, Amsterdam|Rd, M 52|, Penwell Bridge|Rd, Baseline|Rd"
        ),
        plain(100, 19999),
    ),
    Style(
        "lettered routes",
        towns("Columbia MO 65202", "Door County WI 54235|Sturgeon Bay", "Hartland WI 53029"),
        roads(
            "|County Hwy|E||, |County Hwy|PP||, |CR|N||, |State Rte|FF||, |State Rte|AA||, |State Rte|47||, |US "
            "Hwy|63||, Old Plank|Rd"
        ),
        plain(1000, 9999),
    ),
    Style(
        "New England and Appalachia",
        towns("Stowe VT 05672", "Beckley WV 25801", "Pikeville KY 41501", "Concord NH 03301"),
        roads(
            "|State Rte|100||, |State Rte|100||N, |US Hwy|119||, |US Hwy|119||S, Mountain|Rd, Old Turnpike|Rd, "
            "|Forest Rd|71||, Stagecoach|Rd, Hollow|Rd, Upper Hollow|Rd, Lower Hollow|Rd"
        ),
        plain(1, 8999),
    ),
    Style(
        "half numbers",
        towns("Palmetto FL 34221", "Grand Junction CO 81501"),
        roads("||7th|St|W, ||8th|Ave|, Elm|St, Orchard|Ave, Patterson|Rd, N|Magnolia|Ave"),
        lambda random: f"{random.randint(100, 160)}{random.choice(('', ' 1/2'))}",
        lambda number, random: number.replace(" 1/2", random.choice(("½", "-1/2", " 1/2", " ½"))),
    ),
)
