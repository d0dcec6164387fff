"""Places for mail only, where nobody can be connected: PO boxes, rural routes without a house number, military posts.

Source: USPS Publication 28, sections 24 (rural routes), 25 (highway contracts), 26 (general delivery), 28 (PO boxes)
and 238 (military); section 29 for Puerto Rico.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fibermap.address.normalise import words

_PO_BOX = re.compile(r"(?:P\.? ?O\.? ?|POST OFFICE |POST )?BOX\.? ?#? ?(?P<box>[A-Z0-9-]+)|GENERAL DELIVERY")
_PO_LEAD = re.compile(r"(?:P\.? ?O\.? ?B(?:OX)?\b|POST OFFICE BOX|GENERAL DELIVERY)")
_RURAL = re.compile(
    r"(RR|R\.? ?R\.?|RURAL R(?:OU)?TE?|RT|RTE|SR|HCR?|H\.? ?C\.?|HIGHWAY CONTRACT(?: R(?:OU)?TE?)?|STAR R(?:OU)?TE?)"
    r" ?#? ?(\d+),? (?:BOX|BUZON|BZN) ?#? ?([A-Z0-9-]+)"
)
_MILITARY = re.compile(r"\b(?:APO|FPO|DPO),? (?:AE|AP|AA)\b")
_OTHER = re.compile(
    r"(?:PMB|DRAWER|LOCK ?BOX|CALLER(?: SERVICE)?|APARTADO(?: POSTAL)?|CAJA POSTAL|BUZON)"
    r" ?#? ?(?:\d[\d-]*|[A-Z])(?=,|$| )"
)
_UP_TO_COMMA = re.compile("[^,]+")


class MailPlace(NamedTuple):
    """What mail is sent to: its name, the box on a rural route, and where it ends in the text."""

    name: str
    box: str | None
    end: int


def find_mail_place(folded: str) -> MailPlace | None:
    """Return the place for mail that a folded text begins with, or None."""
    if rural := _RURAL.match(folded):
        kind = "HC" if rural[1][0] == "H" else "RR"
        return MailPlace(f"{kind} {int(rural[2][:9])}", rural[3], rural.end())
    if _PO_LEAD.match(folded) and (box := _PO_BOX.match(folded)):
        return MailPlace(f"PO BOX {box['box']}" if box["box"] else "GENERAL DELIVERY", None, box.end())
    other = _OTHER.match(folded) or (_MILITARY.search(folded) and _UP_TO_COMMA.match(folded))
    return MailPlace(" ".join(words(other.group())), None, other.end()) if other else None
