"""The HTML report and the change page: files that open anywhere, need no network, ask for nothing.

`view` and `changes` say what is shown, `charts`, `flows` and `cloud` how the figures are drawn,
`templates` how the pages are laid out, `styles` how they look, and `scripts` what they do.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from topicmodel.datatypes import ChangeReport, Run
from topicmodel.reporting import charts
from topicmodel.reporting.changes import build_changes
from topicmodel.reporting.cloud import word_cloud
from topicmodel.reporting.flows import sankey
from topicmodel.reporting.text import quantity, script_json, script_source
from topicmodel.reporting.view import Category, Report, build_report
from topicmodel.settings import ReportSettings

__all__ = ["render", "render_changes"]

_HERE = Path(__file__).parent
_TEMPLATES = _HERE / "templates"
_STYLES = ("page", "tree", "map", "search", "categories", "changes")
"""Style sheets, in the order in which they apply."""
_SCRIPTS = ("colours", "figures", "map", "search", "page")
"""Parts of the page's script: one function, so that they know one another and nobody else does."""
_CHILD_WORDS = 25
"""Words in the cloud of a subcategory, of which there may be hundreds."""


def render(run: Run, settings: ReportSettings) -> str:
    """The report of a run as one HTML document; the same run gives the same bytes.

    Args:
        run: what the run folder holds.
        settings: heading, points on the map and examples of a category.
    """
    report = build_report(run, settings)
    return _page("report.html", _figures(report), report=report, clouds=_clouds(report))


def render_changes(report: ChangeReport, settings: ReportSettings) -> str:
    """The change report of a refit as one HTML document; the same report gives the same bytes.

    Args:
        report: what the refit has changed.
        settings: heading, and examples of a category.
    """
    page = build_changes(report, settings)
    drawn = page.picture.drawn and not page.is_empty
    return _page("changes.html", {"flows": sankey(page.picture)} if drawn else {}, report=page)


def _page(template: str, figures: dict[str, charts.Spec], **values: Any) -> str:
    """The page with its style, its script, and plotly where there is anything to draw."""
    plotly = _plotly_source() if figures else ""
    script = script_source(_script())
    return (
        _environment()
        .get_template(template)
        .render(
            policy=_policy(*filter(None, (plotly, script)), compiles="map" in figures),
            style=Markup(_style()),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            plotly=Markup(plotly),  # noqa: S704 - plotly's own file, which can't end the element
            figures=Markup(script_json(figures)),  # noqa: S704 - escaped for scripts
            hues=list(zip(charts.LIGHT_HUES, charts.DARK_HUES, strict=True)),
            **values,
        )
    )


def _figures(report: Report) -> dict[str, charts.Spec]:
    """Plotly specs by the name of the element that they are drawn into."""
    figures = {}
    if report.categories:
        figures["treemap"] = charts.treemap(report.categories, report.unsorted)
    if report.map.shown:
        figures["map"] = charts.product_map(report.map)
    if report.curve:
        figures["curve"] = charts.count_curve(
            report.curve, len(report.categories), report.separation
        )
    return figures


def _clouds(report: Report) -> dict[str, Markup]:
    """Word clouds by the anchor of their category."""
    clouds = {}
    for parent in report.categories:
        clouds[parent.anchor] = _cloud(parent)
        for child in parent.children:
            clouds[child.anchor] = _cloud(child, _CHILD_WORDS)
    return clouds


def _cloud(category: Category, max_words: int = 40) -> Markup:
    label = f"Word cloud of {category.name}: the larger a word, the more typical it is"
    return word_cloud(category.cloud_terms, label, max_words)


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


def _policy(*scripts: str, compiles: bool) -> str:
    """The page's Content-Security-Policy: these scripts and no others, and no request at all.

    'unsafe-eval' is for plotly's map alone, whose WebGL layer compiles its drawing routines; text
    that slipped into the page still could not run, for want of a hash.
    """
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    evaluation = " 'unsafe-eval'" if compiles else ""
    return (
        f"default-src 'none'; script-src {hashes}{evaluation}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["thousands"] = _thousands
    environment.globals.update(_helpers())
    return environment


def _thousands(value: int) -> str:
    return f"{value:,}"


def _helpers() -> dict[str, Any]:
    return {
        "hue": charts.hue,
        "marker_path": lambda slot: charts.SYMBOLS[charts.symbol(slot)],
        "quantity": quantity,
    }
