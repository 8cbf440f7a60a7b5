"""Text without the secrets that stand in addresses."""

from __future__ import annotations

import re

_MOST = 500
"""Maximum characters of a password that are searched; bounds the time for hostile text."""
_PASSWORD = re.compile(rf"(://[^\s:/@]{{0,{_MOST}}}):\S{{0,{_MOST}}}@")
_PARAMETER = re.compile(
    rf"([?&;][\w-]{{0,40}}(?:pass|pwd|secret|token|sig|cred|key)[\w-]{{0,40}}=)[^&;\s]{{1,{_MOST}}}",
    re.IGNORECASE,
)
_KEYWORD = re.compile(rf"\b(password\s?=\s?)\S{{1,{_MOST}}}", re.IGNORECASE)


def masked(text: str) -> str:
    """The text, with the secrets of every address in it left out.

    Of `postgresql://me:secret@host/db?sslpassword=other` there stays
    `postgresql://me@host/db?sslpassword=***`, and so it is with keys, tokens and signatures in the
    address of an object store or a web server. All else stays as it is.
    """
    without = _PASSWORD.sub(r"\1@", text)
    return _KEYWORD.sub(r"\1***", _PARAMETER.sub(r"\1***", without))
