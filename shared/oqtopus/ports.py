"""What oqtopus needs of the world; the adapters of a port pass one contract suite.

Everything that asks something of another machine raises `Unavailable` when that does not answer in time.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

from oqtopus.domain.accounts import (
    Account,
    AccountId,
    ApiToken,
    MailPurpose,
    MailToken,
    Session,
    TokenId,
)
from oqtopus.domain.agents import Agent, AgentId, AgentReply, CallOutcome
from oqtopus.domain.history import Tally
from oqtopus.domain.model import AnswerTask, Passage, Route, RoutingTask, SynthesisTask
from oqtopus.domain.quotas import Quota
from oqtopus.domain.reviews import Review
from oqtopus.domain.throttles import Throttle
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

    async def change_password_hash(
        self, account_id: AccountId, password_hash: str, expected: str | None = None
    ) -> bool:
        """Whether it took: with `expected` only where that is the hash until now, in one atomic step."""
        ...

    async def mark_verified(self, account_id: AccountId, at: datetime) -> None:
        """Its address was shown to be theirs; a missing account is no error."""

    async def set_suspended(self, account_id: AccountId, *, is_suspended: bool) -> None:
        """An operator's word; `NotFound` when there is no such account."""


class SessionStore(Protocol):
    """Sessions and API tokens, found by the SHA-256 of their secret; expiry is for the caller to check."""

    async def add_session(self, session: Session) -> None: ...

    async def session(self, digest: str) -> Session | None: ...

    async def touch_session(self, digest: str, seen_at: datetime) -> None: ...

    async def remove_session(self, digest: str) -> None: ...

    async def end_all(self, account_id: AccountId) -> None:
        """End all sessions and revoke all API tokens of the account."""

    async def add_token(self, token: ApiToken, at_most: int, now: datetime) -> None:
        """Keep a new token; `Conflict` when the account has `at_most` live ones, counted in the same transaction."""

    async def token(self, digest: str) -> ApiToken | None: ...

    async def tokens(self, account_id: AccountId) -> Sequence[ApiToken]:
        """The account's tokens, oldest first."""

    async def remove_token(self, account_id: AccountId, token_id: TokenId) -> None:
        """Revoke a token; `NotFound` when the account has none of this id."""


class MailTokenStore(Protocol):
    """The secrets of links in mails: single use, the newest of an account and purpose only."""

    async def put(self, token: MailToken) -> None:
        """Keep it; older ones of its account and purpose are dead from now on."""

    async def take(self, digest: str, purpose: MailPurpose, now: datetime) -> AccountId | None:
        """Whose it is, for exactly one who asks; None when it is unknown, used, expired, old or of another purpose."""


class AttemptLedger(Protocol):
    """Counts tries, shared by all instances; correct under any number of concurrent callers."""

    async def take(self, throttle: Throttle, subject: str, now: datetime) -> None:
        """Count one try, or raise `TooManyRequests` when the window's tries are used up. One atomic step."""

    async def give_back(self, throttle: Throttle, subject: str, now: datetime) -> None:
        """A try that was no offence after all, such as a good login, does not count."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody wrote into the contact form."""

    id: str
    name: str
    email: str
    text: str
    sent_at: datetime


class ContactBook(Protocol):
    """Letters from the contact form, kept for thirty days: messages between functions name only their ids."""

    async def add(self, letter: Letter) -> None: ...

    async def letter(self, letter_id: str, now: datetime) -> Letter | None: ...


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something refused, or done by an operator: `event` is the word the log has for it, `subject` an id or key."""

    at: datetime
    event: str
    subject: str
    detail: str = ""


class AuditTrail(Protocol):
    """What operators look back at; entries are kept for thirty days."""

    async def add(self, entry: AuditEntry) -> None: ...

    async def recent(self, at_most: int, now: datetime) -> Sequence[AuditEntry]:
        """The newest first."""
        ...


class Replay(StrEnum):
    """What `IdempotencyLog.begin` says of a key."""

    NEW = "new"
    RUNNING = "running"
    DONE = "done"
    OTHER_BODY = "other_body"


class IdempotencyLog(Protocol):
    """Results by `Idempotency-Key`, for 24 hours; a key is its subject's own."""

    async def begin(self, subject: str, key: str, fingerprint: str, now: datetime) -> tuple[Replay, bytes]:
        """`NEW` for exactly one who asks, who then finishes or abandons it; with `DONE` comes what was kept.

        `fingerprint` is the SHA-256 of the body. A run neither finished nor abandoned within two minutes is dead.
        """
        ...

    async def finish(self, subject: str, key: str, result: bytes, now: datetime) -> None:
        """Keep the result, at most 700 KiB."""

    async def abandon(self, subject: str, key: str) -> None:
        """It came to nothing; the next one with this key is new."""


class CallBudget(Protocol):
    """The installation's model calls of a UTC day, shared by all instances."""

    async def take(self, count: int, day: date) -> int:
        """Count `count` more calls and return the day's total with them. One atomic step."""
        ...


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
        """Count calls that ended at `now` into their agents' health; the agents whose status this has changed.

        No call is lost when several are counted at the same moment, and a change of status is told once. An agent
        deleted meanwhile is no error.
        """
        ...

    async def history(self, agent_id: AgentId, now: datetime) -> Sequence[Tally]:
        """What was counted of the agent's calls in each hour of the last thirty UTC days that had any, oldest first."""
        ...

    async def due(self, now: datetime, at_most: int) -> Sequence[AgentId]:
        """Active and suspended agents whose next probe is due, the longest due first."""
        ...

    async def set_blocked(self, agent_id: AgentId, *, is_blocked: bool) -> None:
        """An operator's word; an agent let go is pending. `NotFound` when there is no such agent."""

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

    async def reset(self, subject: str, day: date) -> None:
        """Give the subject its whole day back; an operator's word."""


class PrivateKeys(Protocol):
    """What signing needs of the vault, and all that the functions which only call agents may do there."""

    async def private_key(self, agent_id: AgentId, version: str) -> str:
        """The PEM; `KeyNotFound` when there is none."""


class KeyVault(PrivateKeys, Protocol):
    """Agents' private keys (PKCS #8 PEM), one secret an agent, with versions."""

    async def add(self, agent_id: AgentId, private_key_pem: str) -> str:
        """Keep a key and return its version, which no key of this agent has had before.

        Only where the agent has been destroyed as a whole its versions begin anew.
        """

    async def versions(self, agent_id: AgentId) -> Sequence[str]:
        """The versions that hold a key, oldest first; none for an agent that the vault does not know."""
        ...

    async def destroy_version(self, agent_id: AgentId, version: str) -> None:
        """Make one key unreadable for good; destroying what is not there is no error."""

    async def destroy(self, agent_id: AgentId) -> None:
        """Destroy all versions; destroying what is not there is no error."""

    async def check(self) -> None:
        """`ConfigurationError` when the keys that are kept cannot be opened with the secrets of this process."""

    async def aclose(self) -> None:
        """Close what the running event loop keeps open; a later call opens it anew."""


@dataclass(frozen=True, slots=True)
class KeyWork:
    """Work on an agent's keys that was begun; from `due_at` on nobody is at it any more.

    Under one that `is_adding`, the vault may hold a key that the agent does not name yet.
    """

    id: str
    agent_id: AgentId
    due_at: datetime
    is_adding: bool = True


class KeyJournal(Protocol):
    """Work on agents' keys, written down before it is begun, so that what breaks off is found and brought to its end.

    The vault and the store of agents have no transaction in common, and nobody may list what the vault keeps.
    """

    async def begin(self, work: KeyWork) -> None: ...

    async def finish(self, work_id: str) -> None:
        """It has come to its end; finishing what is not there is no error."""

    async def of_agent(self, agent_id: AgentId) -> Sequence[KeyWork]:
        """What has been begun and not finished."""
        ...

    async def due(self, now: datetime, at_most: int) -> Sequence[KeyWork]:
        """What is due, the longest due first."""
        ...


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
    """Judges how well agents fit a question, by their words and categories alone."""

    async def relevance(self, question: str, agents: Sequence[Agent]) -> Sequence[float]:
        """For each of the agents, in their order, from 0 (not at all) to 1."""
        ...


class AnswerReviewer(Protocol):
    """Says what of an answer comes from whom, and where those who gave it contradict each other."""

    async def review(self, text: str, passages: Sequence[Passage]) -> Review:
        """The answer with its marks put right; every span counts in the text it is of. Raises nothing of the model."""
        ...


class AgentCaller(Protocol):
    """Sends one signed question to an agent."""

    async def ask(
        self,
        agent: Agent,
        question: str,
        output_structure: Mapping[str, object],
        deadline_seconds: float,
        hops: int = 1,
    ) -> AgentReply:
        """The agent's checked reply, or `AgentFailure` with its reason, at the latest after the deadline.

        `hops` is how many searches the question has come through, the one that asks now included.
        """

    async def probe(self, agent: Agent) -> "ProbeResult":
        """Ask once properly signed and once signed with a throw-away key; raises nothing of the network.

        `Unavailable` when the vault does not answer, or too many probes of this agent are going on already.
        """

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
        """Claim a delivery: `TAKEN` by exactly one of those who ask, for 150 seconds; `BUSY` for the others.

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
