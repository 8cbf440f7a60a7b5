"""The catalogue that the settings of a run name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from topicmodel.catalogue.bundled import bundled_catalogue
from topicmodel.catalogue.menus import menu_of, read_menu
from topicmodel.datatypes import BUNDLED, Catalogue
from topicmodel.settings import CatalogueSettings, Settings

Menu = str | Path | Sequence[str]
"""`bundled`, `none`, the file of a menu, or a list of categories such as `Food > Fruit`."""


def catalogue_of(settings: CatalogueSettings) -> Catalogue | None:
    """The bundled catalogue or the user's menu; None where there is to be none.

    Raises:
        MenuError: the menu cannot be read, or one of its categories is faulty.
    """
    source = settings.source
    if not isinstance(source, str):
        return menu_of(source)
    if source == "none":
        return None
    return bundled_catalogue() if source == BUNDLED else read_menu(Path(source))


def with_menu(settings: Settings, menu: Menu | None) -> Settings:
    """The settings with this menu in place of their own, which stays where it is None.

    A relative path becomes absolute, so that a refit finds the file from every folder.

    Raises:
        MenuError: the menu cannot be read, or one of its categories is faulty.
    """
    source = _absolute(settings.catalogue.source if menu is None else menu)
    chosen = settings.catalogue.model_copy(update={"source": source})
    catalogue_of(chosen)
    return settings.model_copy(update={"catalogue": chosen})


def _absolute(menu: Menu) -> str | tuple[str, ...]:
    if isinstance(menu, Path) or (isinstance(menu, str) and menu not in {BUNDLED, "none"}):
        return str(Path(menu).absolute())
    return menu if isinstance(menu, str) else tuple(menu)
