"""A map as the server drew it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

HEIGHT_PX = 600


@dataclass(frozen=True, slots=True)
class Page:
    """One HTML page that needs no network; shows itself in a notebook, like the map that it holds."""

    html: str = field(repr=False)

    def save(self, path: str | Path) -> None:
        """Write it to a file."""
        Path(path).write_text(self.html, encoding="utf-8")

    def _repr_html_(self) -> str:
        style = f"width:100%;height:{HEIGHT_PX}px;border:0"
        return f'<iframe srcdoc="{escape(self.html)}" style="{style}"></iframe>'
