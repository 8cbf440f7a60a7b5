"""A page of its own: template, style, script, data and plotly in one file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from topicmodel.reporting import charts
from topicmodel.reporting.formatting import quantity, script_json, script_source
from topicmodel.reporting.pictures import logo_source
from topicmodel.settings import ReportSettings

_HERE = Path(__file__).parent
_STYLES = (
    "page",
    "tree",
    "map",
    "search",
    "categories",
    "similarity",
    "pictures",
    "review",
    "changes",
)
"""Style sheets, in the order in which they apply."""
_SCRIPTS = (
    "colours",
    "products",
    "figures",
    "map",
    "search",
    "review_log",
    "review_dialogs",
    "review",
    "page",
)
"""Parts of the page's script: one function, so that they know one another and nobody else does."""


def build_page(
    template: str,
    settings: ReportSettings,
    *,
    figures: Mapping[str, charts.Spec],
    data: Mapping[str, Any],
    linked: bool = False,
    **values: Any,
) -> str:
    """The page with its style, its script, and plotly where there is anything to draw.

    Args:
        template: name of the file.
        settings: theme and logo.
        figures: plotly specs by the name of the element that they are drawn into.
        data: further JSON values for the script, by the id of the element that holds them.
        linked: whether pictures may be loaded from the addresses that the dump gives.
        values: for the template.

    Raises:
        RunError: the logo cannot be read.
    """
    plotly = _plotly_source() if figures else ""
    script = script_source(_script())
    page = environment().get_template(template)
    return page.render(
        policy=_policy(*filter(None, (plotly, script)), compiles="map" in figures, linked=linked),
        theme=settings.theme,
        logo=logo_source(settings.logo),
        linked=linked,
        hues=list(zip(charts.LIGHT_HUES, charts.DARK_HUES, strict=True)),
        style=Markup(_style()),  # noqa: S704 - our own files
        script=Markup(script),  # noqa: S704 - our own files
        plotly=Markup(plotly),  # noqa: S704 - plotly's own file, which can't end the element
        data={
            name: Markup(script_json(value))  # noqa: S704 - escaped for scripts
            for name, value in {"figures": figures, **data}.items()
        },
        **values,
    )


def _plotly_source() -> str:
    # plotly is a heavy import, and only the page needs it.
    from plotly.offline import get_plotlyjs

    return script_source(get_plotlyjs())


def _style() -> str:
    return "\n".join(_text(f"styles/{name}.css") for name in _STYLES)


def _script() -> str:
    parts = "\n".join(_text(f"scripts/{name}.js") for name in _SCRIPTS)
    return f'"use strict";\n\n(() => {{\n{parts}}})();\n'


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _policy(*scripts: str, compiles: bool, linked: bool) -> str:
    """The page's Content-Security-Policy: these scripts and no others, and no request at all.

    'unsafe-eval' is for plotly's map alone, whose WebGL layer compiles its drawing routines; text
    that slipped into the page still could not run, for want of a hash.
    """
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    evaluation = " 'unsafe-eval'" if compiles else ""
    images = "data: https: http:" if linked else "data:"
    return (
        f"default-src 'none'; script-src {hashes}{evaluation}; style-src 'unsafe-inline'; "
        f"img-src {images}; base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def environment() -> Environment:
    """What the templates are rendered with: everything is escaped, and nothing may be missing.

    Always the same one, so that a process compiles each template once.
    """
    jinja = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    jinja.filters["thousands"] = lambda value: f"{value:,}"
    jinja.globals.update(
        hue=charts.hue,
        marker_path=lambda slot: charts.SYMBOLS[charts.symbol(slot)],
        quantity=quantity,
    )
    return jinja
