"""A small OpenAI-compatible server on the loopback that answers well or badly, as it is told.

Test modules that import `llm_server_fixture` have the fixture `llm_server`.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass(frozen=True)
class Request:
    """A question as it came in."""

    body: Mapping[str, Any]
    headers: Mapping[str, str]
    """Names in lower case."""
    number: int
    """From 0, in the order of arrival."""

    @property
    def rules(self) -> str:
        return str(self.body["messages"][0]["content"])

    @property
    def fenced(self) -> str:
        """What stands between the fences of the user message."""
        text = str(self.body["messages"][1]["content"])
        return text.removeprefix("<data>\n").partition("\n</data>")[0]

    @property
    def data(self) -> dict[str, Any]:
        return dict(json.loads(self.fenced))

    @property
    def name(self) -> str:
        """The present name of the category."""
        return str(self.data["present_name"])


@dataclass(frozen=True)
class Reply:
    """What the server sends."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    delay: float = 0.0
    """Seconds before it is sent."""
    pace: float = 0.0
    """Seconds between two bytes of the body; 0 sends it at once."""
    is_cut: bool = False
    """Whether the connection drops after half of the body."""


Behaviour = Callable[[Request], Reply]


def completion(text: str | None, prompt_tokens: int = 100, completion_tokens: int = 10) -> Reply:
    """A chat completion in which the model says the text."""
    answer = {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 0,
        "model": "tiny",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }
        ],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    }
    return Reply(json.dumps(answer).encode())


def named(name: str, definition: str = "") -> Reply:
    """A chat completion with a name, and a definition if there is one, in the form asked for."""
    given = {"name": name, "definition": definition} if definition else {"name": name}
    return completion(json.dumps(given))


def failure(status: int, message: str = "No.", **headers: str) -> Reply:
    """An error as such servers tell it."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": None}})
    plain = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body.encode(), status, {"Content-Type": "application/json", **plain})


def better_name(request: Request) -> Reply:
    """A good answer, by which the question can be told."""
    return named(f"Better {request.name}")


class LlmServer:
    """Answers each question as `behaviour` says, and remembers it."""

    def __init__(self) -> None:
        self.behaviour: Behaviour = better_name
        self.requests: list[Request] = []
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> LlmServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def answer(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Remember a question and choose its reply."""
        lowered = {name.lower(): value for name, value in headers.items()}
        with self._lock:
            request = Request(json.loads(body), lowered, len(self.requests))
            self.requests.append(request)
        return self.behaviour(request)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away early are part of the tests."""


def _handler(server: LlmServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            reply = server.answer(question, dict(self.headers))
            server.stopped.wait(reply.delay)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            body = reply.body[: len(reply.body) // 2] if reply.is_cut else reply.body
            for piece in _pieces(body, reply.pace):
                self.wfile.write(piece)
                server.stopped.wait(reply.pace)
            self.close_connection = reply.is_cut

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in http.server
            """Say nothing."""

    return Handler


def _pieces(body: bytes, pace: float) -> list[bytes]:
    return [bytes([byte]) for byte in body] if pace else [body]


def closed_port() -> str:
    """The address of a server that is down."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


@pytest.fixture(name="llm_server")
def llm_server_fixture(monkeypatch: pytest.MonkeyPatch) -> Iterator[LlmServer]:
    """A running server, and an environment that names no other."""
    forget_endpoints(monkeypatch)
    with LlmServer() as server:
        yield server


def forget_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take keys, addresses and proxies out of the environment."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_CUSTOM_HEADERS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
