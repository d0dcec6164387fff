"""The state that a ZIP code belongs to, by its first three digits.

Source: USPS, Domestic Mail Manual, L002 "3-Digit ZIP Code Prefix Groups". A few ZIP codes reach over a state line;
their mail still carries the state of their post office.
"""

from __future__ import annotations

from bisect import bisect_right

# First prefix of each run, and the state of the run; an empty text: not in use, or military.
_RUNS = (
    (0, ""), (5, "NY"), (6, "PR"), (8, "VI"), (9, "PR"), (10, "MA"), (28, "RI"), (30, "NH"), (39, "ME"), (50, "VT"),
    (55, "MA"), (56, "VT"), (60, "CT"), (70, "NJ"), (90, ""), (100, "NY"), (150, "PA"), (197, "DE"), (200, "DC"),
    (201, "VA"), (202, "DC"), (206, "MD"), (220, "VA"), (247, "WV"), (269, ""), (270, "NC"), (290, "SC"), (300, "GA"),
    (320, "FL"), (340, ""), (341, "FL"), (350, "AL"), (370, "TN"), (386, "MS"), (398, "GA"), (400, "KY"), (428, ""),
    (430, "OH"), (460, "IN"), (480, "MI"), (500, "IA"), (529, ""), (530, "WI"), (550, "MN"), (568, ""), (569, "DC"),
    (570, "SD"), (578, ""), (580, "ND"), (589, ""), (590, "MT"), (600, "IL"), (630, "MO"), (659, ""), (660, "KS"),
    (680, "NE"), (694, ""), (700, "LA"), (715, ""), (716, "AR"), (730, "OK"), (733, "TX"), (734, "OK"), (750, "TX"),
    (800, "CO"), (817, ""), (820, "WY"), (832, "ID"), (839, ""), (840, "UT"), (848, ""), (850, "AZ"), (866, ""),
    (870, "NM"), (885, "TX"), (886, ""), (889, "NV"), (899, ""), (900, "CA"), (962, ""), (967, "HI"), (969, "GU"),
    (970, "OR"), (980, "WA"), (995, "AK"),
)  # fmt: skip
_FIRST = tuple(first for first, _ in _RUNS)


def state_of_zip(zip_code: str | None) -> str | None:
    """Return the USPS abbreviation of a ZIP code's state; None for what is no ZIP code of a state.

    Examples
    --------
    >>> state_of_zip("59741")
    'MT'
    >>> state_of_zip("09012") is None  # military
    True
    """
    if zip_code is None or len(zip_code) < 5 or not zip_code[:5].isascii() or not zip_code[:5].isdigit():
        return None
    return _RUNS[bisect_right(_FIRST, int(zip_code[:3])) - 1][1] or None
