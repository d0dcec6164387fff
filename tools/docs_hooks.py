"""What is made when the docs are built: reference pages from the code, pictures by the tests of the screens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

_MARK = re.compile(r"<!-- generate: (\w+) -->")
_PICTURE = re.compile(r"!\[(?P<says>[^]]+)\]\(tour/(?P<name>[\w-]+)\.png\)(?:\{[^}]*\})?")
_SCREENS = Path(__file__).resolve().parents[1] / "build" / "screens"


def pictures(markdown: str) -> list[str]:
    """Return the names of the pictures of the tour that a page shows."""
    return [found["name"] for found in _PICTURE.finditer(markdown)]


def on_files(files: Any, config: Any) -> Any:
    """Add the pictures that the tests of the screens have left. Called by mkdocs before it reads the pages."""
    from mkdocs.structure.files import File

    tour = (Path(config["docs_dir"]) / "tour.md").read_text(encoding="utf-8")
    for file in (_SCREENS / f"{name}.png" for name in pictures(tour)):
        if file.is_file():
            files.append(File.generated(config, f"tour/{file.name}", abs_src_path=str(file)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace each mark by what it names, and a picture that is not made by what it shows. Called for every page."""
    written = _MARK.sub(lambda found: "\n".join(_PAGES[found[1]]()), markdown)
    return _PICTURE.sub(_shown, written)


def _shown(picture: re.Match[str]) -> str:
    is_made = (_SCREENS / f"{picture['name']}.png").is_file()
    return picture[0] if is_made else f"*{picture['says']}: `make tour`.*"


def cli_reference() -> Iterator[str]:
    """Describe each verb with its arguments and options."""
    from fibermap.cli.app import app

    for name, verb in _verbs(typer.main.get_command(app)):
        yield f"\n## fibermap {name}\n\n{' '.join((verb.help or '').split())}\n"
        rows = [row for parameter in verb.params if (row := _parameter(parameter))]
        yield from _table(("parameter", "meaning"), rows)


def _verbs(group: Any) -> Iterator[tuple[str, Any]]:
    """Yield each verb with its name; one of two words stands in a group of its own."""
    for name, verb in group.commands.items():
        if hasattr(verb, "commands"):
            yield from ((f"{name} {second}", inner) for second, inner in _verbs(verb))
        else:
            yield name, verb


def settings_reference() -> Iterator[str]:
    """Describe each setting with its default."""
    from fibermap.kernel.settings import Engine, Limits, Settings
    from fibermap.messages.settings import MailSettings
    from fibermap.money.settings import MoneySettings
    from fibermap_api.settings import ApiSettings

    models = (
        ("Behaviour", Settings), ("Limits", Limits), ("Database", Engine), ("Server", ApiSettings),
        ("Payments", MoneySettings), ("Messages", MailSettings),
    )  # fmt: skip
    for title, model in models:
        prefix = str(model.model_config["env_prefix"])
        fields = {name: field for name, field in model.model_fields.items() if field.description}
        yield f"\n## {title}\n"
        rows = [
            (f"`{prefix}{name.upper()}`", f"`{_default(field.default)}`", field.description or "")
            for name, field in fields.items()
        ]
        yield from _table(("variable", "default", "meaning"), rows)


def schema_reference() -> Iterator[str]:
    """List each view and table of a new database with its columns."""
    from fibermap.store import Store

    store = Store.open(":memory:")
    columns = store.sql.rows(
        "docs.columns",
        """
        SELECT t.table_type, c.table_name, c.column_name, c.data_type
        FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = 'main' ORDER BY t.table_type DESC, c.table_name, c.ordinal_position
        """,
    )
    store.close()
    tables: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for kind, table, column, data_type in columns:
        tables.setdefault((kind, table), []).append((f"`{column}`", data_type.lower()))
    for (kind, table), rows in tables.items():
        yield f"\n## {table}\n\n{'View' if kind == 'VIEW' else 'Table'}.\n"
        yield from _table(("column", "type"), rows)


def http_reference() -> Iterator[str]:
    """List each endpoint with who may ask."""
    from fibermap_api.routes import ENDPOINTS

    for tag in dict.fromkeys(endpoint.tag for endpoint in ENDPOINTS):
        yield f"\n## {tag.capitalize()}\n"
        rows = [
            (
                f"`{endpoint.method} {endpoint.path}`",
                " ".join((endpoint.work.__doc__ or "").split()),
                _scopes(endpoint.needs),
            )
            for endpoint in ENDPOINTS
            if endpoint.tag == tag
        ]
        yield from _table(("endpoint", "what it does", "one of these scopes"), rows)


def _scopes(needs: Sequence[str]) -> str:
    from fibermap_api.endpoint import ANY_CALLER

    if not needs:
        return "nobody is asked"
    return "any key or login" if needs == ANY_CALLER else ", ".join(f"`{scope}`" for scope in needs)


def _parameter(parameter: Any) -> tuple[str, str] | None:
    if getattr(parameter, "hidden", False) or parameter.name == "help":
        return None
    is_option = parameter.param_type_name == "option"
    named = ", ".join(parameter.opts) if is_option else parameter.metavar or parameter.name.upper()
    return f"`{named}`", " ".join((parameter.help or "").split())


def _default(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return f"{value:_}".replace("_", ",") if isinstance(value, int) else str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


_PAGES = {"cli": cli_reference, "settings": settings_reference, "schema": schema_reference, "http": http_reference}
