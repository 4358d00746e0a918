"""Certificates for any name, sound ones and others, from an authority that only its own clients trust."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_DAY: Final = timedelta(days=1)
_NOBODY: Final = x509.Name([])


class Authority:
    """Makes a server's context for a name, and a client's that trusts such servers and no others."""

    def __init__(self) -> None:
        # One key serves all: what is tested is whose certificate is shown. The name is one of its own, because OpenSSL
        # finds an issuer by its name.
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(f"Authority {x509.random_serial_number()}")
        self.server = cache(self._server)

    @cached_property
    def pem(self) -> str:
        """What a client needs in order to trust this authority."""
        usable = x509.BasicConstraints(ca=True, path_length=None)
        return _pem(self._certificate(self._name, self._name, usable, -_DAY, _DAY)).decode()

    @cached_property
    def client(self) -> ssl.SSLContext:
        return trusting(self.pem)

    def _server(
        self,
        name: str = "127.0.0.1",
        *,
        starts: timedelta = -_DAY,
        ends: timedelta = _DAY,
        copies: int = 1,
        is_self_signed: bool = False,
        is_asking: bool = False,
    ) -> ssl.SSLContext:
        """Its certificate is valid from and to so long from now, and is sent in so many copies.

        `is_asking` has the server want a certificate of its client.
        """
        subject = _named(name) if is_self_signed else _NOBODY
        issuer = subject if is_self_signed else self._name
        names = x509.SubjectAlternativeName([_general_name(name)])
        chain = _pem(self._certificate(subject, issuer, names, starts, ends)) * copies
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.verify_mode = ssl.CERT_REQUIRED if is_asking else ssl.CERT_NONE
        with tempfile.NamedTemporaryFile() as file:
            file.write(chain + self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def _certificate(
        self, subject: x509.Name, issuer: x509.Name, extension: x509.ExtensionType, starts: timedelta, ends: timedelta
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(issuer, subject, self._key.public_key(), x509.random_serial_number())
        lasting = builder.not_valid_before(now + starts).not_valid_after(now + ends)
        # A certificate without a subject must mark its names as critical (RFC 5280 4.2.1.6).
        return lasting.add_extension(extension, critical=True).sign(self._key, SHA256())


def trusting(pem: str) -> ssl.SSLContext:
    """A client's context that trusts these authorities and no others."""
    return ssl.create_default_context(cadata=pem)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _general_name(name: str) -> x509.GeneralName:
    is_address = name.replace(".", "").isdigit()
    return x509.IPAddress(ip_address(name)) if is_address else x509.DNSName(name)
