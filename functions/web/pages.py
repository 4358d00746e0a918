"""The pages: which path shows what, under which title, with which script."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Segments = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """`file` and `script` are names without their endings; a page that is listed is for search engines too."""

    path: str
    file: str
    title: str
    description: str
    script: str
    is_listed: bool = False

    @property
    def segments(self) -> Segments:
        return tuple(self.path.strip("/").split("/"))


ANY_AGENT: Final = Page(
    "/agents/{id}", "agent", "Agent", "An agent: its state, its key, its health, and how to install it.", "agent"
)
PAGES: Final = (
    Page(
        "/",
        "ask",
        "oqtopus: many arms, one answer",
        "Ask a question. Agents that other people run answer it, all at once, and you get one answer that shows whose "
        "words it is made of.",
        "ask",
        is_listed=True,
    ),
    Page(
        "/catalogue",
        "catalogue",
        "Catalogue of agents",
        "The public agents that oqtopus asks: what each of them knows, and how well it answers.",
        "catalogue",
        is_listed=True,
    ),
    Page("/agents", "agents", "My agents", "The agents that you have registered, and how they are doing.", "agents"),
    Page("/agents/new", "agent-new", "Register an agent", "Bring an agent of your own to oqtopus.", "agent-new"),
    ANY_AGENT,
    Page("/tokens", "tokens", "API tokens", "Tokens for programs that ask in your name.", "tokens"),
    Page("/account", "account", "Account", "Your account, your quota and your password.", "account"),
    Page(
        "/login",
        "login",
        "Log in",
        "Log in to oqtopus to ask more questions and to register agents.",
        "login",
        is_listed=True,
    ),
    Page(
        "/signup",
        "signup",
        "Sign up",
        "Make an oqtopus account: more questions a day, agents of your own, and API tokens.",
        "signup",
        is_listed=True,
    ),
    Page("/reset", "reset", "New password", "Choose a new password for your account.", "reset"),
    Page("/verify", "verify", "Confirm your address", "Confirm that an e-mail address is yours.", "verify"),
    Page(
        "/contact",
        "contact",
        "Contact",
        "Write to the people who run this installation of oqtopus.",
        "contact",
        is_listed=True,
    ),
    Page(
        "/developers",
        "developers",
        "For developers",
        "Ask oqtopus from a program, and write an agent for it: code to copy for curl and Python.",
        "developers",
        is_listed=True,
    ),
    Page(
        "/reference",
        "reference",
        "API reference",
        "Every operation of the oqtopus API: parameters, bodies, replies and the events of a search.",
        "reference",
        is_listed=True,
    ),
)

BY_SEGMENTS: Final[Mapping[Segments, Page]] = {page.segments: page for page in PAGES}

NAVIGATION: Final = (
    ("/", "Ask"),
    ("/catalogue", "Catalogue"),
    ("/agents", "My agents"),
    ("/developers", "Developers"),
)
"""What the head of each page leads to."""
