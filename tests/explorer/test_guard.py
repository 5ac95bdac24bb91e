"""Who is let in: host, token, cookie, origin, size, and what no answer leaves without."""

import re

import pytest

from regraft.explorer.guard import LARGEST_BODY, Door, Guard
from regraft.explorer.pages import PAGES

EVERY_PAGE = ["", *PAGES, "static/app.css", "static/app.js", "nowhere", "job/none", "file/none/report.html"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.2:8642", "localhost:x", "[::2]"]
)
def test_another_host_is_refused_whoever_asks(pages, host):
    assert pages.ask("", headers={"host": host}).status == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9", "localhost:50000", "[::1]:8642", "LOCALHOST"])
def test_this_machine_is_known_on_any_port_because_tunnels_change_it(pages, host):
    assert pages.ask("", headers={"host": host}).status == 200


def test_two_host_headers_are_refused(door):
    from regraft.explorer.guard import Headers

    assert Headers(((b"host", b"127.0.0.1"), (b"host", b"evil.example"))).one(b"host") is None


@pytest.mark.parametrize("cookie", ["", "regraft-8642=wrong", "regraft-8643=" + "t" * 43, "regraft-8642=" + "t" * 42])
def test_without_the_cookie_no_page_is_shown(pages, cookie):
    answered = pages.ask("trial", known=False, headers={"cookie": cookie})
    assert answered.status == 401
    assert "Open once the address" in answered.text


def test_the_token_gives_a_strict_cookie_and_leads_to_the_same_page_without_itself(pages):
    answered = pages.ask(f"trial?trials=10&token={'t' * 43}", known=False)
    assert answered.status == 303
    assert answered.headers["location"] == "./trial?trials=10"
    assert answered.headers["set-cookie"] == f"regraft-8642={'t' * 43}; HttpOnly; SameSite=Strict"
    assert "token" not in answered.headers["location"]


def test_the_cookie_names_no_path_so_that_the_browser_takes_the_random_one(pages):
    assert "path" not in pages.ask(f"?token={'t' * 43}", known=False).headers["set-cookie"].lower()


def test_opened_from_a_file_the_token_leads_on_through_a_page_because_a_redirect_goes_without_the_cookie(pages):
    answered = pages.ask(f"?token={'t' * 43}", known=False, headers={"sec-fetch-site": "cross-site"})
    assert answered.status == 200
    assert 'content="0; url=./"' in answered.text
    assert "set-cookie" in answered.headers


@pytest.mark.parametrize("place", ["/evil.example/", "//evil.example/", "data/../../evil", "job/x"])
def test_the_token_never_leads_to_another_place(pages, place):
    answered = pages.ask(f"/{'A' * 22}/{place}?token={'t' * 43}", known=False)
    assert answered.headers.get("location", "./") == "./"


def test_a_wrong_token_opens_nothing(pages):
    assert pages.ask("?token=wrong", known=False).status == 401


@pytest.mark.parametrize("path", ["/", "/trial", "/BBBBBBBBBBBBBBBBBBBBBB/trial", "/AAAA/trial"])
def test_beside_the_random_place_there_is_nothing(pages, path):
    assert pages.ask(path).status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "", "sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "https://127.0.0.1:8642"}, 403),
    ],
)
def test_what_does_not_come_from_our_own_page_changes_nothing(pages, headers, status):
    assert pages.ask("data/example", "POST", headers=headers).status == status


def test_a_form_without_its_own_token_is_refused(pages):
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for body in (b"", b"form=wrong"):
        assert pages.ask("data/example", "POST", headers=kind, body=body).status == 403
    assert pages.upload(("visits.csv", b"a"), form="wrong").status == 403


def test_a_form_of_ours_is_taken_with_the_origin_or_with_what_the_browser_says_of_it(pages):
    assert pages.post("data/forget", study="none").status == 404
    kind = {"content-type": "application/x-www-form-urlencoded", "origin": "", "sec-fetch-site": "same-origin"}
    body = f"form={pages.explorer.door.form_token()}".encode()
    assert pages.ask("data/forget", "POST", headers=kind, body=body).status == 404


def test_websockets_and_other_methods_are_refused(pages):
    assert pages.ask("trial", kind="websocket").status == 1008
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
        assert pages.ask("trial", method).status == 405


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_every_answer_carries_the_headers_of_safety_errors_too(pages, page):
    if page in {"evidence", "model"}:
        pages.explorer.workers.library = None
        pages.explorer.workers.has_library.set()
    for known in (True, False):
        headers = pages.ask(page, known=known).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "same-origin"  # `no-referrer` makes Chromium send `Origin: null`


def test_more_than_is_taken_is_refused_before_it_is_read(pages):
    answered = pages.ask("data/upload", "POST", headers={"content-length": str(LARGEST_BODY + 1)})
    assert answered.status == 413
    assert pages.ask("data/upload", "POST", headers={"content-length": "-1"}).status == 413


def test_a_body_of_unknown_length_is_read_no_further_than_is_taken(pages):
    part = b"x" * (8 * 2**20)
    head = b'------mark\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
    kind = {"content-type": "multipart/form-data; boundary=----mark", "transfer-encoding": "chunked"}
    assert pages.ask("data/upload", "POST", headers=kind, body=[head, *[part] * 10]).status == 413


def test_behind_a_proxy_its_name_is_known_too_and_the_cookie_is_for_encrypted_connections_only(door, pages):
    behind = Door(
        token=door.token, place=door.place, cookie=door.cookie, pages=door.pages, behind="https://host.example/regraft"
    )
    pages.app = Guard(pages.explorer.application(), behind)
    host = {"host": "host.example"}
    for path in (f"/{door.place}/", f"/regraft/{door.place}/"):
        assert pages.ask(path, headers=host).status == 200
    answered = pages.ask(f"/{door.place}/?token={door.token}", known=False, headers=host)
    assert answered.headers["set-cookie"].endswith("; Secure")
    assert behind.comes_from_here(_headers(origin="https://host.example", host="host.example"))
    assert not behind.comes_from_here(_headers(origin="http://host.example:1", host="host.example"))
    assert pages.ask(f"/{door.place}/", headers={"host": "other.example"}).status == 421


def _headers(**values: str):
    from regraft.explorer.guard import Headers

    return Headers(tuple((name.encode(), value.encode()) for name, value in values.items()))


def test_the_token_is_not_told_by_the_door_itself(door):
    assert not re.search("t{10}", repr(door))
