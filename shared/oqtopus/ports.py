"""What oqtopus needs of the world; the adapters of a port pass one contract suite.

Everything that asks something of another machine raises `Unavailable` when that does not answer in time.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

from oqtopus.domain.accounts import Account, AccountId, ApiToken, Session, TokenId
from oqtopus.domain.agents import Agent, AgentId, AgentReply, CallOutcome
from oqtopus.domain.model import AnswerTask, Route, RoutingTask, SynthesisTask
from oqtopus.domain.quotas import Quota
from oqtopus.errors import FailureReason
from oqtopus.messages import Message


class Clock(Protocol):
    """The time, as an aware UTC datetime."""

    def __call__(self) -> datetime: ...


class AccountStore(Protocol):
    """Accounts; an e-mail address (folded) belongs to one account at most."""

    async def add(self, account: Account) -> None:
        """Keep a new account; `Conflict` when its address is taken, also by one added at the same moment."""

    async def account(self, account_id: AccountId) -> Account | None: ...

    async def account_with_email(self, email: str) -> Account | None: ...

    async def change_password_hash(self, account_id: AccountId, password_hash: str) -> None: ...


class SessionStore(Protocol):
    """Sessions and API tokens, found by the SHA-256 of their secret; expiry is for the caller to check."""

    async def add_session(self, session: Session) -> None: ...

    async def session(self, digest: str) -> Session | None: ...

    async def touch_session(self, digest: str, seen_at: datetime) -> None: ...

    async def remove_session(self, digest: str) -> None: ...

    async def add_token(self, token: ApiToken, at_most: int, now: datetime) -> None:
        """Keep a new token; `Conflict` when the account has `at_most` live ones, counted in the same transaction."""

    async def token(self, digest: str) -> ApiToken | None: ...

    async def tokens(self, account_id: AccountId) -> Sequence[ApiToken]:
        """The account's tokens, oldest first."""

    async def remove_token(self, account_id: AccountId, token_id: TokenId) -> None:
        """Revoke a token; `NotFound` when the account has none of this id."""


class AgentStore(Protocol):
    """Agents; every change of one depends on its owner and on what was read."""

    async def add(self, agent: Agent, at_most: int | None = None) -> None:
        """Keep a new agent; `Conflict` when its owner has `at_most` already, counted in the same transaction."""

    async def agent(self, agent_id: AgentId) -> Agent | None: ...

    async def owned_by(self, owner_id: AccountId) -> Sequence[Agent]:
        """The owner's agents, oldest first."""

    async def public(self, category: str | None, text: str | None) -> Sequence[Agent]:
        """Active public agents, by name; `text` is looked for in name and description, letter case ignored."""

    async def candidates(self, categories: Sequence[str], account_id: AccountId | None) -> Sequence[Agent]:
        """Active agents of any of the categories that are public or the account's own.

        At most 100: the account's own first, then those with the shortest row of failures, then the oldest.
        """
        ...

    async def change(self, agent: Agent, expected_changed_at: datetime) -> None:
        """Replace what the owner can change; `Conflict` when the stored agent is not of `expected_changed_at`."""

    async def record(self, outcomes: Sequence[CallOutcome], now: datetime) -> Sequence[Agent]:
        """Count calls into their agents' health; the agents whose status this has changed, as they are now.

        No call is lost when several are counted at the same moment, and a change of status is told once. An agent
        deleted meanwhile is no error.
        """
        ...

    async def due(self, now: datetime, at_most: int) -> Sequence[AgentId]:
        """Active and suspended agents whose next probe is due, the longest due first."""
        ...

    async def remove(self, agent_id: AgentId) -> None: ...


class QuotaLedger(Protocol):
    """Charges searches; correct under any number of concurrent callers."""

    async def charge(self, subject: str, request_id: str, day: date, limit: int) -> Quota:
        """Take one search of the day, or raise `QuotaSpent` and take none. One atomic commit.

        The same `request_id` is charged once only; charging it again returns the quota as it is.
        """

    async def refund(self, subject: str, request_id: str, day: date) -> None:
        """Give a charged search back; a second refund of the same request does nothing."""

    async def quota(self, subject: str, day: date, limit: int) -> Quota: ...


class KeyVault(Protocol):
    """Agents' private keys (PKCS #8 PEM), one secret an agent, with versions."""

    async def add(self, agent_id: AgentId, private_key_pem: str) -> str:
        """Keep a key and return its version."""

    async def private_key(self, agent_id: AgentId, version: str) -> str:
        """The PEM; `KeyNotFound` when there is none."""

    async def destroy(self, agent_id: AgentId) -> None:
        """Destroy all versions; destroying what is not there is no error."""

    async def check(self) -> None:
        """`ConfigurationError` when the keys that are kept cannot be opened with the secrets of this process."""

    async def aclose(self) -> None:
        """Close what the running event loop keeps open; a later call opens it anew."""


class LanguageModel(Protocol):
    """Routes questions and writes answers; every failure is a `ModelFailure`.

    Closing or cancelling a generator ends the provider's stream at once.
    """

    @property
    def name(self) -> str:
        """The word the stream shows for this model: `gemini`, `openai` or `embedded`."""

    @property
    def is_knowledgeable(self) -> bool:
        """Whether `answer` draws on knowledge; a model that has none says so instead of answering."""

    async def warm(self) -> None:
        """Load what the first call would otherwise wait for; raises nothing of the model."""

    async def aclose(self) -> None:
        """Close what the running event loop keeps open; a later call opens it anew."""

    async def route(self, task: RoutingTask) -> Route: ...

    def answer(self, task: AnswerTask) -> AsyncGenerator[str, None]: ...

    def synthesise(self, task: SynthesisTask) -> AsyncGenerator[str, None]: ...


class AgentRanker(Protocol):
    """Orders agents by how well they fit a question, best first."""

    async def rank(self, question: str, agents: Sequence[Agent]) -> Sequence[Agent]: ...


class AgentCaller(Protocol):
    """Sends one signed question to an agent."""

    async def ask(
        self, agent: Agent, question: str, output_structure: Mapping[str, object], deadline_seconds: float
    ) -> AgentReply:
        """The agent's checked reply, or `AgentFailure` with its reason, at the latest after the deadline."""

    async def probe(self, agent: Agent) -> "ProbeResult":
        """Ask once properly signed and once signed with a throw-away key; raises nothing of the network."""

    async def aclose(self) -> None:
        """Close the connections that the running event loop keeps open."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What admission learns: `None` when both probes went as they must, else a rule's word for each that did not.

    `ms` is how long the signed one took, which is no part of the verdict.
    """

    signed: FailureReason | None
    foreign: FailureReason | Literal["accepted"] | None
    ms: float = field(default=0.0, compare=False)

    @property
    def is_passed(self) -> bool:
        return self.signed is None and self.foreign is None


class Publisher(Protocol):
    """Hands messages to other functions without making the sender wait.

    What cannot be handed over in the end is logged and dropped: the sender's own work never fails for it.
    """

    async def warm(self) -> None:
        """Make what the first message would otherwise wait for; raises nothing."""

    def publish(self, message: Message) -> None:
        """Take the message and return at once."""

    async def flush(self) -> None:
        """Wait until what was published has been handed over, for a few seconds at most; raises nothing."""

    async def aclose(self) -> None:
        """Flush, and close what the running event loop keeps open; a later message opens it anew."""


class Claim(StrEnum):
    """What `DeliveryLog.begin` says of a delivery."""

    TAKEN = "taken"
    DONE = "done"
    BUSY = "busy"


class DeliveryLog(Protocol):
    """Which messages have been handled, so that one that is delivered twice is handled once."""

    async def begin(self, delivery_id: str, now: datetime) -> Claim:
        """Claim a delivery: `TAKEN` by exactly one of those who ask, for ten minutes; `BUSY` for the others.

        `DONE` when it was finished, which is remembered for eight days.
        """
        ...

    async def finish(self, delivery_id: str, now: datetime) -> None:
        """It has been handled."""

    async def abandon(self, delivery_id: str) -> None:
        """It could not be handled; the next delivery may try at once."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in plain text to one recipient; `id` makes its Message-ID, so that a repeated one can be told."""

    id: str
    recipient: str
    subject: str
    text: str


class Mailer(Protocol):
    """Hands mail over to whoever delivers it."""

    async def send(self, mail: Mail) -> None:
        """`MailRefused` when it will never be taken, `Unavailable` when it may be later."""

    async def aclose(self) -> None:
        """Close connections that are kept; a later mail opens them anew."""
