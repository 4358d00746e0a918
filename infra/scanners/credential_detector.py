"""detect-secrets' plugin for secrets that its own plugins do not know: ours, and keys of Google and Anthropic."""

import re
from collections.abc import Generator

from detect_secrets.plugins.base import RegexBasedDetector

from oqtopus.security.credentials import SCANNER_PATTERN, kind_of

_PREFIX = "oq"


class CredentialDetector(RegexBasedDetector):
    """Ours count only with a right checksum, so that placeholders in documents are no findings."""

    secret_type = "Credential"
    denylist = (
        re.compile(SCANNER_PATTERN),
        re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
        re.compile(r"\bsk-(?:proj|ant|svcacct)-[0-9A-Za-z_-]{20,}\b"),
        re.compile(r"\bGOCSPX-[0-9A-Za-z_-]{28}\b"),
    )

    def analyze_string(self, string: str) -> Generator[str, None, None]:
        for secret in super().analyze_string(string):
            if not secret.startswith(_PREFIX) or kind_of(secret) is not None:
                yield secret
