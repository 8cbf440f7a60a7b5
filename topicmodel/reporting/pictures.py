"""Pictures of products and the shop's logo, in the form that the report needs.

Names of pictures come from the dump and are not trusted: files are read only from the folder of the
dump, and web addresses are used only when the settings ask for links. Nothing is downloaded.
"""

from __future__ import annotations

import base64
import logging
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import urlsplit

from topicmodel.datatypes import Run
from topicmodel.errors import RunError
from topicmodel.settings import ReportSettings

log = logging.getLogger(__name__)

_SIDE = 112
"""Pixels of the longer side of a thumbnail; it is shown at half that size, for sharp screens."""
_QUALITY = 75
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
"""Formats that are opened; Pillow starts other programs for some further formats."""
_MAX_BYTES = 20_000_000
_MAX_PIXELS = 40_000_000
_MAX_ADDRESS_LENGTH = 2000

_LOGO_FORMATS = {"PNG": "png", "JPEG": "jpeg", "GIF": "gif", "WEBP": "webp"}
_LOGO_BYTES = 1_000_000
_LOGO_URI = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}")
_LOGO_REMEDY = "Name a PNG, JPEG, GIF, WebP or SVG file of at most 1 MB with --logo."


def find_pictures(run: Run, settings: ReportSettings, products: Sequence[str]) -> dict[str, str]:
    """The pictures of products: product id -> value of the `src` attribute.

    With `embed` they are thumbnails of files in the folder of the dump or in its subfolder
    `images`, in the order of the products, until `image_megabytes` are used up. With `link` they
    are web addresses. A picture that is missing or cannot be read is left out.

    Args:
        run: has the names of the pictures and the paths of the dump.
        settings: `images` and `image_megabytes` are used.
        products: ids in the order of the page; a repeated id counts twice.
    """
    shown = set(products)
    images = {} if settings.images == "none" or not run.products.images else _images_of(run, shown)
    if settings.images == "link":
        return {product: image for product, image in images.items() if _is_web_address(image)}
    pairs = ((product, images[product]) for product in products if product in images)
    pictures = _embedded(pairs, _folders(run), round(settings.image_megabytes * 1_000_000))
    if images:
        log.info("%d of %d pictures of products are in the report", len(pictures), len(images))
    return pictures


def logo_source(logo: str) -> str:
    """The logo as a data: URI.

    Args:
        logo: path of the file, or a data: URI that this function has returned; "" for no logo.

    Raises:
        RunError: the file cannot be read, is too large, or has another format.
    """
    if not logo:
        return ""
    if logo.startswith("data:"):
        if len(logo) > 1.4 * _LOGO_BYTES or not _LOGO_URI.fullmatch(logo):
            raise RunError(f"report.logo is not a data: URI of such a picture. {_LOGO_REMEDY}")
        return logo
    content = _logo_content(logo)
    kind = _logo_kind(content)
    if not kind:
        raise RunError(f"The logo {logo} is not a picture that can be shown. {_LOGO_REMEDY}")
    return _data_uri(kind, content)


def _images_of(run: Run, shown: set[str]) -> dict[str, str]:
    pairs = zip(run.assignments.product_ids, run.products.images, strict=True)
    return {product: image for product, image in pairs if image and product in shown}


def _is_web_address(text: str) -> bool:
    """Whether a text is a web address that a browser may load: http(s), without a password."""
    if len(text) >= _MAX_ADDRESS_LENGTH or not text.isprintable() or " " in text or "\\" in text:
        return False
    try:
        address = urlsplit(text)
        has_host = bool(address.hostname) and address.port != 0
    except ValueError:
        return False
    return address.scheme in ("http", "https") and has_host and "@" not in address.netloc


def _folders(run: Run) -> list[Path]:
    """The folders of the dump's files, in order, with links resolved; missing files are skipped."""
    paths = map(Path, run.manifest.dump.sources)
    return list(dict.fromkeys(filter(None, map(_folder_of, paths))))


def _folder_of(source: Path) -> Path | None:
    try:
        if not source.exists():
            return None
        return (source if source.is_dir() else source.parent).resolve()
    except (OSError, RuntimeError, ValueError):  # such as circular links, or a NUL character
        return None


def _embedded(
    pairs: Iterable[tuple[str, str]], folders: Sequence[Path], budget: int
) -> dict[str, str]:
    """Product id -> thumbnail, until the budget of bytes is used up.

    Args:
        pairs: product id and name of the picture.
        folders: the folders to look in.
        budget: size of all thumbnails, in bytes.
    """
    pictures: dict[str, str] = {}
    thumbnails: dict[Path, str] = {}
    for product, name in pairs:
        file = next(_files(name, folders), None)
        if file is None:
            continue
        if file not in thumbnails:
            thumbnails[file] = _thumbnail(file)
        budget -= len(thumbnails[file])
        if budget < 0:
            break
        if thumbnails[file]:
            pictures[product] = thumbnails[file]
    return pictures


def _files(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    """The files with this name in the folders or in their subfolders `images`, but nowhere else."""
    path = PurePosixPath(name.replace("\\", "/"))
    if "://" in name or ".." in path.parts:
        return
    for folder in folders:
        for parent in (folder, folder / "images"):
            try:
                file = (parent / path).resolve()
                if file.is_relative_to(folder) and file.is_file():
                    yield file
            except (
                OSError,
                RuntimeError,
                ValueError,
            ):  # such as a name that is too long, or a NUL character
                continue


def _thumbnail(file: Path) -> str:
    """The picture at `_SIDE` pixels as a data: URI; "" where it cannot be read."""
    try:
        with file.open("rb") as stream:
            if os.fstat(stream.fileno()).st_size > _MAX_BYTES:
                return ""
            return _data_uri("webp", _shrunk(stream))
    # Pillow raises errors of many kinds for damaged files; none of them may stop the report.
    except Exception as error:
        log.info("the picture %s cannot be shown: %r", file.name, error)
        return ""


def _shrunk(stream: IO[bytes]) -> bytes:
    """A thumbnail of the picture as WebP: upright, on white, at most `_SIDE` pixels wide and high.

    Raises:
        Exception: the file is damaged, too large, or not a picture.
    """
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        # Pillow warns of unusual files, which does not matter here.
        warnings.simplefilter("ignore")
        with Image.open(stream, formats=_FORMATS) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise ValueError(f"{image.width} x {image.height} pixels")
            image.draft(None, (2 * _SIDE, 2 * _SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
        upright.thumbnail((_SIDE, _SIDE))
        thumbnail = Image.new("RGB", upright.size, "white")
        thumbnail.paste(upright, mask=upright)
    content = BytesIO()
    thumbnail.save(content, "WEBP", quality=_QUALITY, method=4)
    return content.getvalue()


def _logo_content(logo: str) -> bytes:
    try:
        with Path(logo).open("rb") as file:
            content = file.read(_LOGO_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise RunError(f"Cannot read the logo {logo}: {reason}. {_LOGO_REMEDY}") from error
    if len(content) > _LOGO_BYTES:
        raise RunError(f"The logo {logo} is larger than 1 MB. {_LOGO_REMEDY}")
    return content


def _logo_kind(content: bytes) -> str:
    """Format of the picture, as in `image/png`; "" where it cannot be shown."""
    from PIL import Image

    # In an <img> element, a browser runs no script of an SVG file and loads nothing that it names.
    if b"<svg" in content and content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "svg+xml"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(content), formats=tuple(_LOGO_FORMATS)) as image:
                if image.width * image.height > _MAX_PIXELS:
                    return ""
                kind = _LOGO_FORMATS.get(image.format or "", "")
                image.load()
    # Pillow raises errors of many kinds for damaged files.
    except Exception:
        return ""
    return kind


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def with_logo(settings: ReportSettings) -> ReportSettings:
    """The settings with the logo as a data: URI in place of its path.

    Raises:
        RunError: the logo cannot be read, is too large, or has another format.
    """
    return settings.model_copy(update={"logo": logo_source(settings.logo)})
