"""Questions to an OpenAI-compatible endpoint -> answers; a failing server raises no error."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Generator, Mapping
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from topicmodel.errors import SettingsError
from topicmodel.naming.language_model.questions import Question, reminded
from topicmodel.naming.language_model.replies import NO_COMPLETION, Answer, read_reply
from topicmodel.settings import LanguageModelSettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

log = logging.getLogger(__name__)

_OPENAI = "https://api.openai.com/v1"
_NO_KEY = "no-key"
"""Sent to servers that need no key, since the client library requires one."""
_LONGEST_PAUSE = 120.0
"""Maximum seconds for which a server can delay the client library's next attempt."""


@dataclass(frozen=True)
class Endpoint:
    """Address and key of the server that is asked."""

    base_url: str
    api_key: str = field(repr=False)

    @property
    def shown(self) -> str:
        """The address without its query, which may be secret."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}{parts.path}"


def find_endpoint(settings: LanguageModelSettings) -> Endpoint:
    """The endpoint that settings and environment name.

    Raises:
        SettingsError: the address is not valid or contains a password, the key has invalid
            characters, or there is neither an address nor a key.
    """
    source = "language_model.base_url" if settings.base_url.strip() else "OPENAI_BASE_URL"
    base_url = settings.base_url.strip() or os.environ.get("OPENAI_BASE_URL", "").strip()
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not (base_url or key):
        raise SettingsError(
            "A language model needs a key or an address: set OPENAI_API_KEY, or set "
            "language_model.base_url to a server such as http://localhost:11434/v1."
        )
    if not re.fullmatch(r"[!-~]*", key):
        raise SettingsError("OPENAI_API_KEY holds characters that no key has. Set it anew.")
    _check_address(base_url or _OPENAI, source)
    return Endpoint(base_url or _OPENAI, key or _NO_KEY)


def _check_address(base_url: str, source: str) -> None:
    # The messages do not repeat the address, since it may contain a password.
    if "@" in base_url:
        raise SettingsError(
            f"{source} must not hold a user name or a password. Leave out what stands before the "
            "@, and put the key into OPENAI_API_KEY."
        )
    if not _is_address(base_url):
        raise SettingsError(f"{source} must be an address such as http://localhost:11434/v1.")


def _is_address(base_url: str) -> bool:
    try:
        parts = urlsplit(base_url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    is_one_word = base_url.isprintable() and " " not in base_url
    return has_host and parts.scheme in ("http", "https") and is_one_word


def open_client(endpoint: Endpoint, settings: LanguageModelSettings) -> AsyncOpenAI:
    """A client of the endpoint; nothing is sent yet.

    Raises:
        SettingsError: the client library is missing, or the environment names a proxy or
            certificates that cannot be used.
    """
    try:
        from openai import AsyncOpenAI
    except ImportError as error:
        raise SettingsError(
            'Asking a language model needs one more library: pip install "topicmodel[llm]".'
        ) from error
    try:
        return AsyncOpenAI(
            api_key=endpoint.api_key,
            base_url=endpoint.base_url,
            timeout=settings.timeout,
            max_retries=settings.retries,
        )
    except (ImportError, OSError, ValueError) as error:
        raise SettingsError(
            "No language model can be reached by the proxy or the certificates that the "
            "environment names. Correct HTTP_PROXY, HTTPS_PROXY, ALL_PROXY or SSL_CERT_FILE."
        ) from error


def ask_all(
    questions: Mapping[str, Question], endpoint: Endpoint, settings: LanguageModelSettings
) -> Generator[tuple[str, Answer], None, None]:
    """Key and answer of every question as they arrive; closing the generator cancels the others.

    The questions run in an event loop in a separate thread: unlike a pool of threads it can cancel
    a waiting question, above all on Ctrl-C, and unlike `asyncio.run` it works in a notebook.

    Raises:
        SettingsError: as for `open_client`.
    """
    if not questions:
        return
    client = open_client(endpoint, settings)
    from anyio.from_thread import start_blocking_portal

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(client):
        service = _Service(client, settings)
        keys = {portal.start_task_soon(service.ask, text): key for key, text in questions.items()}
        try:
            for future in as_completed(keys):
                yield keys[future], future.result()
        finally:
            # Before the client closes, so that no question is repeated on a closed client.
            for future in keys:
                future.cancel()


class _Service:
    """Asks as many questions at once as the settings allow."""

    def __init__(self, client: AsyncOpenAI, settings: LanguageModelSettings) -> None:
        self._client = client
        self._settings = settings
        self._free = asyncio.Semaphore(settings.concurrency)

    async def ask(self, question: Question) -> Answer:
        """The answer to a question, which is asked once more if the first answer is not usable."""
        async with self._free:
            answer = await self._ask_once(question)
            if answer.is_worth_repeating:
                answer = (await self._ask_once(reminded(question))).after(answer)
            return answer

    async def _ask_once(self, question: Question) -> Answer:
        # The library's own timeout limits each wait for data, not the duration of a slow reply.
        tries = self._settings.retries + 1
        try:
            async with asyncio.timeout(tries * (self._settings.timeout + _LONGEST_PAUSE)):
                return read_reply(await self._send(question))
        # Any exception: malformed replies raise various ones in the libraries that parse them.
        except Exception as error:
            log.info("a question to the language model failed: %s", type(error).__name__)
            return Answer(problem=_explain(error, self._settings))

    async def _send(self, question: Question) -> bytes:
        from openai import BadRequestError

        try:
            return await self._create(question, temperature=0)
        except BadRequestError as error:
            # Some hosted models accept only their default temperature.
            if "temperature" not in str(error.body):
                raise
            return await self._create(question)

    async def _create(self, question: Question, **sampling: Any) -> bytes:
        messages: Any = question
        reply = await self._client.chat.completions.with_raw_response.create(
            model=self._settings.model, messages=messages, **sampling
        )
        body: bytes = reply.http_response.content
        return body


def _explain(error: Exception, settings: LanguageModelSettings) -> str:
    """What went wrong, in our words: those of a server may repeat the key."""
    import openai

    match error:
        case openai.APITimeoutError() | TimeoutError():
            return (
                f"did not answer within {settings.timeout:g} seconds. Raise "
                "language_model.timeout, or take a smaller model."
            )
        case openai.APIConnectionError():
            return "cannot be reached. Start it, or correct language_model.base_url or the network."
        case openai.APIStatusError():
            return _explain_status(error.status_code, settings.model)
    return NO_COMPLETION


def _explain_status(status: int, model: str) -> str:
    match status:
        case 401 | 403:
            return f"refuses the key (error {status}). Set OPENAI_API_KEY to one that it accepts."
        case 404:
            return (
                f"knows no model {model!r} (error 404). Correct language_model.model or "
                "language_model.base_url."
            )
        case 429:
            return (
                "takes no more questions now (error 429). Lower language_model.concurrency, look "
                "at your quota, or run again later."
            )
    return f"answers with error {status}. Look into its log, or run again later."
