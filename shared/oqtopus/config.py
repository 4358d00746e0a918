"""The settings of a process, read once; the only module that reads the environment."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from oqtopus.domain.throttles import Throttle
from oqtopus.errors import ConfigurationError

Provider = Literal["gemini", "openai", "embedded"]
Routing = Literal["cascade", "llm", "embedded"]
Fallback = Literal["hedged", "always", "off"]

Environment = Literal["production", "development"]
Store = Literal["sqlite", "firestore"]
KeyStorage = Literal["local", "secret_manager", "aws"]
Bus = Literal["local", "pubsub"]
Tracing = Literal["off", "console", "otlp", "google"]
MailTransport = Literal["outbox", "smtp", "ses"]

T = TypeVar("T")

DEFAULT_HOME = Path(".oqtopus")
LATEST = "latest"
_SHORTEST_SECRET = 16
_SECRET = re.compile(r"([A-Z][A-Z0-9_]{2,62})(?::([1-9][0-9]{0,17}))?")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class GoogleSettings:
    """The project on Google Cloud; a `host:port` stands in for a service on this machine."""

    project: str = ""
    firestore_database: str = "(default)"
    firestore_emulator: str = ""
    pubsub_emulator: str = ""
    secret_manager_emulator: str = ""


@dataclass(frozen=True, slots=True)
class KeptSecrets:
    """Secrets of the installation that Secret Manager keeps: the version wanted of each, by its setting's name (K4)."""

    google: GoogleSettings
    versions: Mapping[str, str]


SecretReader = Callable[[KeptSecrets], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """The region of AWS's services; an endpoint stands in for them. Credentials are the SDK's affair."""

    region: str = ""
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mail leaves; port 465 is TLS from the start, any other upgrades to it."""

    transport: MailTransport = "outbox"
    sender: str = ""
    password: str = field(default="", repr=False)
    server: str = "smtp.gmail.com"
    port: int = 587
    recipient: str = ""

    @property
    def reaches_people(self) -> bool:
        """Whether mails leave this machine, so that an address can be shown to be its owner's (A7)."""
        return self.transport != "outbox"


@dataclass(frozen=True, slots=True)
class Throttles:
    """How often something may be tried, by whom: the defaults are those of the security requirements (A4, A6)."""

    login_account: Throttle = Throttle("login-account", 10, timedelta(minutes=5))
    login_network: Throttle = Throttle("login-network", 10, timedelta(minutes=5))
    registration_network: Throttle = Throttle("registration-network", 20, timedelta(hours=1))
    reset_account: Throttle = Throttle("reset-account", 5, timedelta(days=1))
    reset_network: Throttle = Throttle("reset-network", 20, timedelta(hours=1))
    verification_network: Throttle = Throttle("verification-network", 20, timedelta(hours=1))
    verification_account: Throttle = Throttle("verification-account", 3, timedelta(hours=6))
    contact_network: Throttle = Throttle("contact-network", 5, timedelta(hours=1))
    agents_account: Throttle = Throttle("agents-account", 30, timedelta(hours=1))
    verify_account: Throttle = Throttle("verify-account", 60, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class PushSettings:
    """Whose pushed messages are believed: tokens for `audience`, made out to the service account `account`.

    `key_set` (a JSON Web Key Set) stands in for Google's own keys on this machine.
    """

    audience: str = ""
    account: str = ""
    key_set: str = ""


@dataclass(frozen=True, slots=True)
class TracingSettings:
    """Where spans go; `ratio` (0 to 1) of all traces are kept."""

    exporter: Tracing = "off"
    endpoint: str = ""
    ratio: float = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set from outside; secrets are hidden from `repr`. Times are in seconds."""

    app_env: Environment
    home: Path
    secret_key: str = field(repr=False)
    pk_encryption_salt: str = field(repr=False)
    store: Store = "sqlite"
    pk_storage_type: KeyStorage = "local"
    bus: Bus = "local"
    service: str = "oqtopus"
    google: GoogleSettings = field(default_factory=GoogleSettings)
    aws: AwsSettings = field(default_factory=AwsSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    push: PushSettings = field(default_factory=PushSettings)
    throttles: Throttles = field(default_factory=Throttles)
    tracing: TracingSettings = field(default_factory=TracingSettings)
    model_calls_per_day: int = 10_000
    public_url: str = "http://127.0.0.1:8080"
    is_behind_gateway: bool = False
    llm_provider: Provider = "embedded"
    gemini_api_key: str = field(default="", repr=False)
    gemini_version: str = "gemini-3.8-flash"
    gemini_base_url: str | None = None
    openai_api_key: str = field(default="", repr=False)
    openai_version: str = "gpt-6-luna"
    openai_base_url: str | None = None
    routing: Routing = "cascade"
    fallback: Fallback = "hedged"
    quota_user_per_day: int = 5
    quota_guest_per_day: int = 1
    max_agents_per_search: int = 8
    agent_deadline_seconds: float = 10.0
    agent_calls_at_once: int = 32
    allowed_agent_origins: frozenset[str] = frozenset()
    public_hosts: frozenset[str] = frozenset()
    trusted_proxy_hops: int = 0
    log_level: str = "INFO"

    @property
    def own_hosts(self) -> frozenset[str]:
        """The names that this installation is reached under, where no agent can be (U5)."""
        return self.public_hosts | {urlsplit(self.public_url).hostname or ""}

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None, fetch: SecretReader | None = None) -> "Settings":
        """Parse the mapping (default: the process's environment); `ConfigurationError` names what is wrong."""
        read = _completed(os.environ if environ is None else environ, fetch)
        return cls(
            app_env=_environment(read),
            home=Path(read.text("OQTOPUS_HOME") or DEFAULT_HOME),
            secret_key=read.secret("SECRET_KEY"),
            pk_encryption_salt=read.secret("PK_ENCRYPTION_SALT") if _key_storage(read) == "local" else "",
            store=read.word("STORE", "sqlite", ("sqlite", "firestore")),
            pk_storage_type=_key_storage(read),
            bus=read.word("BUS", "local", ("local", "pubsub")),
            service=read.text("K_SERVICE") or "oqtopus",
            google=_google(read),
            aws=AwsSettings(read.text("AWS_REGION"), read.text("AWS_ENDPOINT_URL") or None),
            mail=_mail(read),
            push=PushSettings(read.text("PUSH_AUDIENCE"), read.text("PUSH_ACCOUNT"), read.text("PUSH_KEY_SET")),
            throttles=_throttles(read),
            tracing=_tracing(read),
            model_calls_per_day=read.number("MODEL_CALLS_PER_DAY", 10_000, int, 1, 100_000_000),
            public_url=_public_url(read, _environment(read)),
            is_behind_gateway=read.word("BEHIND_GATEWAY", "0", ("0", "1")) == "1",
            llm_provider=_provider(read),
            gemini_api_key=read.text("GEMINI_API_KEY"),
            gemini_version=read.text("GEMINI_VERSION") or "gemini-3.8-flash",
            gemini_base_url=read.text("GEMINI_BASE_URL") or None,
            openai_api_key=read.text("OPENAI_API_KEY"),
            openai_version=read.text("OPENAI_VERSION") or "gpt-6-luna",
            openai_base_url=read.text("OPENAI_BASE_URL") or None,
            routing=read.word("ROUTING", "cascade", ("cascade", "llm", "embedded")),
            fallback=read.word("FALLBACK", "hedged", ("hedged", "always", "off")),
            quota_user_per_day=read.number("QUOTA_USER_PER_DAY", 5, int, 1, 1_000_000),
            quota_guest_per_day=read.number("QUOTA_GUEST_PER_DAY", 1, int, 0, 1_000_000),
            max_agents_per_search=read.number("MAX_AGENTS_PER_SEARCH", 8, int, 1, 20),
            agent_deadline_seconds=read.number("AGENT_DEADLINE_SECONDS", 10.0, float, 1.0, 30.0),
            agent_calls_at_once=read.number("AGENT_CALLS_AT_ONCE", 32, int, 1, 1_000),
            allowed_agent_origins=read.names("ALLOWED_AGENT_ORIGINS"),
            public_hosts=read.names("PUBLIC_HOSTS"),
            trusted_proxy_hops=read.number("TRUSTED_PROXY_HOPS", 0, int, 0, 10),
            log_level=_log_level(read),
        )


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """What the pages need to know: the function that serves them holds no secret."""

    app_env: Environment
    public_url: str
    google_project: str = ""
    log_level: str = "INFO"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "SiteSettings":
        """Parse the mapping (default: the process's environment); `ConfigurationError` names what is wrong."""
        read = _Reader(os.environ if environ is None else environ)
        app_env = _environment(read)
        return cls(app_env, _public_url(read, app_env), read.text("GOOGLE_CLOUD_PROJECT"), _log_level(read))


class _Reader:
    """Typed access to a mapping of strings; every refusal names the variable and never its value."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def needs(self, secret: str) -> bool:
        """Whether this process must have the secret: one that is told its secrets has no use for any other."""
        return not self.text("SECRETS") or secret in _versions(self)

    def text(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def secret(self, name: str) -> str:
        value = self.text(name)
        if len(value) < _SHORTEST_SECRET:
            raise ConfigurationError(f"{name} must be set to at least {_SHORTEST_SECRET} characters.")
        return value

    def word(self, name: str, default: T, choices: tuple[T, ...]) -> T:
        value = self.text(name)
        if not value:
            return default
        for choice in choices:
            if value == choice:
                return choice
        raise ConfigurationError(f"{name} must be one of {', '.join(map(str, choices))}.")

    def number(self, name: str, default: T, parse: Callable[[str], T], least: float, most: float) -> T:
        value = self.text(name)
        if not value:
            return default
        try:
            parsed, size = parse(value), float(value)
        except ValueError:
            raise ConfigurationError(f"{name} must be a number from {least} to {most}.") from None
        if not least <= size <= most:
            raise ConfigurationError(f"{name} must be a number from {least} to {most}.")
        return parsed

    def names(self, name: str) -> frozenset[str]:
        """A list with commas."""
        return frozenset(entry.strip() for entry in self.text(name).split(",") if entry.strip())


_LOCAL_ONLY = (
    "ALLOWED_AGENT_ORIGINS",
    "FIRESTORE_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
    "SECRET_MANAGER_EMULATOR_HOST",
    "PUSH_KEY_SET",
)


def _completed(environ: Mapping[str, str], fetch: SecretReader | None) -> _Reader:
    """The mapping with the secrets that it only names: `SECRETS` is such as `SECRET_KEY,GEMINI_API_KEY:3`."""
    read = _Reader(environ)
    versions = _versions(read)
    if not versions or fetch is None:
        return read
    for name in versions:
        if read.text(name):
            raise ConfigurationError(f"{name} is kept in Secret Manager, so it must not stand in the environment.")
    google = _google(read)
    if not google.project:
        raise ConfigurationError("SECRETS names secrets, so GOOGLE_CLOUD_PROJECT must be set.")
    return _Reader({**environ, **fetch(KeptSecrets(google, versions))})


def _versions(read: _Reader) -> Mapping[str, str]:
    versions = {}
    for entry in read.names("SECRETS"):
        parts = _SECRET.fullmatch(entry)
        if parts is None:
            raise ConfigurationError("SECRETS must be names of settings, each with a version or without.")
        versions[parts[1]] = parts[2] or LATEST
    return versions


def _environment(read: _Reader) -> Environment:
    """Production unless said otherwise, and then without anything that is for local use."""
    app_env: Environment = read.word("APP_ENV", "production", ("production", "development"))
    if app_env == "production":
        _refuse_local_settings(read)
    return app_env


def _refuse_local_settings(read: _Reader) -> None:
    for name in _LOCAL_ONLY:
        if read.text(name):
            raise ConfigurationError(f"{name} is for local use; production refuses to start with it.")
    if read.text("STORE") == "firestore" and read.text("PK_STORAGE_TYPE") in ("", "local"):
        raise ConfigurationError("PK_STORAGE_TYPE must be secret_manager or aws: instances share no disk for keys.")
    if read.text("STORE") == "firestore" and read.text("BUS") != "pubsub":
        raise ConfigurationError("BUS must be pubsub: instances share no memory for messages.")
    if read.text("AWS_ENDPOINT_URL").startswith("http:"):
        raise ConfigurationError("AWS_ENDPOINT_URL must be https: private keys go there.")


def _throttles(read: _Reader) -> Throttles:
    """The defaults, with the limits that are set: `LOGIN_ACCOUNT_LIMIT` is that of the throttle `login-account`."""
    defaults = Throttles()
    set_limits: dict[str, Throttle] = {}
    for entry in fields(Throttles):
        throttle: Throttle = getattr(defaults, entry.name)
        limit = read.number(f"{entry.name.upper()}_LIMIT", throttle.limit, int, 1, 1_000_000)
        set_limits[entry.name] = replace(throttle, limit=limit)
    return Throttles(**set_limits)


def _public_url(read: _Reader, app_env: Environment) -> str:
    """Where people reach this installation: links in mails begin with it, and cookies are for it (A5, S5)."""
    url = read.text("PUBLIC_URL").rstrip("/")
    if app_env == "development" and not url:
        return "http://127.0.0.1:8080"
    if not _ORIGIN.fullmatch(url) or (app_env == "production" and url.startswith("http:")):
        raise ConfigurationError("PUBLIC_URL must be an origin such as https://oqtopus.example.org.")
    return url


def _log_level(read: _Reader) -> str:
    return read.word("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))


def _google(read: _Reader) -> GoogleSettings:
    project = read.text("GOOGLE_CLOUD_PROJECT")
    for name, service in (("STORE", "firestore"), ("PK_STORAGE_TYPE", "secret_manager"), ("BUS", "pubsub")):
        if read.text(name) == service and not project:
            raise ConfigurationError(f"{name} is {service}, so GOOGLE_CLOUD_PROJECT must be set.")
    return GoogleSettings(
        project=project,
        firestore_database=read.text("FIRESTORE_DATABASE") or "(default)",
        firestore_emulator=read.text("FIRESTORE_EMULATOR_HOST"),
        pubsub_emulator=read.text("PUBSUB_EMULATOR_HOST"),
        secret_manager_emulator=read.text("SECRET_MANAGER_EMULATOR_HOST"),
    )


def _mail(read: _Reader) -> MailSettings:
    """The outbox unless a sender is named; `MAILER` chooses."""
    sender, password = read.text("SENDER_EMAIL"), read.text("SENDER_APP_PASSWORD")
    found: MailTransport = "smtp" if sender and password else "outbox"
    transport: MailTransport = read.word("MAILER", found, ("outbox", "smtp", "ses"))
    if transport != "outbox" and not sender:
        raise ConfigurationError(f"MAILER is {transport}, so SENDER_EMAIL must be set.")
    if transport == "smtp" and not password and read.needs("SENDER_APP_PASSWORD"):
        raise ConfigurationError("MAILER is smtp, so SENDER_APP_PASSWORD must be set.")
    return MailSettings(
        transport=transport,
        sender=sender or "oqtopus@localhost",
        password=password,
        server=read.text("SMTP_SERVER") or "smtp.gmail.com",
        port=read.number("SMTP_PORT", 587, int, 1, 65_535),
        recipient=read.text("RECIPIENT_EMAIL") or sender,
    )


def _key_storage(read: _Reader) -> KeyStorage:
    return read.word("PK_STORAGE_TYPE", "local", ("local", "secret_manager", "aws"))


def _tracing(read: _Reader) -> TracingSettings:
    exporter: Tracing = read.word("TRACING", "off", ("off", "console", "otlp", "google"))
    endpoint = read.text("TRACING_ENDPOINT")
    if exporter == "otlp" and urlsplit(endpoint).scheme not in ("http", "https"):
        raise ConfigurationError("TRACING_ENDPOINT must be the URL of a collector, such as http://127.0.0.1:4318.")
    if exporter == "google" and not read.text("GOOGLE_CLOUD_PROJECT"):
        raise ConfigurationError("GOOGLE_CLOUD_PROJECT must be set for TRACING=google.")
    return TracingSettings(exporter, endpoint, read.number("TRACING_RATIO", 1.0, float, 0.0, 1.0))


def _provider(read: _Reader) -> Provider:
    """The configured provider; without `LLM_PROVIDER`, the first one that has a key, else the embedded model."""
    gemini_api_key, openai_api_key = read.text("GEMINI_API_KEY"), read.text("OPENAI_API_KEY")
    found: Provider = "gemini" if gemini_api_key else "openai" if openai_api_key else "embedded"
    provider: Provider = read.word("LLM_PROVIDER", found, ("gemini", "openai", "embedded"))
    if provider == "gemini" and not gemini_api_key and read.needs("GEMINI_API_KEY"):
        raise ConfigurationError("LLM_PROVIDER is gemini, so GEMINI_API_KEY must be set.")
    if provider == "openai" and not openai_api_key and read.needs("OPENAI_API_KEY"):
        raise ConfigurationError("LLM_PROVIDER is openai, so OPENAI_API_KEY must be set.")
    return provider
