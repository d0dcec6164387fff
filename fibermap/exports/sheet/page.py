"""The page around the map: Typst sets it, and every word on it is data to Typst, never a program."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import typst

from fibermap.coverage.model import CLASS_ORDER, Class
from fibermap.exports.sheet.drawing import Contents, draw, svg_start, symbol
from fibermap.exports.sheet.frame import Box, Frame
from fibermap.formats.whole_file import whole_file
from fibermap.maps.contents import Tally

PAPERS = {"us": ("us-letter", 279.4, 215.9), "metric": ("a4", 297.0, 210.0)}
"""Landscape: Typst's name of the paper, width and height in millimetres, by units."""
MARGIN_MM = 12.0
HEAD_MM, FOOT_MM = 17.0, 27.0
_MARK_MM = 4.0


@dataclass(frozen=True, slots=True)
class Page:
    """The words of a sheet.

    Attributes
    ----------
    notes
        Sentences below the legend, such as what was left out.
    """

    title: str
    caption: str
    units: str
    tallies: tuple[Tally, ...] = ()
    notes: tuple[str, ...] = ()


def write_sheet(path: Path, page: Page, contents: Contents, box: Box) -> None:
    """Write a map as PDF on one sheet of paper; the same contents give the same bytes.

    Raises
    ------
    InputRefused
        ``export_target_refused``.
    """
    paper, wide_mm, high_mm = PAPERS["us" if page.units == "us" else "metric"]
    frame = Frame.around(box, wide_mm - 2 * MARGIN_MM, high_mm - 2 * MARGIN_MM - HEAD_MM - FOOT_MM)
    with TemporaryDirectory(prefix="fibermap-sheet-") as folder, whole_file(path) as temporary:
        work = Path(folder)
        shutil.copyfile(str(files("fibermap.exports.sheet") / "sheet.typ"), work / "sheet.typ")
        (work / "map.svg").write_text(draw(contents, frame), encoding="utf-8")
        for class_ in CLASS_ORDER:
            (work / f"{class_}.svg").write_text(_mark(class_), encoding="utf-8")
        (work / "page.json").write_bytes(orjson.dumps(_words(page, paper, frame)))
        typst.compile(str(work / "sheet.typ"), output=str(temporary), root=str(work), ignore_system_fonts=True)


def _words(page: Page, paper: str, frame: Frame) -> dict[str, object]:
    bar_mm, bar_says = frame.scale_bar(page.units)
    return {
        "paper": paper,
        "margin_mm": MARGIN_MM,
        "head_mm": HEAD_MM,
        "title": page.title[:120],
        "caption": page.caption[:300],
        "map_high_mm": frame.high_mm,
        "scale": f"1 : {frame.ratio:,}",
        "bar_mm": bar_mm,
        "bar_says": bar_says,
        "tallies": [
            {"mark": f"{tally.class_}.svg", "says": f"{tally.class_}: {tally.addresses:,} ({tally.units:,} units)"}
            for tally in page.tallies
        ],
        "notes": [note[:400] for note in page.notes],
    }


def _mark(class_: Class) -> str:
    return f"{svg_start(-_MARK_MM / 2, -_MARK_MM / 2, _MARK_MM, _MARK_MM)}{symbol(class_, 1.6)}</svg>"
