"""Secrets in the files of the tree, by detect-secrets: those with a shape, not everything that looks random."""

import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from infra.scanners.findings import Finding

_PLUGINS = (
    *("AWSKeyDetector", "ArtifactoryDetector", "AzureStorageKeyDetector", "DiscordBotTokenDetector"),
    *("GitHubTokenDetector", "GitLabTokenDetector", "MailchimpDetector", "NpmDetector", "OpenAIDetector"),
    *("PrivateKeyDetector", "PypiTokenDetector", "SendGridDetector", "SlackDetector", "SquareOAuthDetector"),
    *("StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector"),
)
_OURS = Path(__file__).with_name("credential_detector.py")


def secrets_in(files: Iterable[Path]) -> Sequence[Finding]:
    """One finding for each line that holds a secret; the secret is not repeated."""
    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import get_plugins, transient_settings

    plugins = [{"name": name} for name in _PLUGINS] + [{"name": "CredentialDetector", "path": _OURS.as_uri()}]
    with transient_settings({"plugins_used": plugins}):
        # Going through a file line by line is slow, so files without any such shape are left at once.
        shapes = [shape for plugin in get_plugins() for shape in plugin.denylist]
        return [
            Finding("secrets", secret.type, file.as_posix(), "stands here.", secret.line_number)
            for file in files
            if _has_any(file, shapes)
            for secret in scan_file(str(file))
        ]


def _has_any(file: Path, shapes: Iterable[re.Pattern[str]]) -> bool:
    text = file.read_text(encoding="utf-8", errors="replace")
    return any(shape.search(text) for shape in shapes)


def files_of_the_tree() -> Sequence[Path]:
    """What is committed or would be; ignored files are nobody else's."""
    arguments = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := Path(name)).is_file()]
