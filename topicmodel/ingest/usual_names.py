"""Column names that shops usually use, for each role, the likeliest first."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_LONGEST = 500


@lru_cache(maxsize=65_536)
def normalise(name: str) -> str:
    """A name without case, accents, spaces and the like; of a very long one the start."""
    # To normalise takes the square of the length where accents are piled up.
    plain = unicodedata.normalize("NFKD", name[:_LONGEST])
    return "".join(character for character in plain.casefold() if character.isalnum())


def _usual(names: str) -> tuple[str, ...]:
    return tuple(map(normalise, names.split()))


ID_NAMES = _usual(
    "id product_id item_id article_id sku asin parent_asin uniq_id unique_id pid diffbotUri "
    "gtin ean upc product_code item_code article_number item_number product_number "
    "artikelnummer style_id goods_id offer_id listing_id uuid guid code handle index"
)
TITLE_NAMES = _usual(
    "title name product_name product_title item_name item_title prod_name product_display_name "
    "display_name article_name product item headline titel bezeichnung produktname artikelname "
    "titre nom nombre titulo nome"
)
DESCRIPTION_NAMES = _usual(
    "description product_description item_description text body about details long_description "
    "full_description detail_desc body_html about_product description_text desc "
    "short_description product_details overview summary content beschreibung "
    "produktbeschreibung descripcion descricao descrizione"
)
ATTRIBUTE_NAMES = _usual(
    "attributes specs specifications product_specifications product_specification "
    "product_attributes technical_details"
)
IMAGE_NAMES = _usual(
    "image image_url images img image_urls image_link img_url img_link image_src picture photo "
    "picture_url photo_url thumbnail thumbnail_url main_image primary_image product_image "
    "image_name image_path img_path image_file image_filename"
)
LABEL_NAMES = _usual(
    "label labels breadcrumb breadcrumbs taxonomy taxonomy_path department departments "
    "product_type product_type_name product_group product_group_name main_cat sub_cat "
    "browse_node gpc_code"
)
LABEL_STEMS = ("categor", "kategori", "breadcrumb", "taxonomy")
FLAT_LABEL_NAMES = _usual("type class segment")
