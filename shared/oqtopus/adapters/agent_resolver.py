"""Look-ups of agents' names in threads, where the slow names of one owner hold up nobody else's."""

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from types import MappingProxyType
from typing import Final, Protocol

from oqtopus.adapters.turns import Turns

RESOLVER_THREADS: Final = 32
LOOK_UPS_OF_A_DOMAIN: Final = 4

# Under a country's domain, these are registries' own labels: the owner's comes before them.
_REGISTRY_LABELS: Final = frozenset({
    "ac", "asn", "biz", "co", "com", "edu", "go", "gob", "gouv", "gov", "govt", "gv", "id", "ind", "info", "lg", "ltd",
    "me", "mil", "ne", "net", "nhs", "nic", "nom", "or", "org", "plc", "sch",
})  # fmt: skip
# How many labels tell the customers of these hosts apart.
_HOSTING_LABELS: Final[Mapping[str, int]] = MappingProxyType(
    dict.fromkeys(
        (
            "cloudfront.net",
            "fly.dev",
            "github.io",
            "herokuapp.com",
            "netlify.app",
            "onrender.com",
            "pages.dev",
            "vercel.app",
            "web.app",
            "workers.dev",
        ),
        3,
    )
    # Names such as `name.region.run.app` and `name.service.region.amazonaws.com`.
    | {"run.app": 4, "azurewebsites.net": 4, "amazonaws.com": 5}
)


class Resolve(Protocol):
    """All addresses of a name; `begun` is told once the look-up itself has begun, after any wait in a line of ours."""

    async def __call__(self, host: str, port: int, begun: Callable[[], None]) -> Sequence[str]: ...


def system_addresses(host: str, port: int) -> list[str]:
    """All A and AAAA answers, each once, in the system's order."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


class SystemResolver:
    """The system's resolver in threads of its own.

    A look-up cannot be cancelled, so each domain may occupy a few threads only: its slow names hold up no other's.
    """

    def __init__(self, look_up: Callable[[str, int], list[str]] = system_addresses) -> None:
        self._look_up = look_up
        self._look_ups: dict[tuple[asyncio.AbstractEventLoop, str, int], _LookUp] = {}
        self._turns = Turns(LOOK_UPS_OF_A_DOMAIN)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(RESOLVER_THREADS, "oqtopus-resolver")

    async def __call__(self, host: str, port: int, begun: Callable[[], None] = lambda: None) -> Sequence[str]:
        """All A and AAAA answers; look-ups of one name that run at the same time are one."""
        place = (asyncio.get_running_loop(), host, port)
        look_up = self._look_ups.get(place)
        if look_up is None:
            look_up = self._look_ups[place] = _LookUp()
            look_up.task = place[0].create_task(self._looked_up(host, port, look_up.has_begun))
            look_up.task.add_done_callback(lambda _: self._finish(place))
        await look_up.has_begun.wait()
        begun()
        return await asyncio.shield(look_up.task)

    async def _looked_up(self, host: str, port: int, has_begun: asyncio.Event) -> list[str]:
        loop = asyncio.get_running_loop()

        def begin() -> list[str]:
            # Told from the thread, for a call waits for a thread as well as for its turn.
            loop.call_soon_threadsafe(has_begun.set)
            return self._look_up(host, port)

        async with self._turns.turn(line_of(host)):
            return await loop.run_in_executor(self._threads, begin)

    def _finish(self, place: tuple[asyncio.AbstractEventLoop, str, int]) -> None:
        look_up = self._look_ups.pop(place)
        # Nobody must go on waiting for the begin of what ended without one.
        look_up.has_begun.set()
        if not look_up.task.cancelled():
            # Read here too, so that a failure is not reported as lost when all who asked have gone.
            look_up.task.exception()


class _LookUp:
    """One that runs or waits, for all who ask for the name meanwhile."""

    task: "asyncio.Task[list[str]]"

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()


def line_of(host: str) -> str:
    """The end of a name that belongs to one owner, as far as is known here; look-ups under it wait for one another.

    This is no list of public suffixes and does not have to be: names under a suffix that is missing share a line, which
    may cost one its turn but is not counted against it, and opens the resolver to nobody.
    """
    labels = host.split(".")
    end = labels[-2:]
    is_registry = len(end[-1]) == 2 and end[0] in _REGISTRY_LABELS
    count = 3 if is_registry else _HOSTING_LABELS.get(".".join(end), 2)
    return ".".join(labels[-count:])
