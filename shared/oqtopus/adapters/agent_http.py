"""Signed questions to agents over HTTP: the `AgentCaller` of every mode."""

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache, partial
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from oqtopus.adapters.agent_connection import Headers, OutboundCall
from oqtopus.adapters.agent_json import object_in
from oqtopus.adapters.agent_reply import reply_in
from oqtopus.adapters.agent_transport import AgentTransport
from oqtopus.adapters.turns import Turns
from oqtopus.domain.agents import Agent, AgentReply
from oqtopus.domain.hops import HOPS_HEADER
from oqtopus.errors import AgentFailure, FailureReason, KeyNotFound, RefusedUrl, Unavailable
from oqtopus.observability import event_log
from oqtopus.ports import Clock, ProbeResult
from oqtopus.security.egress import AddressPolicy, AgentUrl
from oqtopus.security.signing import AgentSignature, KeyRing

PROBE_SECONDS: Final = 10.0
PROBES_AT_ONCE: Final = 4
PROBE_QUESTION: Final = "Is this agent ready to answer questions?"
PROBE_STRUCTURE: Final = '{"type":"object","properties":{"answer":{"type":"string"}},"required":["answer"]}'

_Called = Callable[[], None]

log = event_log(__name__)


def new_token_id() -> str:
    return secrets.token_hex(16)


class HttpAgentCaller:
    """Calls agents as `rotagent` 0.1.0 expects, over HTTP/1.1 read by llhttp.

    httpx costs 1.7 to 7.9 ms of processor time a call here and httpcore 1.5 to 2.4 ms, against 0.2 ms this way; nor do
    the two let a caller end the call at an interim reply (C2).
    """

    def __init__(
        self,
        keys: KeyRing,
        policy: AddressPolicy,
        clock: Clock,
        transport: AgentTransport | None = None,
        token_id: Callable[[], str] = new_token_id,
        *,
        calls_at_once: int = 32,
        probe_seconds: float = PROBE_SECONDS,
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._transport = transport or AgentTransport(policy)
        self._token_id = token_id
        self._probe_seconds = probe_seconds
        self._url = lru_cache(maxsize=1_024)(policy.url)
        # A signature takes 0.65 ms, for most of which Python's lock is free: two threads sign 20 calls in 13 ms.
        self._signers = ThreadPoolExecutor(2, "oqtopus-signer")
        # An agent gets so many calls at once from this process, and its probes have places of their own: one that is
        # busy with searches is still probed.
        self._turns, self._probe_turns = Turns(calls_at_once), Turns(PROBES_AT_ONCE)
        self._last_structure: tuple[Mapping[str, object] | None, str] = (None, "")

    async def ask(
        self,
        agent: Agent,
        question: str,
        output_structure: Mapping[str, object],
        deadline_seconds: float,
        hops: int = 1,
    ) -> AgentReply:
        structure = self._json_of(output_structure)
        called = asyncio.Event()
        try:
            async with asyncio.timeout(deadline_seconds):
                key = await self._key_for_call(agent)
                async with self._turns.turn(agent.id):
                    data = await self._answered(agent, key, _body(question, structure), called.set, hops)
        except TimeoutError as error:
            # What our vault, our earlier calls and our look-ups took of the deadline says nothing about the agent.
            raise AgentFailure("timeout", is_counted=called.is_set()) from error
        return reply_in(data, output_structure, structure)

    def _json_of(self, structure: Mapping[str, object]) -> str:
        """A search asks all its agents for the same structure, so the last one is kept."""
        known, text = self._last_structure
        if known is not structure:
            text = _compact(structure)
            self._last_structure = (structure, text)
        return text

    async def probe(self, agent: Agent) -> ProbeResult:
        # Before the clock starts: what our vault takes, or refuses, is not the agent's doing.
        try:
            key = await self._agent_key(agent, agent.key_version)
        except AgentFailure as failure:
            return ProbeResult(failure.reason, None)
        await self._fetch_spare_keys(agent)
        if not self._probe_turns.has_room(agent.id):
            # That we probe it too often is not the agent's doing either.
            raise Unavailable("This agent is being probed already; try again later.")
        async with self._probe_turns.turn(agent.id):
            (signed, ms), foreign = await asyncio.gather(self._signed_fault(agent, key), self._foreign_fault(agent))
        return ProbeResult(signed, foreign, ms)

    async def aclose(self) -> None:
        """Close the connections that the running event loop keeps."""
        await self._transport.aclose()

    async def _signed_fault(self, agent: Agent, key: RSAPrivateKey) -> tuple[FailureReason | None, float]:
        """What went wrong with a properly signed question, and how many milliseconds it took."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        fault: FailureReason | None = None
        called = asyncio.Event()
        try:
            async with asyncio.timeout(self._probe_seconds):
                object_in(await self._answered(agent, key, _body(PROBE_QUESTION, PROBE_STRUCTURE), called.set))
        except TimeoutError as error:
            fault = _timeout_of_probe(called, error)
        except AgentFailure as failure:
            fault = failure.reason
        return fault, (loop.time() - started) * 1_000

    async def _foreign_fault(self, agent: Agent) -> FailureReason | Literal["accepted"] | None:
        """None when the agent refused a key that is not its own with 401; `accepted` when it took it."""
        key = await asyncio.to_thread(_throw_away_key)
        called = asyncio.Event()
        try:
            async with asyncio.timeout(self._probe_seconds):
                await self._answered_to(agent, key, _body(PROBE_QUESTION, PROBE_STRUCTURE), called.set)
        except TimeoutError as error:
            return _timeout_of_probe(called, error)
        except AgentFailure as failure:
            if failure.status == 200:
                return "accepted"
            return None if failure.status == 401 else failure.reason
        return "accepted"

    async def _key_for_call(self, agent: Agent) -> RSAPrivateKey:
        try:
            return await self._agent_key(agent, agent.key_version)
        except Unavailable as error:
            raise AgentFailure("blocked", is_counted=False) from error

    async def _spare_key(self, agent: Agent, version: str) -> RSAPrivateKey | None:
        # What is wrong has been logged; the agent may still take another key.
        with suppress(AgentFailure, Unavailable):
            return await self._agent_key(agent, version)
        return None

    async def _fetch_spare_keys(self, agent: Agent) -> None:
        """Have the other keys at hand before a probe's clock starts, or `Unavailable`: they may be needed in it."""
        for version in agent.key_versions(self._clock())[1:]:
            with suppress(AgentFailure):
                await self._agent_key(agent, version)

    async def _agent_key(self, agent: Agent, version: str) -> RSAPrivateKey:
        try:
            return await self._keys.private_key(agent.id, version)
        except KeyNotFound as error:
            # The agent may have been deleted or its key changed since it was chosen; it cannot be called as it is.
            log.warning("agent_key_missing", agent=agent.id, version=version)
            raise AgentFailure("blocked", is_counted=False) from error
        except Unavailable:
            log.warning("agent_key_unavailable", agent=agent.id, version=version)
            raise

    async def _answered(self, agent: Agent, key: RSAPrivateKey, body: bytes, called: _Called, hops: int = 1) -> bytes:
        """The reply to the call signed with the agent's key, or with another one that it may have.

        While a key is rotated nobody knows when its owner installs it, so an agent that refuses one with 401 is asked
        again with the others, within the same deadline: that is what makes a rotation cost no answer.
        """
        try:
            return await self._answered_to(agent, key, body, called, hops)
        except AgentFailure as failure:
            if failure.status != 401:
                raise
            refusal = failure
        for version in agent.key_versions(self._clock())[1:]:
            spare = await self._spare_key(agent, version)
            if spare is None:
                continue
            try:
                data = await self._answered_to(agent, spare, body, called, hops)
            except AgentFailure as failure:
                if failure.status != 401:
                    raise
            else:
                log.info("agent_took_other_key", agent=agent.id, version=version)
                return data
        raise refusal

    async def _answered_to(
        self, agent: Agent, key: RSAPrivateKey, body: bytes, called: _Called, hops: int = 1
    ) -> bytes:
        try:
            url = self._url(agent.url)
        except RefusedUrl as refusal:
            log.warning("agent_url_refused", agent=agent.id, rule=refusal.rule)
            raise AgentFailure("blocked") from refusal
        signature = AgentSignature(agent.orchestrator_id, key)
        return await self._transport.send(agent.id, url, lambda: self._signed_call(url, body, signature, hops), called)

    async def _signed_call(self, url: AgentUrl, body: bytes, signature: AgentSignature, hops: int) -> OutboundCall:
        sign = partial(signature.authorization, body, self._clock(), self._token_id())
        authorization = await asyncio.get_running_loop().run_in_executor(self._signers, sign)
        return OutboundCall(url.endpoint.encode("ascii"), _headers(url, body, authorization, hops), body)


def _timeout_of_probe(called: asyncio.Event, error: TimeoutError) -> Literal["timeout"]:
    """The agent's fault; `Unavailable` when the probe stood in our own line until its time was over."""
    if not called.is_set():
        raise Unavailable("This agent's name could not be looked up in time; try again later.") from error
    return "timeout"


def _headers(url: AgentUrl, body: bytes, authorization: str, hops: int) -> Headers:
    """All that is sent beside the body: nothing in it tells who asks (C10)."""
    return (
        (b"Host", url.authority.encode("ascii")),
        (b"Content-Type", b"application/json"),
        (b"Accept", b"application/json"),
        (b"Accept-Encoding", b"identity"),
        (b"Content-Length", b"%d" % len(body)),
        (b"Authorization", authorization.encode("ascii")),
        (HOPS_HEADER.encode("ascii"), b"%d" % hops),
    )


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _body(question: str, structure: str) -> bytes:
    return f'{{"query":{_compact(question)},"output_structure":{structure}}}'.encode("ascii")


@lru_cache(maxsize=1)
def _throw_away_key() -> RSAPrivateKey:
    """A key that no agent knows, made once a process; this takes a tenth of a second, so not in the event loop."""
    return generate_private_key(public_exponent=65_537, key_size=2_048)
