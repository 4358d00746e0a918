"""Rules C1 to C10, U6 and U7: how strangers' agents are called, and what of their replies gets in."""

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from oqtopus.adapters.agent_connection import MAX_BODY_BYTES
from oqtopus.adapters.agent_http import HttpAgentCaller
from oqtopus.adapters.agent_transport import AgentTransport
from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import Agent, AgentId, AgentReply, AgentStatus
from oqtopus.errors import AgentFailure
from oqtopus.ports import ProbeResult
from oqtopus.security.egress import AddressPolicy
from oqtopus.security.signing import KeyRing, parsed_key
from tests.fakes.agent_names import ScriptedNames
from tests.fakes.agent_server import Play, SeenRequest, agent_serving, reply, saying
from tests.fakes.certificates import Authority
from tests.fakes.vaults import OneKeyVault, key_pem

STRUCTURE: dict[str, object] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}, "year": {"type": "integer"}, "tags": {"type": "array"}},
    "required": ["answer"],
    "additionalProperties": False,
}
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


def an_agent(url: str, agent_id: str = "a1") -> Agent:
    return Agent(
        id=AgentId(agent_id), owner_id=AccountId("o1"), orchestrator_id="films", name="Films", url=url,
        categories=("Movie",), description="", is_public=True, status=AgentStatus.ACTIVE, key_version="1",
        public_key_pem="", created_at=NOW, changed_at=NOW,
    )  # fmt: skip


def caller_of(policy: AddressPolicy, transport: AgentTransport | None = None) -> HttpAgentCaller:
    return HttpAgentCaller(KeyRing(OneKeyVault(), now), policy, now, transport)


async def answer_of(play: Play, deadline: float = 5.0) -> AgentReply:
    async with agent_serving(play) as fake:
        caller = caller_of(AddressPolicy(frozenset({fake.origin})))
        try:
            return await caller.ask(an_agent(fake.origin), "When?", STRUCTURE, deadline)
        finally:
            await caller.aclose()


async def failure_of(play: Play, deadline: float = 5.0) -> AgentFailure:
    with pytest.raises(AgentFailure) as failure:
        await answer_of(play, deadline)
    return failure.value


def endless(head: str, chunk: bytes) -> Play:
    """Writes the head and then the chunk again and again."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode())
        while not writer.is_closing():
            writer.write(chunk)
            await writer.drain()
            # The caller lives in the same loop, and `drain` need not let it have a turn.
            await asyncio.sleep(0)

    return play


async def hanging(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in reply():
        writer.write(bytes([byte]))
        await asyncio.sleep(0.05)


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def breaking_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(reply()[:-10])
    await writer.drain()
    writer.close()


async def test_an_agent_gets_the_documented_request_and_nothing_that_tells_who_asks() -> None:
    async with agent_serving(saying(reply())) as fake:
        caller = caller_of(AddressPolicy(frozenset({fake.origin})))

        await caller.ask(an_agent(f"{fake.origin}/v1"), "Wann lief „Léon“?", STRUCTURE, 5)
        await caller.aclose()

    [request] = fake.requests
    names = [name for name, _ in request.headers]
    assert request.line == "POST /v1/agent HTTP/1.1"
    assert names == [
        "host", "content-type", "accept", "accept-encoding", "content-length", "authorization", "oqtopus-hops",
    ]  # fmt: skip
    assert request.header("accept-encoding") == "identity"
    assert json.loads(request.body) == {"query": "Wann lief „Léon“?", "output_structure": STRUCTURE}
    assert b'": ' not in request.body


async def test_a_call_says_how_many_searches_led_to_it() -> None:
    async with agent_serving(saying(reply())) as fake:
        caller = caller_of(AddressPolicy(frozenset({fake.origin})))

        await caller.ask(an_agent(fake.origin), "When?", STRUCTURE, 5)
        await caller.ask(an_agent(fake.origin), "When?", STRUCTURE, 5, hops=2)
        await caller.probe(an_agent(fake.origin))
        await caller.aclose()

    assert [request.header("oqtopus-hops") for request in fake.requests] == ["1", "2", "1", "1"]


async def test_each_send_has_a_token_id_of_its_own() -> None:
    async with agent_serving(saying(reply())) as fake:
        caller = caller_of(AddressPolicy(frozenset({fake.origin})))

        for _ in range(2):
            await caller.ask(an_agent(fake.origin), "When?", STRUCTURE, 5)
        await caller.aclose()

    tokens = [request.header("authorization").removeprefix("Bearer ") for request in fake.requests]
    ids = {jwt.decode(token, options={"verify_signature": False})["jti"] for token in tokens}
    assert len(ids) == 2 and all(len(token_id) == 32 for token_id in ids)


CHUNKED = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
UNTIL_CLOSE = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
HUGE = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode()
BOMB = gzip.compress(b" " * 10_000_000)

FAULTS: dict[str, tuple[Play, str]] = {
    "html page": (saying(reply(b"<html>", media_type="text/html")), "bad_media_type"),
    "json by another name": (saying(reply(media_type="application/json-seq")), "bad_media_type"),
    "two media types": (saying(reply(b"{}", "Content-Type: text/html")), "bad_media_type"),
    "no media type": (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), "bad_media_type"),
    "redirect 302": (saying(reply(b"", "Location: http://127.0.0.1:1/", status="302 Found")), "redirect"),
    "redirect 307": (saying(reply(b"", "Location: /other", status="307 Again")), "redirect"),
    "created": (saying(reply(status="201 Created")), "bad_status"),
    "unauthorized": (saying(reply(b"", "WWW-Authenticate: Basic", status="401 No")), "bad_status"),
    "server error": (saying(reply(b"Traceback", status="500 Oops")), "bad_status"),
    "gzip bomb": (saying(reply(BOMB, "Content-Encoding: gzip")), "bad_encoding"),
    "gzip twice": (saying(reply(gzip.compress(BOMB), "Content-Encoding: gzip, gzip")), "bad_encoding"),
    "brotli": (saying(reply(b"x", "Content-Encoding: identity", "Content-Encoding: br")), "bad_encoding"),
    "gzip as transfer coding": (saying(CHUNKED.replace("chunked", "gzip, chunked").encode()), "protocol"),
    "huge length": (saying(HUGE), "too_large"),
    "endless body": (endless(UNTIL_CLOSE, b" " * 65_536), "too_large"),
    "endless chunks": (endless(CHUNKED, b"4000\r\n" + b" " * 16_384 + b"\r\n"), "too_large"),
    "crumbs": (endless(CHUNKED, b"1\r\n \r\n" * 10_000), "protocol"),
    "endless field": (endless("HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 65_536), "too_large"),
    "endless fields": (endless("HTTP/1.1 200 OK\r\n", b"X-Many: y\r\n" * 5_000), "too_large"),
    "101 fields": (saying(reply(b"{}", *(f"X-{n}: y" for n in range(99)))), "too_large"),
    "70 kB of head": (saying(reply(b"{}", f"X-Long: {'y' * 70_000}")), "too_large"),
    "interim replies": (endless("", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000), "protocol"),
    "early hints first": (saying(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + reply()), "protocol"),
    "other protocol": (saying(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "protocol"),
    "no HTTP": (saying(b"220 smtp.example.org ESMTP\r\n\r\n"), "protocol"),
    "two lengths": (saying(reply(b"{}", "Content-Length: 3")), "protocol"),
    "negative length": (saying(UNTIL_CLOSE.replace("\r\n\r\n", "\r\nContent-Length: -1\r\n\r\n").encode()), "protocol"),
    "bad chunk": (saying((CHUNKED + "zz\r\n").encode()), "protocol"),
    "NUL in a field": (saying(reply(b"{}", "X-Nul: a\x00b")), "protocol"),
    "early close": (closing, "protocol"),
    "break in the body": (breaking_off, "protocol"),
}


@pytest.mark.parametrize(("play", "reason"), FAULTS.values(), ids=FAULTS.keys())
async def test_a_misbehaving_agent_fails_with_its_word(play: Play, reason: str) -> None:
    assert (await failure_of(play)).reason == reason


@pytest.mark.parametrize(
    "play", [hanging, dripping, endless("HTTP/1.1 200 OK\r\n", b"")], ids=["hang", "drip", "no head"]
)
async def test_one_deadline_ends_the_whole_call(play: Play) -> None:
    started = asyncio.get_running_loop().time()

    failure = await failure_of(play, deadline=0.2)

    assert failure.reason == "timeout"
    assert asyncio.get_running_loop().time() - started < 2


async def test_a_slow_look_up_is_within_the_deadline() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    policy = AddressPolicy()

    with pytest.raises(AgentFailure, match="timeout"):
        await caller_of(policy, AgentTransport(policy, resolve)).ask(an_agent("https://a.example.org"), "?", {}, 0.1)


async def test_an_endless_body_costs_little_memory() -> None:
    tracemalloc.start()
    await failure_of(endless(UNTIL_CLOSE, b" " * 65_536))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 16 * 2**20


async def test_a_closed_port_is_unreachable() -> None:
    async with agent_serving(hanging) as fake:
        origin = fake.origin
    policy = AddressPolicy(frozenset({origin}))

    with pytest.raises(AgentFailure, match="unreachable"):
        await caller_of(policy).ask(an_agent(origin), "?", {}, 5)


async def ask_over_tls(certified: str) -> tuple[list[str | None], SeenRequest]:
    """Call a.example.org at an agent with a certificate for `certified`; what it saw as SNI, and the request."""
    server_names: list[str | None] = []
    authority = Authority()
    server = authority.server(certified)
    server.sni_callback = lambda _socket, name, _context: server_names.append(name)
    async with agent_serving(saying(reply()), server) as fake:
        names = ScriptedNames([["93.184.216.34"]], tls_port=fake.port)
        policy = AddressPolicy()
        caller = caller_of(policy, AgentTransport(policy, names.resolve, names.dial, authority.client))
        await caller.ask(an_agent("https://a.example.org"), "?", {}, 5)
        await caller.aclose()
        return server_names, fake.requests[0]


async def test_sni_certificate_and_host_use_the_name_not_the_address() -> None:
    server_names, request = await ask_over_tls("a.example.org")

    assert server_names == ["a.example.org"]
    assert request.header("host") == "a.example.org"


async def test_a_certificate_of_another_name_is_a_tls_failure() -> None:
    with pytest.raises(AgentFailure, match="tls"):
        await ask_over_tls("b.example.org")


async def test_plain_text_behind_https_is_a_tls_failure() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    origin = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    policy = AddressPolicy(frozenset({origin}))

    with pytest.raises(AgentFailure, match="tls"):
        await caller_of(policy).ask(an_agent(origin), "?", {}, 5)
    server.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://10.0.0.1", "https://localhost", "nonsense"])
async def test_a_refused_url_is_blocked_at_the_call_too(url: str) -> None:
    with pytest.raises(AgentFailure, match="blocked"):
        await caller_of(AddressPolicy()).ask(an_agent(url), "?", {}, 5)


async def test_an_agent_without_a_key_is_blocked() -> None:
    with pytest.raises(AgentFailure, match="blocked"):
        await caller_of(AddressPolicy()).ask(an_agent("https://a.example.org", "keyless"), "?", {}, 5)


@pytest.fixture
async def names() -> AsyncIterator[ScriptedNames]:
    async with agent_serving(saying(reply())) as fake:
        yield ScriptedNames([["93.184.216.34"]], fake.port)


def caller_with(names: ScriptedNames) -> HttpAgentCaller:
    policy = AddressPolicy()
    return caller_of(policy, AgentTransport(policy, names.resolve, names.dial))


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["93.184.216.34", "169.254.169.254"], ["::ffff:127.0.0.1"], []])
async def test_a_name_with_a_bad_answer_is_blocked_and_nothing_is_dialled(
    names: ScriptedNames, answers: Sequence[str]
) -> None:
    names.answers = [answers]

    with pytest.raises(AgentFailure, match="blocked"):
        await caller_with(names).ask(an_agent("https://a.example.org"), "?", {}, 5)

    assert names.dialled == []


async def test_the_judged_address_is_dialled_and_looked_up_once(names: ScriptedNames) -> None:
    names.answers = [["93.184.216.34"], ["127.0.0.1"]]
    caller = caller_with(names)

    for _ in range(3):
        await caller.ask(an_agent("https://a.example.org:8443"), "?", {}, 5)
    await caller.aclose()

    assert names.looked_up == ["a.example.org"]
    assert names.dialled == [("93.184.216.34", 8443)]


async def test_a_new_connection_is_judged_anew(names: ScriptedNames) -> None:
    names.answers = [["93.184.216.34"], ["127.0.0.1"]]
    caller = caller_with(names)
    await caller.ask(an_agent("https://a.example.org"), "?", {}, 5)
    await caller.aclose()

    with pytest.raises(AgentFailure, match="blocked"):
        await caller.ask(an_agent("https://a.example.org"), "?", {}, 5)


async def test_calls_in_turn_share_a_connection_and_calls_at_once_do_not() -> None:
    async with agent_serving(saying(reply())) as fake:
        caller = caller_of(AddressPolicy(frozenset({fake.origin})))
        agent = an_agent(fake.origin)

        for _ in range(3):
            await asyncio.gather(*(caller.ask(agent, "?", {}, 5) for _ in range(4)))
        await caller.aclose()

    assert (len(fake.requests), fake.connections) == (12, 4)


async def test_what_an_agent_sends_beyond_its_reply_is_never_the_next_reply() -> None:
    async with agent_serving(saying(reply() + reply(b'{"answer":"Stolen."}'))) as fake:
        caller = caller_of(AddressPolicy(frozenset({fake.origin})))

        answers = [(await caller.ask(an_agent(fake.origin), "?", {}, 5)).answer for _ in range(2)]

    assert "Stolen." not in answers
    assert fake.connections == 2


async def test_a_connection_that_the_agent_gave_up_is_replaced() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The first request of each connection is answered, the second finds it closing.
        if writer in answered:
            writer.close()
            return
        answered.append(writer)
        writer.write(reply())

    answered: list[asyncio.StreamWriter] = []
    async with agent_serving(play) as fake:
        caller = caller_of(AddressPolicy(frozenset({fake.origin})))
        for _ in range(3):
            await caller.ask(an_agent(fake.origin), "?", {}, 5)
        await caller.aclose()

    assert fake.connections == 3


async def test_a_cancelled_call_closes_its_connection() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        left.set()

    asked, left = asyncio.Event(), asyncio.Event()
    async with agent_serving(play) as fake:
        caller = caller_of(AddressPolicy(frozenset({fake.origin})))
        asking = asyncio.create_task(caller.ask(an_agent(fake.origin), "?", {}, 5))
        await asked.wait()

        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

        async with asyncio.timeout(5):
            await left.wait()


def public_key() -> rsa.RSAPublicKey:
    return parsed_key(key_pem()).public_key()


async def probed(signed: bytes, foreign: bytes) -> ProbeResult:
    """Probe an agent that says `signed` to calls of its own key and `foreign` to others."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tokens = [request.header("authorization").removeprefix("Bearer ") for request in fake.requests]
        writer.write(signed if is_own(tokens[-1]) else foreign)

    async with agent_serving(play) as fake:
        caller = caller_of(AddressPolicy(frozenset({fake.origin})))
        result = await caller.probe(an_agent(fake.origin))
        await caller.aclose()
    return result


def is_own(token: str) -> bool:
    try:
        jwt.decode(token, public_key(), algorithms=["RS256"])
    except jwt.InvalidSignatureError:
        return False
    return True


REFUSAL = reply(b"{}", status="401 Unauthorized")


@pytest.mark.parametrize(
    ("signed", "foreign", "result"),
    [
        (reply(), REFUSAL, ProbeResult(None, None)),
        (reply(b"{}"), REFUSAL, ProbeResult(None, None)),
        (reply(), reply(), ProbeResult(None, "accepted")),
        (reply(), reply(b"hello", media_type="text/plain"), ProbeResult(None, "accepted")),
        (reply(), reply(b"", status="403 Forbidden"), ProbeResult(None, "bad_status")),
        (reply(), reply(b"", status="302 Found"), ProbeResult(None, "redirect")),
        (REFUSAL, REFUSAL, ProbeResult("bad_status", None)),
        (reply(b"[]"), REFUSAL, ProbeResult("bad_shape", None)),
        (reply(b"nonsense"), REFUSAL, ProbeResult("bad_json", None)),
        (reply(b"<html>", media_type="text/html"), reply(b"<html>"), ProbeResult("bad_media_type", "accepted")),
    ],
)
async def test_a_probe_tells_what_was_wrong(signed: bytes, foreign: bytes, result: ProbeResult) -> None:
    assert await probed(signed, foreign) == result


async def test_a_probe_of_a_refused_url_is_blocked() -> None:
    assert await caller_of(AddressPolicy()).probe(an_agent("https://10.0.0.1")) == ProbeResult("blocked", "blocked")
