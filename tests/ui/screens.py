"""Pictures of the screens, for people to look at, and what axe has to say about them."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "screens"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(found => ["serious", "critical"].includes(found.impact))
    .map(found => `${found.id}: ${found.nodes.map(node => node.target.join(" ")).join("; ")}`)"""


def picture(page: Page, name: str) -> Path:
    """Keep a picture of a page as ``build/screens/NAME.png``."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    return file


def serious_findings(page: Page) -> list[str]:
    """Return what axe finds serious or worse. It comes in past the page's policy, which no page script could."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return list(page.evaluate(_RUN))
