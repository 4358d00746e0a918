"""Certificates for any name, from an authority that only its own clients trust."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_ISSUER = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "An authority for tests")])
_NOBODY = x509.Name([])


class Authority:
    """Makes a server's context for a name, and a client's that trusts such servers and no others."""

    def __init__(self) -> None:
        # One key serves all: what is tested is whose certificate is shown.
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.server = cache(self._server)

    @cached_property
    def client(self) -> ssl.SSLContext:
        usable = x509.BasicConstraints(ca=True, path_length=None)
        certificate = self._certificate(_ISSUER, usable)
        return ssl.create_default_context(cadata=certificate.public_bytes(Encoding.PEM).decode())

    def _server(self, name: str) -> ssl.SSLContext:
        certificate = self._certificate(_NOBODY, x509.SubjectAlternativeName([x509.DNSName(name)]))
        key = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:
            file.write(certificate.public_bytes(Encoding.PEM) + key)
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def _certificate(self, subject: x509.Name, extension: x509.ExtensionType) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(_ISSUER, subject, self._key.public_key(), x509.random_serial_number())
        lasting = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        # A certificate without a subject must mark its names as critical (RFC 5280 4.2.1.6).
        return lasting.add_extension(extension, critical=True).sign(self._key, SHA256())
