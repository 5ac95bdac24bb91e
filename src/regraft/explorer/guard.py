"""What stands before every page: who may ask, from where, how much; and what no answer leaves without.

Plain ASGI, before anything is routed or parsed. One person, one machine: whoever holds the token of this process sees
everything in it, and nobody else is told more than that something runs here.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, final
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 64 * 2**20
LEADS_ON = '<!DOCTYPE html><html lang="en"><title>regraft explore</title><meta http-equiv="refresh" content="0; url='
_OWN_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
_SAFE = frozenset({"GET", "HEAD"})
_METHODS = _SAFE | {"POST"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_HEADERS = {
    b"content-security-policy": _POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"cache-control": b"no-store",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"same-origin",  # with `no-referrer` Chromium sends `Origin: null` with our own forms
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Who is let in.

    Parameters
    ----------
    token : str
        Known to the person who started the program, in no address after the first.
    place : str
        First part of every path, random, so that the cookie goes to no other server of this machine.
    cookie : str
        Name of the cookie, with the port: cookies do not know ports.
    pages : frozenset of str
        Where the address with the token may lead.
    behind : str
        Address of a reverse proxy that does the sign-on, or nothing.
    """

    token: str = field(repr=False)
    place: str
    cookie: str
    pages: frozenset[str]
    behind: str = ""

    def knows_host(self, host: str) -> bool:
        """Say whether the Host header names this machine, on any port (tunnels change it), or the proxy."""
        name = host.lower()
        if self.behind and name == urlsplit(self.behind).netloc.lower():
            return True
        bare = name[: name.index("]") + 1] if name.startswith("[") and "]" in name else name.partition(":")[0]
        port = name[len(bare) :]
        return bare in _OWN_NAMES and (not port or (port.startswith(":") and port[1:].isdecimal()))

    def comes_from_here(self, headers: "Headers") -> bool:
        """Say whether one of our own pages sent a request that changes something."""
        origin = headers.one(b"origin")
        if origin is None:
            return headers.one(b"sec-fetch-site") == "same-origin"
        own = {f"http://{headers.one(b'host')}"}
        if self.behind:
            parts = urlsplit(self.behind)
            own.add(f"{parts.scheme}://{parts.netloc}")
        return origin in own

    def is_token(self, given: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(given.encode(), self.token.encode())

    def form_token(self) -> str:
        """Return what every form of ours carries."""
        return hmac.new(self.token.encode(), b"form", "sha256").hexdigest()


@final
@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of a request; one that stands twice counts as none, because nobody says which of them is meant."""

    pairs: tuple[tuple[bytes, bytes], ...]

    def one(self, name: bytes) -> str | None:
        """Return the value of a header that stands there once."""
        found = [value for key, value in self.pairs if key.lower() == name]
        return found[0].decode("latin-1") if len(found) == 1 else None

    def cookie(self, name: str) -> str:
        """Return a cookie, or nothing."""
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load("; ".join(value.decode("latin-1") for key, value in self.pairs if key.lower() == b"cookie"))
        except CookieError:
            return ""
        return jar[name].value if name in jar else ""


@final
class Guard:
    """Refuse what is not ours before anything else sees it, and send every answer with the headers of safety."""

    def __init__(self, inner: ASGIApp, door: Door) -> None:
        self._inner, self._door = inner, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        sending = _Sending(send)
        headers = Headers(tuple(scope["headers"]))
        problem = self._refused(scope, headers)
        if problem is not None:
            await _say(sending, *problem)
            return
        page = _path_below(scope["path"], self._door)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in query if name == "token"]
        if given:
            await self._let_in(sending, scope, headers, page, query, given[0])
            return
        if not self._door.is_token(headers.cookie(self._door.cookie)):
            await _say(sending, 401, _NOT_KNOWN)
            return
        if scope["method"] not in _SAFE and not self._door.comes_from_here(headers):
            await _say(sending, 403, "This request does not come from a page of this program.")
            return
        await self._inner({**scope, "path": page, "raw_path": page.encode()}, _Counted(receive), sending)

    def _refused(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """Return why a request is refused whoever sends it."""
        if not self._door.knows_host(headers.one(b"host") or ""):
            return 421, "No such host here. Open the address that `regraft explore` printed."
        if scope["method"] not in _METHODS:
            return 405, "Only GET and POST are answered here."
        length = headers.one(b"content-length")
        if length is not None and (not length.isdecimal() or int(length) > LARGEST_BODY):
            return 413, _TOO_MUCH
        if _path_below(scope["path"], self._door) == "":
            return 404, "There is nothing here. Open the address that `regraft explore` printed."
        return None

    async def _let_in(  # the parts of one request
        self, send: "_Sending", scope: Scope, headers: Headers, page: str, query: list[tuple[str, str]], given: str
    ) -> None:
        """Give the cookie to whoever holds the token, and lead to the same page without it."""
        if scope["method"] not in _SAFE or not self._door.is_token(given):
            await _say(send, 401, _NOT_KNOWN)
            return
        name = page.removeprefix("/")
        rest = urlencode([pair for pair in query if pair[0] != "token"])
        where = f"./{name if name in self._door.pages else ''}" + (
            f"?{rest}" if rest and name in self._door.pages else ""
        )
        secure = "; Secure" if self._door.behind else ""
        cookie = f"{self._door.cookie}={self._door.token}; HttpOnly; SameSite=Strict{secure}"  # path: that of the page
        extra = [(b"set-cookie", cookie.encode())]
        if headers.one(b"sec-fetch-site") in {None, "none", "same-origin"}:
            await _send(send, 303, b"", [*extra, (b"location", where.encode("latin-1", "replace"))])
            return
        # opened from a file: a redirect would go without the strict cookie, a page of ours that goes on does not
        body = f'{LEADS_ON}{_escaped(where)}">'
        await _send(send, 200, body.encode(), [*extra, (b"content-type", b"text/html; charset=utf-8")])


_NOT_KNOWN = (
    "This page is open to the person who started `regraft explore` only. Open once the address that it printed; after "
    "that this address works too."
)
_TOO_MUCH = "Too much was sent: 64 MB at once are taken. Give the study in parts, or use regraft analyse."


def _path_below(path: str, door: Door) -> str:
    """Return the path below the random place, which may stand below that of a proxy; nothing if it is not ours."""
    prefix = urlsplit(door.behind).path.rstrip("/") if door.behind else ""
    if prefix and path.startswith(f"{prefix}/"):
        path = path[len(prefix) :]
    own = f"/{door.place}"
    return path[len(own) :] if path.startswith(f"{own}/") else ""


@final
class _Counted:
    """A body of which no more is read than is taken, whatever its length was said to be."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._read = receive, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > LARGEST_BODY:
            raise HTTPException(413, _TOO_MUCH)
        return message


@final
class _Sending:
    """Answers that carry the headers of safety; a page may bring a stricter policy of its own."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            own = list(message.get("headers", []))
            there = {key.lower() for key, _ in own}
            message = {**message, "headers": own + [(k, v) for k, v in _HEADERS.items() if k not in there]}
        await self._send(message)


async def _say(send: _Sending, status: int, text: str) -> None:
    await _send(send, status, f"{text}\n".encode(), [(b"content-type", b"text/plain; charset=utf-8")])


async def _send(send: _Sending, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    start: dict[str, Any] = {
        "type": "http.response.start",
        "status": status,
        "headers": [*headers, (b"content-length", str(len(body)).encode())],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
