"""The HTML report and the change page: single files that a browser opens without a network.

`view`, `topic_similarity` and `changes_page` compute what is shown; `charts`, `flows` and `cloud`
draw the figures; `page` builds the file from `templates`, `styles` and `scripts`.
"""

from __future__ import annotations

from markupsafe import Markup

from topicmodel.datatypes import ChangeReport, Run
from topicmodel.reporting import charts
from topicmodel.reporting.changes_page import build_changes
from topicmodel.reporting.cloud import word_cloud
from topicmodel.reporting.edit_log import tree_values
from topicmodel.reporting.flows import sankey
from topicmodel.reporting.page import build_page
from topicmodel.reporting.pictures import find_pictures
from topicmodel.reporting.topic_similarity import similarity
from topicmodel.reporting.view import Category, Report, build_report
from topicmodel.settings import ReportSettings

__all__ = ["render", "render_changes"]

_CHILD_WORDS = 25
"""Most words in the cloud of a subcategory; a report may have hundreds of these clouds."""


def render(run: Run, settings: ReportSettings) -> str:
    """The report of a run as one HTML document; the same run gives the same bytes.

    Args:
        run: the run to report on.
        settings: what is shown, and how it looks.

    Raises:
        RunError: the logo cannot be read.
    """
    report = build_report(run, settings)
    return build_page(
        "report.html",
        settings,
        figures=_figures(report),
        data={"products": charts.product_list(report.map), "review-tree": tree_values(run)},
        linked=settings.images == "link",
        report=report,
        pictures=find_pictures(run, settings, report.listed),
        clouds=_clouds(report),
        similarity=similarity(run),
    )


def render_changes(report: ChangeReport, settings: ReportSettings) -> str:
    """The change report of a refit as one HTML document; the same report gives the same bytes.

    Args:
        report: what the refit has changed.
        settings: the heading and the looks of the page.

    Raises:
        RunError: the logo cannot be read.
    """
    page = build_changes(report, settings)
    drawn = page.picture.drawn and not page.is_empty
    figures = {"flows": sankey(page.picture)} if drawn else {}
    return build_page("changes.html", settings, figures=figures, data={}, report=page)


def _figures(report: Report) -> dict[str, charts.Spec]:
    """Plotly specs by the name of the element that they are drawn into."""
    figures = {}
    if report.categories:
        figures["treemap"] = charts.treemap(report.categories, report.unsorted)
    if report.map.drawn:
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
