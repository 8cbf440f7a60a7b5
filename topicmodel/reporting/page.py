"""Build a self-contained page: template, style, script, data and plotly in one file."""

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
    "weak_names",
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
"""Parts of the page's script, in order. They are joined in one function, so nothing is global."""


def build_page(
    template: str,
    settings: ReportSettings,
    *,
    figures: Mapping[str, charts.Spec],
    data: Mapping[str, Any],
    linked: bool = False,
    **values: Any,
) -> str:
    """Build a page with its style and script, and with plotly where there are figures.

    Args:
        template: name of the template file.
        settings: theme and logo are used.
        figures: plotly specs by the name of the element that they are drawn into.
        data: further JSON values for the script, by the id of the element that holds them.
        linked: whether the page may load pictures from the web addresses in the dump.
        values: further variables of the template.

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
    # plotly is slow to import, and only pages with figures need it.
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
    """The page's Content-Security-Policy: only these scripts may run, and no request is allowed.

    'unsafe-eval' is needed for plotly's map, whose WebGL layer compiles its drawing routines.
    Injected text still cannot run as a script, because it has no hash in the policy.
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
    """The Jinja environment: all values are escaped, and an undefined variable is an error.

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
