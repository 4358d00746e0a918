"""The one composition root: settings in, adapters behind their ports out; each is made at first use and kept."""

import asyncio
import gc
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from oqtopus import observability, telemetry
from oqtopus.config import KeptSecrets, Settings, SiteSettings
from oqtopus.domain.accounts import Caller
from oqtopus.domain.breakers import Breaker
from oqtopus.errors import ConfigurationError
from oqtopus.messages import CloudEvent, Message
from oqtopus.ports import (
    AccountStore,
    AgentCaller,
    AgentRanker,
    AgentStore,
    AnswerReviewer,
    AttemptLedger,
    AuditTrail,
    CallBudget,
    Clock,
    ContactBook,
    DeliveryLog,
    IdempotencyLog,
    KeyJournal,
    KeyVault,
    LanguageModel,
    Mailer,
    MailTokenStore,
    Publisher,
    QuotaLedger,
    SessionStore,
)
from oqtopus.security.authentication import Authenticator
from oqtopus.security.csrf import csrf_token, refuse_other_sites
from oqtopus.wire.cookies import Site
from oqtopus.wire.requests import Request
from oqtopus.wire.responses import serve_at

if TYPE_CHECKING:
    from oqtopus.adapters.embedded.model import EmbeddedModel
    from oqtopus.adapters.firestore.database import FirestoreDatabase
    from oqtopus.adapters.sqlite.database import Database
    from oqtopus.security.egress import AddressPolicy
    from oqtopus.security.passwords import PasswordHasher
    from oqtopus.security.push_tokens import PushTokens

log = observability.event_log(__name__)

DATABASE_NAME = "oqtopus.db"


class Services:
    """Everything a function may use, by port. Adapters are imported when first asked for: a cold start pays only
    for what its function needs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def clock(self) -> Clock:
        return _utc_now

    @cached_property
    def new_id(self) -> Callable[[], str]:
        return _random_id

    @cached_property
    def new_nonce(self) -> Callable[[], str]:
        return _random_nonce

    @cached_property
    def accounts(self) -> AccountStore:
        if self.settings.store == "firestore":
            from oqtopus.adapters.firestore.accounts import FirestoreAccountStore

            return FirestoreAccountStore(self._firestore)
        from oqtopus.adapters.sqlite.accounts import SqliteAccountStore

        return SqliteAccountStore(self._database)

    @cached_property
    def sessions(self) -> SessionStore:
        if self.settings.store == "firestore":
            from oqtopus.adapters.firestore.sessions import FirestoreSessionStore

            return FirestoreSessionStore(self._firestore)
        from oqtopus.adapters.sqlite.sessions import SqliteSessionStore

        return SqliteSessionStore(self._database)

    @cached_property
    def agents(self) -> AgentStore:
        if self.settings.store == "firestore":
            from oqtopus.adapters.firestore.agents import FirestoreAgentStore

            return FirestoreAgentStore(self._firestore)
        from oqtopus.adapters.sqlite.agents import SqliteAgentStore

        return SqliteAgentStore(self._database)

    @cached_property
    def quotas(self) -> QuotaLedger:
        if self.settings.store == "firestore":
            from oqtopus.adapters.firestore.quotas import FirestoreQuotaLedger

            return FirestoreQuotaLedger(self._firestore)
        from oqtopus.adapters.sqlite.quotas import SqliteQuotaLedger

        return SqliteQuotaLedger(self._database)

    @cached_property
    def deliveries(self) -> DeliveryLog:
        if self.settings.store == "firestore":
            from oqtopus.adapters.firestore.deliveries import FirestoreDeliveryLog

            return FirestoreDeliveryLog(self._firestore)
        from oqtopus.adapters.sqlite.deliveries import SqliteDeliveryLog

        return SqliteDeliveryLog(self._database)

    @cached_property
    def mail_tokens(self) -> MailTokenStore:
        if self.settings.store == "firestore":
            from oqtopus.adapters.firestore.mail_tokens import FirestoreMailTokenStore

            return FirestoreMailTokenStore(self._firestore)
        from oqtopus.adapters.sqlite.mail_tokens import SqliteMailTokenStore

        return SqliteMailTokenStore(self._database)

    @cached_property
    def attempts(self) -> AttemptLedger:
        if self.settings.store == "firestore":
            from oqtopus.adapters.firestore.attempts import FirestoreAttemptLedger

            return FirestoreAttemptLedger(self._firestore)
        from oqtopus.adapters.sqlite.attempts import SqliteAttemptLedger

        return SqliteAttemptLedger(self._database)

    @cached_property
    def contacts(self) -> ContactBook:
        if self.settings.store == "firestore":
            from oqtopus.adapters.firestore.contacts import FirestoreContactBook

            return FirestoreContactBook(self._firestore)
        from oqtopus.adapters.sqlite.contacts import SqliteContactBook

        return SqliteContactBook(self._database)

    @cached_property
    def audit(self) -> AuditTrail:
        if self.settings.store == "firestore":
            from oqtopus.adapters.firestore.audit import FirestoreAuditTrail

            return FirestoreAuditTrail(self._firestore)
        from oqtopus.adapters.sqlite.audit import SqliteAuditTrail

        return SqliteAuditTrail(self._database)

    @cached_property
    def replays(self) -> IdempotencyLog:
        if self.settings.store == "firestore":
            from oqtopus.adapters.firestore.replays import FirestoreIdempotencyLog

            return FirestoreIdempotencyLog(self._firestore)
        from oqtopus.adapters.sqlite.replays import SqliteIdempotencyLog

        return SqliteIdempotencyLog(self._database)

    @cached_property
    def call_budget(self) -> CallBudget:
        if self.settings.store == "firestore":
            from oqtopus.adapters.firestore.call_budget import FirestoreCallBudget

            return FirestoreCallBudget(self._firestore)
        from oqtopus.adapters.sqlite.call_budget import SqliteCallBudget

        return SqliteCallBudget(self._database)

    @cached_property
    def vault(self) -> KeyVault:
        settings = self.settings
        if settings.pk_storage_type == "secret_manager":
            from oqtopus.adapters.secret_manager import SecretManagerVault

            return SecretManagerVault(settings.google.project, settings.google.secret_manager_emulator)
        if settings.pk_storage_type == "aws":
            from oqtopus.adapters.aws_secrets_manager import AwsVault

            return AwsVault(settings.aws.region, settings.aws.endpoint)
        from oqtopus.adapters.local_vault import LocalVault

        return LocalVault(self._database, settings.secret_key, settings.pk_encryption_salt)

    @cached_property
    def key_journal(self) -> KeyJournal:
        if self.settings.store == "firestore":
            from oqtopus.adapters.firestore.key_journal import FirestoreKeyJournal

            return FirestoreKeyJournal(self._firestore)
        from oqtopus.adapters.sqlite.key_journal import SqliteKeyJournal

        return SqliteKeyJournal(self._database)

    @cached_property
    def bus(self) -> Publisher:
        if self.settings.bus == "pubsub":
            from oqtopus.adapters.pubsub import PubSubPublisher

            return PubSubPublisher(self.settings.google.project, self.settings.google.pubsub_emulator, self.stamped)
        from oqtopus.adapters.local_bus import LocalBus

        return LocalBus(self.stamped)

    @cached_property
    def mailer(self) -> Mailer:
        mail = self.settings.mail
        if mail.transport == "smtp":
            from oqtopus.adapters.smtp import SmtpMailer

            return SmtpMailer(mail.server, mail.port, mail.sender, mail.password)
        if mail.transport == "ses":
            from oqtopus.adapters.ses import SesMailer

            return SesMailer(self.settings.aws.region, self.settings.aws.endpoint, mail.sender)
        from oqtopus.adapters.outbox import Outbox

        return Outbox(self.settings.home / "outbox", mail.sender)

    @cached_property
    def push_tokens(self) -> "PushTokens":
        """Believes the tokens of pushed messages; `ConfigurationError` when nobody said whose to believe."""
        from oqtopus.adapters.signing_keys import GivenKeys, GoogleKeys
        from oqtopus.security.push_tokens import PushTokens

        push = self.settings.push
        keys = GivenKeys(push.key_set) if push.key_set else GoogleKeys()
        return PushTokens(keys, push.audience, push.account, self.clock)

    @cached_property
    def breaker(self) -> Breaker:
        return Breaker()

    @cached_property
    def agent_caller(self) -> AgentCaller:
        from oqtopus.adapters.agent_http import HttpAgentCaller
        from oqtopus.security.signing import KeyRing

        at_once = self.settings.agent_calls_at_once
        return HttpAgentCaller(KeyRing(self.vault, self.clock), self.addresses, self.clock, calls_at_once=at_once)

    @cached_property
    def addresses(self) -> "AddressPolicy":
        from oqtopus.security.egress import AddressPolicy

        return AddressPolicy(self.settings.allowed_agent_origins, self.settings.own_hosts)

    @cached_property
    def embedded(self) -> "EmbeddedModel":
        from oqtopus.adapters.embedded.model import EmbeddedModel

        return EmbeddedModel()

    @property
    def ranker(self) -> AgentRanker:
        return self.embedded

    @cached_property
    def reviewer(self) -> AnswerReviewer:
        return self.embedded

    @cached_property
    def models(self) -> tuple[LanguageModel, ...]:
        """The configured provider under the day's ceiling, then the embedded model that takes over when it fails."""
        provider = self._provider()
        if provider is None:
            return (self.embedded,)
        from oqtopus.adapters.budgeted_model import BudgetedModel

        ceiling = self.settings.model_calls_per_day
        return (BudgetedModel(provider, self.call_budget, ceiling, self.bus, self.clock), self.embedded)

    @cached_property
    def passwords(self) -> "PasswordHasher":
        from oqtopus.security.passwords import PasswordHasher

        return PasswordHasher()

    @cached_property
    def authenticator(self) -> Authenticator:
        return Authenticator(self.sessions, self.clock, self.settings.secret_key)

    async def identify(self, request: Request) -> Caller:
        """Who sends the request; a credential that is not valid is `Unauthenticated`, never a guest.

        What a cookie vouches for must also come from our own pages, unless it only reads (S5).
        """
        settings = self.settings
        network = request.client_network(settings.trusted_proxy_hops)
        credential = request.credential(settings)
        caller = await self.authenticator.caller(credential.secret if credential else None, network)
        if credential and credential.is_cookie and not request.is_reading:
            token = csrf_token(settings.secret_key, caller.session_digest)
            refuse_other_sites(request.provenance, token, settings.public_url)
        return caller

    def close(self) -> None:
        """Close the database file if it was opened; what comes later opens it again."""
        if "_database" in self.__dict__:
            self._database.close()

    async def aclose(self) -> None:
        """Close what was opened, in the event loop that used it: connections, worker threads, the database file."""
        if "warming" in self.__dict__:
            await asyncio.wait([self.warming])
        for name in ("bus", "agent_caller", "mailer", "vault", "_firestore"):
            if name in self.__dict__:
                await getattr(self, name).aclose()
        if "models" in self.__dict__:
            for model in self.models:
                await model.aclose()
        self.close()
        await telemetry.flush()

    @cached_property
    def warming(self) -> "asyncio.Task[None]":
        """Loads all models beside whatever is going on; it begins when this is first read, in the running loop."""
        return asyncio.create_task(self.warm())

    async def warm(self) -> None:
        """Load what the first search would otherwise wait for: the models and the bus, all at the same time."""
        await asyncio.gather(self.bus.warm(), *(model.warm() for model in self.models))
        # The SDKs leave half a million objects that stay; the collector would stop a search to walk them each time.
        gc.freeze()

    def _provider(self) -> LanguageModel | None:
        settings = self.settings
        if settings.llm_provider == "gemini":
            from oqtopus.adapters.gemini import GeminiModel
            from oqtopus.adapters.model_calls import ModelLimits

            key, version, base_url = settings.gemini_api_key, settings.gemini_version, settings.gemini_base_url
            return GeminiModel(key, version, base_url, ModelLimits())
        if settings.llm_provider == "openai":
            from oqtopus.adapters.model_calls import ModelLimits
            from oqtopus.adapters.openai import OpenAIModel

            key, version, base_url = settings.openai_api_key, settings.openai_version, settings.openai_base_url
            return OpenAIModel(key, version, base_url, ModelLimits())
        return None

    def stamped(self, message: Message) -> CloudEvent:
        """The message as this function publishes it now."""
        return CloudEvent(self.new_id(), f"/functions/{self.settings.service}", self.clock(), message)

    @cached_property
    def _firestore(self) -> "FirestoreDatabase":
        from oqtopus.adapters.firestore.database import FirestoreDatabase

        google = self.settings.google
        return FirestoreDatabase(google.project, google.firestore_database, google.firestore_emulator)

    @cached_property
    def _database(self) -> "Database":
        from oqtopus.adapters.sqlite.database import Database

        return Database(self.settings.home / DATABASE_NAME)


_services: Services | None = None
_site: SiteSettings | None = None


def services() -> Services:
    """The services of this process, made from its environment at the first call.

    That call waits for the secrets that Secret Manager keeps: nothing can be done without them.
    """
    global _services
    if _services is None:
        settings = _settings()
        observability.configure(settings.log_level, settings.google.project)
        telemetry.install(_tracer(settings))
        serve_at(settings.public_url)
        _services = Services(settings)
    return _services


def site_settings() -> Site:
    """Where people reach this installation, which needs none of the secrets that `services` does."""
    global _site
    if _services is not None:
        return _services.settings
    if _site is None:
        settings = SiteSettings.from_environ()
        observability.configure(settings.log_level, settings.google_project)
        serve_at(settings.public_url)
        _site = settings
    return _site


@contextmanager
def using(replacement: Services) -> Iterator[Services]:
    """Let `services()` return `replacement` inside the block; for tests and for tools that bring their settings."""
    global _services
    previous, _services = _services, replacement
    serve_at(replacement.settings.public_url)
    try:
        yield replacement
    finally:
        _services = previous
        serve_at(previous.settings.public_url if previous else "")


def _tracer(settings: Settings) -> "telemetry.Tracer | None":
    """What spans go to; where they go nowhere, OpenTelemetry's SDK is not even imported (0.1 s)."""
    tracing, project = settings.tracing, settings.google.project
    if tracing.exporter == "off":
        return None
    from oqtopus.adapters import opentelemetry_tracer as spans

    if tracing.exporter == "google":
        exporter = spans.google_exporter()
    elif tracing.exporter == "otlp":
        exporter = spans.otlp_exporter(tracing.endpoint)
    else:
        exporter = spans.console_exporter()
    sampler = spans.SecretRatio(tracing.ratio, settings.secret_key)
    return spans.OpenTelemetryTracer(exporter, settings.service, sampler, project)


def _settings() -> Settings:
    # Until the settings say how to log, the defaults do.
    observability.configure()
    try:
        return Settings.from_environ(fetch=_kept_secrets)
    except ConfigurationError as error:
        log.error("not_configured", reason=str(error))
        raise


def _kept_secrets(kept: KeptSecrets) -> Mapping[str, str]:
    from oqtopus.adapters.platform_secrets import PlatformSecrets

    return PlatformSecrets(kept.google.project, kept.google.secret_manager_emulator).values(kept.versions)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _random_id() -> str:
    return secrets.token_urlsafe(15)


def _random_nonce() -> str:
    return secrets.token_hex(8)
