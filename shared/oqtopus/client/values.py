"""What the operations give beside events: the contract's schemas, by their names."""

from dataclasses import dataclass, field
from datetime import datetime

from oqtopus.client.decoding import Value
from oqtopus.client.health import HealthSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota(Value):
    """The searches of a UTC day; also the first event of a search."""

    remaining: int
    max: int
    resets_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Value):
    id: str
    email: str
    username: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Login(Value):
    """A session; 24 hours of rest end it sooner than `expires_at`."""

    token: str = field(repr=False)
    expires_at: datetime
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential(Value):
    """How the caller is signed in: by a `session` or a `token`, for `search` or to `manage`."""

    kind: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Me(Value):
    account: Account
    credential: Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Token(Value):
    """An API token; `hint` is how its secret begins."""

    id: str
    name: str
    hint: str
    scope: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken(Token):
    """An API token with its secret, which is shown this once."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens(Value):
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentKey(Value):
    """A public key of an agent: `current`, `staged` to be the next one, or `retired` and soon destroyed."""

    version: str
    state: str
    public_key: str
    made_at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Value):
    """An agent; what only its owner gets to see is empty in another's."""

    id: str
    name: str
    url: str
    categories: tuple[str, ...]
    description: str
    status: str
    created_at: datetime
    verified_at: datetime | None = None
    health: HealthSummary = field(default_factory=HealthSummary)
    public: bool = True
    orchestrator_id: str = ""
    key_version: str = ""
    key_file_name: str = ""
    public_key: str = ""
    keys: tuple[AgentKey, ...] = ()
    changed_at: datetime | None = None

    @property
    def is_own(self) -> bool:
        """Whether the caller owns the agent."""
        return bool(self.key_file_name)

    @property
    def staged_key(self) -> AgentKey | None:
        """The key that waits to be activated."""
        return next((key for key in self.keys if key.state == "staged"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentList(Value):
    agents: tuple[Agent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyCategory(Value):
    """What agents register under."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy(Value):
    categories: tuple[TaxonomyCategory, ...]
