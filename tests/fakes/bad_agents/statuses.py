"""Agents that answer with another status, or lead elsewhere: only 200 counts and nothing is followed (C5)."""

from typing import Final

from tests.fakes.bad_agents.scripts import BODY, SECRET, answers, fails, head, reply

_JSON = "Content-Type: application/json"
_ELSEWHERE = "Location: {canary}/agent"
_METADATA = "Location: http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token"

REDIRECTS: Final = (
    *(fails(f"redirect {status}", "redirect", reply(BODY, _ELSEWHERE, status=f"{status} Elsewhere"))
      for status in (300, 301, 302, 303, 305, 307, 308)),
    fails("redirect to a path", "redirect", reply(b"", "Location: /other", status="307 Again")),
    fails("redirect to itself", "redirect", reply(b"", "Location: /agent", status="308 Again")),
    fails("redirect to the metadata server", "redirect", reply(b"", _METADATA, status="302 Found")),
    fails("redirect without a target", "redirect", reply(b"", status="302 Found")),
    fails("304", "redirect", head(_JSON, status="304 Not Modified")),
    answers("200 that names another place", "Yes.", reply(
        BODY, _ELSEWHERE, "Refresh: 0; url={canary}/", "Link: <{canary}/>; rel=preload", "Content-Location: {canary}/",
        "Alt-Svc: h2=\":1\"", f"Set-Cookie: session={SECRET}")),
)  # fmt: skip

_WORDS = {
    201: "Created", 202: "Accepted", 204: "No Content", 205: "Reset", 226: "Delta", 400: "Bad", 402: "Pay", 403: "No",
    404: "Not Found", 408: "Late", 418: "Teapot", 451: "Law", 500: "Oops", 502: "Bad", 599: "Other", 999: "Denied",
}  # fmt: skip

STATUSES: Final = (
    *(fails(f"status {status}", "bad_status", reply(status=f"{status} {word}")) for status, word in _WORDS.items()),
    fails("401 that asks for a password", "bad_status", reply(BODY, "WWW-Authenticate: Basic", status="401 No")),
    fails("401 that asks for NTLM", "bad_status", reply(BODY, "WWW-Authenticate: NTLM", status="401 No")),
    fails("407", "bad_status", reply(BODY, "Proxy-Authenticate: Basic", status="407 No")),
    fails("429 with Retry-After", "bad_status", reply(BODY, "Retry-After: 0", status="429 Slowly")),
    fails("503 with Retry-After", "bad_status", reply(BODY, "Retry-After: 86400", status="503 Later")),
    fails("500 with a traceback", "bad_status", reply(b"Traceback " + SECRET.encode(), status="500 Oops")),
    fails("206 with a range", "bad_status", reply(BODY, "Content-Range: bytes 0-30/31", status="206 Partial")),
    fails("101", "protocol", head("Upgrade: websocket", "Connection: Upgrade", status="101 Switching Protocols")),
    answers("200 that upgrades", "Yes.", reply(BODY, "Upgrade: h2c", "Connection: Upgrade")),
    answers("status without words", "Yes.", reply(status="200")),
    answers("status with other words", "Yes.", reply(status="200 Internal Server Error")),
)
