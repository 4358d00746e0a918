"""Agents with which no trusted TLS connection can be made."""

from typing import Final

from tests.fakes.bad_agents.scripts import SECRET, blurts, close, fails, part_of_the_request, reply, reset

_ALERT = bytes.fromhex("15030300020228")  # Fatal: handshake failure.
_WARNING = bytes.fromhex("15030300020100")  # A warning: the other side closes.

HANDSHAKES: Final = (
    fails("a certificate of another name", "tls", reply(), door="wrong name"),
    fails("a certificate that has expired", "tls", reply(), door="expired"),
    fails("a certificate of tomorrow", "tls", reply(), door="not yet"),
    fails("a certificate signed by itself", "tls", reply(), door="self-signed"),
    fails("a certificate of nobody we know", "tls", reply(), door="unknown issuer"),
    fails("a certificate chain of a megabyte", "tls", reply(), door="long chain"),
    fails("a certificate wanted of us", "protocol", reply(), door="asks for a certificate"),
    blurts("plain HTTP on a TLS port", "tls", reply(), door="plain over tls"),
    blurts("plain HTTP on a TLS port when spoken to", "tls", part_of_the_request, reply(), door="plain over tls"),
    blurts("random bytes for a handshake", "tls", bytes(range(128, 256)), door="plain over tls"),
    blurts("SMTP on a TLS port", "tls", b"220 %s ESMTP\r\n" % SECRET.encode(), door="plain over tls"),
    blurts("a TLS alert", "tls", part_of_the_request, _ALERT, door="plain over tls"),
    blurts("a TLS warning", "tls", part_of_the_request, _WARNING, close, door="plain over tls"),
    blurts("a record of 16 MB announced", "tls", part_of_the_request, b"\x16\x03\x03\xff\xff", door="plain over tls"),
    blurts("closes in the handshake", "unreachable", part_of_the_request, close, door="plain over tls"),
    blurts("resets in the handshake", "unreachable", part_of_the_request, reset, door="plain over tls"),
    blurts("closes before the handshake", "unreachable", close, door="plain over tls"),
    fails("closes behind TLS after the request", "protocol", close, door="tls"),
    fails("resets behind TLS after the request", "protocol", reset, door="tls"),
)
