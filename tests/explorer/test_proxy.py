"""Behind nginx, with a sign-on, encryption and a path of its own: what `--behind` and the page about it promise."""

import getpass
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

NGINX, OPENSSL = shutil.which("nginx") or "/usr/sbin/nginx", shutil.which("openssl")
ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    os.name == "nt" or not Path(NGINX).exists() or OPENSSL is None, reason="nginx or openssl is not installed"
)
SIGN_ON = {"Authorization": "Basic bnVyc2U6bmlnaHQ="}  # nurse:night
WHOLE = """
daemon off; user {user}; pid {home}/pid; error_log {home}/errors; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {home}/body; proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {home}/cert.pem; ssl_certificate_key {home}/key.pem;
    auth_basic "ward"; auth_basic_user_file {home}/people;
    {location}
  }}
}}
"""


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=30)


@pytest.fixture(scope="module")
def proxied(start, tmp_path_factory):
    """Return the server that is behind, as its address through nginx says, with the lines of the page as they stand."""
    home, port = tmp_path_factory.mktemp("nginx"), _free_port()
    inner = _free_port()
    server = start("--port", str(inner), "--behind", f"https://127.0.0.1:{port}/regraft")
    page = (ROOT / "docs" / "explorer.md").read_text(encoding="utf-8")
    (location,) = re.findall(r"^```nginx\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    location = location.replace(":9001/", f":{inner}/")
    assert str(inner) in location
    subject = ("-subj", "/CN=127.0.0.1", "-days", "2", "-keyout", f"{home}/key.pem", "-out", f"{home}/cert.pem")
    _run(str(OPENSSL), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", *subject)
    (home / "people").write_text("nurse:{PLAIN}night\n")
    (home / "conf").write_text(WHOLE.format(home=home, port=port, location=location, user=getpass.getuser()))
    nginx = subprocess.Popen([NGINX, "-p", str(home), "-c", f"{home}/conf", "-e", f"{home}/errors"])
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    yield server
    nginx.terminate()
    nginx.wait(10)


def _browser() -> urllib.request.OpenerDirector:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=trusting), urllib.request.HTTPCookieProcessor(CookieJar())
    )


def _ask(browser, address: str, body: bytes | None = None, **headers: str):
    asked = urllib.request.Request(address, data=body, headers=SIGN_ON | headers)  # noqa: S310
    try:
        return browser.open(asked, timeout=20)
    except urllib.error.HTTPError as refused:
        return refused


def test_pages_forms_jobs_and_files_work_below_the_path_of_a_proxy_that_signs_people_on(proxied):
    browser, origin = _browser(), re.match(r"https://[^/]+", proxied.base)[0]
    assert proxied.base.startswith(f"{origin}/regraft/")
    first = _ask(browser, proxied.address)
    assert (first.status, first.url) == (200, proxied.base)
    page = _ask(browser, f"{proxied.base}trial?trials=1&seed=3").read().decode()
    links = re.findall(r'(?:href|src|action|data-state)="([^"#][^"]*)"', page)
    assert [link for link in links if link.startswith("/")] == []
    assert _ask(browser, f"{proxied.base}static/app.css").status == 200
    form = {"form": re.search(r'name="form" value="(\w+)"', page)[1], "protocol": "atkins-2016", "trials": "400"}
    job = _ask(browser, f"{proxied.base}run/trial", urlencode(form).encode(), Origin=origin)
    assert job.url.startswith(f"{proxied.base}job/")
    assert b'"state"' in _ask(browser, f"{job.url}/state.json").read()
    back = _ask(browser, f"{job.url}/cancel", urlencode({"form": form["form"]}).encode(), Origin=origin)
    assert back.url.startswith(f"{proxied.base}trial?")
    mark = b"mark"
    parts = (b'name="form"\r\n\r\n' + form["form"].encode(), b'name="files"; filename="a.csv"\r\n\r\nsubject_id\n')
    body = b"".join(b"--%b\r\nContent-Disposition: form-data; %b\r\n" % (mark, part) for part in parts)
    kind = {"Content-Type": "multipart/form-data; boundary=mark", "Origin": origin}
    sent = _ask(browser, f"{proxied.base}data/upload", body + b"--mark--\r\n", **kind)
    assert sent.url.startswith((f"{proxied.base}job/", f"{proxied.base}data?study="))


def test_nobody_else_gets_through_the_proxy(proxied):
    browser, origin = _browser(), re.match(r"https://[^/]+", proxied.base)[0]
    assert _ask(browser, proxied.address, Authorization="Basic bm9ib2R5Og==").status == 401  # the proxy's own no
    assert _ask(browser, proxied.base).status == 401  # signed on, and without the token
    assert _ask(browser, proxied.address, Host="elsewhere.example").status == 421
    cookie = _ask(browser, proxied.address)
    assert cookie.status == 200
    page = cookie.read().decode()
    form = urlencode({"form": "0" * 64, "trials": "1"}).encode()
    assert _ask(browser, f"{proxied.base}run/trial", form, Origin="https://elsewhere.example").status == 403
    assert _ask(browser, f"{proxied.base}run/trial", form, Origin=origin).status == 403  # a form of somebody else
    assert "regraft" in page
