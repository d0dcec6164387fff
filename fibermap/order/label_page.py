"""A broadband label to be shown: as accessible HTML in the look of the FCC's template, and as text for a terminal."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from jinja2 import Environment, StrictUndefined

from fibermap.order.label import CONSUMER_URL
from fibermap.order.label_facts import Fact, LabelFacts

_MACROS = """
{%- macro value(fact) -%}
{%- if fact.url -%}<a href="{{ fact.url }}">{{ fact.value }}</a>{%- else -%}{{ fact.value }}{%- endif -%}
{%- endmacro -%}
"""
_FRAGMENT = """<section class="broadband-facts" aria-labelledby="facts-{{ label.plan_identifier }}">
<h2 id="facts-{{ label.plan_identifier }}">Broadband Facts</h2>
<p class="provider">{{ label.provider }}</p>
<p class="plan">{{ label.plan }}</p>
<p class="access">{{ label.access.capitalize() }} Broadband Consumer Disclosure</p>
{%- for section in label.sections %}
<dl>
<div class="heading"><dt>{{ section.heading.name }}</dt><dd>{{ value(section.heading) }}</dd></div>
{%- for fact in section.facts %}
<div><dt>{{ fact.name }}</dt><dd>{{ value(fact) }}</dd></div>
{%- endfor %}
</dl>
{%- endfor %}
<p class="more">Learn more about the terms used on this label by visiting the Federal Communications Commission's
Consumer Resource Center. <a href="{{ consumer_url }}">fcc.gov/consumer</a></p>
<p class="identifier">Unique Plan Identifier: <span>{{ label.plan_identifier }}</span></p>
</section>
"""
STYLE = """
.broadband-facts{box-sizing:border-box;max-width:24rem;border:2px solid #000;background:#fff;color:#000;padding:.75rem;
font:400 .875rem/1.4 Arial,Helvetica,sans-serif}
.broadband-facts h2{margin:0;font-size:1.75rem;font-weight:900;line-height:1.1}
.broadband-facts p{margin:.25rem 0}
.broadband-facts .plan{font-weight:700}
.broadband-facts .access{border-bottom:8px solid #000;padding-bottom:.25rem}
.broadband-facts dl{margin:0;border-bottom:4px solid #000}
.broadband-facts dl div{display:flex;justify-content:space-between;gap:1rem;padding:.2rem 0 .2rem 1rem}
.broadband-facts dl .heading{padding-left:0;font-weight:700}
.broadband-facts dd{margin:0;text-align:right;overflow-wrap:break-word}
.broadband-facts a{color:#00c;text-decoration:underline;overflow-wrap:anywhere}
.broadband-facts .identifier span{overflow-wrap:anywhere}
"""
_PAGE = (
    """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Broadband Facts: {{ label.plan }}</title><style>{{ style }}</style></head>
<body><main>
"""
    + _FRAGMENT
    + "</main></body>\n</html>\n"
)
_ENVIRONMENT = Environment(autoescape=True, undefined=StrictUndefined)
_FRAGMENT_TEMPLATE = _ENVIRONMENT.from_string(_MACROS + _FRAGMENT)
_PAGE_TEMPLATE = _ENVIRONMENT.from_string(_MACROS + _PAGE)

_STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
PAGE_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"
"""The Content-Security-Policy under which the page has its look and nothing else."""
_WIDTH = 68


def label_fragment(label: LabelFacts) -> str:
    """Return a label as HTML to stand in a page that brings `STYLE`."""
    return _FRAGMENT_TEMPLATE.render(label=label, consumer_url=CONSUMER_URL)


def label_page(label: LabelFacts) -> str:
    """Return a label as a page of its own."""
    return _PAGE_TEMPLATE.render(label=label, consumer_url=CONSUMER_URL, style=STYLE)


def label_text(label: LabelFacts) -> list[str]:
    """Return a label as lines for a terminal."""
    lines = [
        "Broadband Facts",
        label.provider,
        label.plan,
        f"{label.access.capitalize()} Broadband Consumer Disclosure",
    ]
    for section in label.sections:
        lines += ["-" * _WIDTH, _line(section.heading, "")]
        lines += [_line(fact, "  ") for fact in section.facts]
    return [*lines, "-" * _WIDTH, f"Learn more: {CONSUMER_URL}", f"Unique Plan Identifier: {label.plan_identifier}"]


def _line(fact: Fact, indent: str) -> str:
    said = f"{fact.value} ({fact.url})" if fact.url and fact.url != fact.value else fact.value
    name = indent + fact.name
    return f"{name}  {said.rjust(max(_WIDTH - len(name) - 2, 0))}".rstrip()
