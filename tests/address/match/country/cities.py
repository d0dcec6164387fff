"""Cities: hyphenated numbers, numbered streets, twins, names that look alike and names that are types or directions."""

from __future__ import annotations

from random import Random

from tests.address.match.country.roads import roads
from tests.address.match.country.style import Style, plain, towns


def _queens(random: Random) -> str:
    return f"{random.randint(20, 168)}-{random.randint(1, 79):02}"


def _unhyphenated(number: str, random: Random) -> str:
    """Write 37-06 with a space, without its hyphen, or with a longer one."""
    first, second = number.split("-")
    return random.choice((f"{first} - {second}", f"{first}–{second}", number, number, f"{first}{second}"))


CITIES = (
    Style(
        "Queens",
        towns("Jackson Heights NY 11372|Queens", "Forest Hills NY 11375|Queens", "Jamaica NY 11435"),
        roads("75th|St, 75th|Ave, 34th|Ave, 34th|Rd, Queens|Blvd, Austin|St, Hillside|Ave, Yellowstone|Blvd"),
        _queens,
        _unhyphenated,
    ),
    Style(
        "Manhattan",
        towns("New York NY 10001|Manhattan", "New York NY 10016", "New York NY 10027"),
        roads(
            "W|34th|St, E|34th|St, 5th|Ave, Park|Ave, ||Park|Ave|S, Broadway, W|3rd|St, E|3rd|St, 3rd|Ave, Avenue "
            "of the Americas, W|21st|St, ||Central Park||W, Bowery, |Ave|B||"
        ),
        plain(1, 699),
    ),
    Style(
        "numbered streets",
        towns("Phoenix AZ 85016", "Tampa FL 33605", "Seattle WA 98122"),
        roads(
            "1st|St, 1st|Ave, 2nd|St, 3rd|St, 3rd|Ave, 3rd|Pl, 21st|St, 34th|St, N|34th|St, 10th|Ct, 103rd|St, 13th|St"
        ),
        plain(100, 5999),
    ),
    Style(
        "directional twins",
        towns("Jacksonville FL 32202", "Toledo OH 43604", "Louisville KY 40202"),
        roads(
            "N|Adams|St, S|Adams|St, E|Adams|St, Adams|St, W|Jefferson|St, E|Jefferson|St, ||Okeechobee|Blvd|, "
            "W|Okeechobee|Blvd, ||Chestnut|St|N, ||Chestnut|St|S, N|Broadway|, S|Broadway|"
        ),
        plain(100, 7999),
    ),
    Style(
        "look-alike streets",
        towns("Columbus OH 43215", "Fort Lauderdale FL 33316", "Boise ID 83702"),
        roads(
            "Andrew|Ave, Andrews|Ave, Park|Ave, Parks|Ave, Marian|St, Marion|St, Maple|Dr, Mapleton|Dr, "
            "Oakwood|Dr, Oakwood|Ct, Oakwood|Ln, Moran|Rd, Morgan|Rd, Glen Oak|Rd, Glenoak|Cir, Sunset|Blvd, "
            "Sunset|Ter, Sunrise|Blvd, Johnson|St, Johnston|St"
        ),
        plain(100, 3999),
    ),
    Style(
        "names that are types",
        towns("Warminster PA 18974", "Atlanta GA 30309", "Escondido CA 92025"),
        roads(
            "Street|Rd, Avenue|Rd, Park Place|Blvd, Park|Pl, Court|St, Lane|Ave, Circle|Dr, Terrace|Ave, "
            "Plaza|Dr, Ridge|Rd, Parkway|Dr, Park|Ave, Boulevard|St, The|Cir, Coral Ridge|Dr, Coral|Rdg, Forest "
            "Hill|Blvd, Lake Shore|Dr, Mill Run|Ct, Broad Way|St, Village Green|Way"
        ),
        plain(10, 2999),
    ),
    Style(
        "names that are directions",
        towns("Park Ridge IL 60068", "Sarasota FL 34236", "Fresno CA 93704"),
        roads(
            "North|St, West|Ave, South|St, N|West|Ave, E|North|Ave, Northwest|Hwy, N|Northwest|Hwy, East "
            "West|Hwy, West End|Ave, ||South|Ave|W, N|St, E|St, North Shore|Dr, Southwest|Fwy"
        ),
        plain(10, 4999),
    ),
    Style(
        "saints, forts and mounts",
        towns("Saint Paul MN 55102", "Fort Worth TX 76102", "Mount Vernon WA 98273", "Port Saint Lucie FL 34986"),
        roads(
            "Saint Charles|Ave, Saint Johns|St, Mount Vernon|Ave, Fort Hamilton|Pkwy, W|Mount Hope|Rd, Saint|Ave, "
            "Mount Pleasant|St, ||Saint Augustine|Rd|S, Old Saint Marys|Ln, Fort King|St"
        ),
        plain(10, 6999),
    ),
    Style(
        "one street in two towns",
        towns("Delray Beach FL 33444", "Delray Beach FL 33445", "Springfield MA 01103", "Springfield IL 62701"),
        roads("S|Congress|Ave, Main|St, Atlantic|Ave, Elm|St, Washington|Blvd, Linton|Blvd"),
        plain(100, 1999),
    ),
)
