"""Places that number by a grid: Utah, Wisconsin, Illinois, Indiana, Kansas, Minnesota, Washington."""

from __future__ import annotations

from random import Random

from tests.address.match.country.roads import roads
from tests.address.match.country.style import Style, plain, towns


def _wisconsin(random: Random) -> str:
    return f"{random.choice('NS')}{random.randint(10, 99)}W{random.randint(12000, 29999)}"


def _west(random: Random) -> str:
    return f"W{random.randint(140, 240)}N{random.randint(2000, 11999)}"


def _either(random: Random) -> str:
    return random.choice((_wisconsin, _west))(random)


def _parted(number: str, random: Random) -> str:
    """Write N57W24380 with a space, a hyphen or small letters."""
    at = max(number.rfind(letter) for letter in "NSEW")
    return random.choice((f"{number[:at]} {number[at:]}", number.lower(), f"{number[:at]}-{number[at:]}", number))


def _illinois(random: Random) -> str:
    return f"{random.randint(0, 42)}{random.choice('NSW')}{random.randint(100, 999):03}"


def _spaced(number: str, random: Random) -> str:
    """Write 25W430 with a space or a hyphen on either side of the letter, or small."""
    letter = next(each for each in number if each in "NSW")
    first, second = number.split(letter)
    return random.choice((f"{first}{letter} {second}", f"{first}{letter}-{second}", number.lower(), number))


GRIDS = (
    Style(
        "Utah grid",
        towns("Provo UT 84601", "Logan UT 84321", "Spanish Fork UT 84660"),
        roads("S||200||E, N||200||E, S||200||W, W||300||S, E||300||S, W||1200||N, E||100||N, N|Main|St"),
        lambda random: str(random.randint(2, 60) * 25),
    ),
    Style(
        "Salt Lake",
        towns("Salt Lake City UT 84101", "Sandy UT 84070|White City", "Murray UT 84107"),
        roads(
            "S|State|St, W||North Temple||, E||South Temple||, E||3300||S, E||500||S, W||500||S, E||900||S, "
            "S||Redwood|Rd|, S||1300||E, S||700||E, E|Wasatch|Blvd, W||Temple Square||"
        ),
        plain(10, 3999),
    ),
    Style(
        "Wisconsin grid",
        towns("Sussex WI 53089", "Germantown WI 53022", "Menomonee Falls WI 53051"),
        roads("N|Corporate|Cir, Fairlane|Ct, Goldendale|Rd, Silver Spring|Dr, Lilly|Rd, Main|St, ||Plaza|Dr|"),
        _either,
        _parted,
    ),
    Style(
        "Illinois grid",
        towns("Wheaton IL 60187", "Saint Charles IL 60175", "Naperville IL 60563"),
        roads("Geneva|Rd, Cottonwood|Dr, Deerhaven|Trl, Naper|Blvd, Army Trail|Rd, Winfield|Rd"),
        _illinois,
        _spaced,
    ),
    Style(
        "Midwest section roads",
        towns("Danville IN 46122", "Lawrence KS 66044", "Bloomington IL 61705", "Franklin IN 46131"),
        roads(
            "W|CR|300||S, E|CR|300||S, W|CR|300||N, N||100th|Rd|, E||1500|Rd|, N||1500|Rd|, N||2100 East|Rd|, "
            "S|CR|500||W, N|CR|500||W"
        ),
        plain(100, 9999),
    ),
    Style(
        "Minnesota quadrants",
        towns("Rochester MN 55901", "Minneapolis MN 55414", "Willmar MN 56201"),
        roads(
            "||5th|Ave|NW, ||5th|Ave|SW, ||5th|St|SE, ||5th|St|NW, ||10th|Ave|NE, ||Como|Ave|SE, Main|St, "
            "||21st|Ave|SE, ||Franklin|Ave|SE, ||Becker|Ave|SW"
        ),
        plain(100, 4999),
    ),
    Style(
        "Washington quadrants",
        towns("Washington DC 20009", "Washington DC 20002"),
        roads(
            "||Pennsylvania|Ave|NW, ||Pennsylvania|Ave|SE, ||K|St|NW, ||K|St|NE, ||1st|St|NW, ||1st|St|NE, ||East "
            "Capitol|St|SE, ||North Capitol|St|NW, ||Rhode Island|Ave|NE, ||O|St|SE, ||34th|St|NW"
        ),
        plain(100, 2999),
    ),
    Style(
        "Dakota townships",
        towns("Fargo ND 58104", "Jamestown ND 58401", "Aberdeen SD 57401"),
        roads("||34th|St|SE, ||34th|Ave|SE, ||134th|Ave|SE, ||34th|St|NE, ||124th|St|, ||384th|Ave|, ||5th|Ave|SE"),
        plain(1000, 15999),
    ),
)
