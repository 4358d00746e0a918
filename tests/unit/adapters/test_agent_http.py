"""Rules C1 to C10, U6 and U7: how strangers' agents are called, and what of their replies gets in."""

import asyncio
import gzip
import json
import ssl
import tracemalloc
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from oqtopus.adapters.agent_connection import MAX_BODY_BYTES, AgentConnection
from oqtopus.adapters.agent_http import HttpAgentCaller
from oqtopus.adapters.agent_transport import AgentTransport, dial_address
from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import Agent, AgentId, AgentReply, AgentStatus, Reference
from oqtopus.errors import AgentFailure, KeyNotFound
from oqtopus.ports import ProbeResult
from oqtopus.security.egress import AddressPolicy
from oqtopus.security.signing import KeyRing, parsed_key
from tests.fakes.agent_server import Play, agent_serving, reply, saying

STRUCTURE: dict[str, object] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}, "year": {"type": "integer"}, "tags": {"type": "array"}},
    "required": ["answer"],
    "additionalProperties": False,
}
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


@cache
def key_pem() -> str:
    key = rsa.generate_private_key(65_537, 2_048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class OneKeyVault:
    """Every agent but `keyless` has the same key."""

    async def add(self, agent_id: AgentId, private_key_pem: str) -> str:
        return "1"

    async def private_key(self, agent_id: AgentId, version: str) -> str:
        if agent_id == "keyless":
            raise KeyNotFound("There is no such key.")
        return key_pem()

    async def destroy(self, agent_id: AgentId) -> None: ...


@dataclass
class ScriptedNames:
    """A resolver with answers of its own, and a dialler that notes the address and goes to loopback instead."""

    answers: list[Sequence[str]]
    port: int = 0
    looked_up: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.looked_up.append(host)
        return self.answers[min(len(self.looked_up), len(self.answers)) - 1]

    async def dial(
        self,
        connect: Callable[[], AgentConnection],
        address: str,
        port: int,
        tls: ssl.SSLContext | None,
        server_name: str | None,
    ) -> AgentConnection:
        self.dialled.append((address, port))
        # The certificate is not this fake's subject: it speaks plainly to the agent on loopback.
        return await dial_address(connect, "127.0.0.1", self.port, None, None)


def an_agent(url: str, agent_id: str = "a1") -> Agent:
    return Agent(
        id=AgentId(agent_id), owner_id=AccountId("o1"), orchestrator_id="films", name="Films", url=url,
        categories=("Movie",), description="", is_public=True, status=AgentStatus.ACTIVE, key_version="1",
        public_key_pem="", created_at=NOW, changed_at=NOW,
    )  # fmt: skip


def caller_of(policy: AddressPolicy, transport: AgentTransport | None = None) -> HttpAgentCaller:
    return HttpAgentCaller(KeyRing(OneKeyVault(), now), policy, now, transport)


async def answer_of(play: Play, deadline: float = 5.0, structure: dict[str, object] | None = None) -> AgentReply:
    async with agent_serving(play) as fake:
        caller = caller_of(AddressPolicy(frozenset({fake.origin})))
        try:
            return await caller.ask(an_agent(fake.origin), "When?", structure or STRUCTURE, deadline)
        finally:
            await caller.aclose()


async def failure_of(play: Play, deadline: float = 5.0) -> AgentFailure:
    with pytest.raises(AgentFailure) as failure:
        await answer_of(play, deadline)
    return failure.value


def said(value: object) -> Play:
    return saying(reply(json.dumps(value).encode()))


def endless(head: str, chunk: bytes) -> Play:
    """Writes the head and then the chunk again and again."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode())
        while not writer.is_closing():
            writer.write(chunk)
            await writer.drain()

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
    assert names == ["host", "content-type", "accept", "accept-encoding", "content-length", "authorization"]
    assert request.header("accept-encoding") == "identity"
    assert json.loads(request.body) == {"query": "Wann lief „Léon“?", "output_structure": STRUCTURE}
    assert b'": ' not in request.body


async def test_each_send_has_a_token_id_of_its_own() -> None:
    async with agent_serving(saying(reply())) as fake:
        caller = caller_of(AddressPolicy(frozenset({fake.origin})))

        for _ in range(2):
            await caller.ask(an_agent(fake.origin), "When?", STRUCTURE, 5)
        await caller.aclose()

    tokens = [request.header("authorization").removeprefix("Bearer ") for request in fake.requests]
    ids = {jwt.decode(token, options={"verify_signature": False})["jti"] for token in tokens}
    assert len(ids) == 2 and all(len(token_id) == 32 for token_id in ids)


async def test_only_the_documented_fields_of_a_reply_are_read() -> None:
    value = {
        "answer": "1982\u200b",
        "sources": [{"title": "Archive", "url": "https://films.example.org/1982", "extra": 1}],
        "year": 1982, "name": "Somebody else", "agent_id": "a2", "verified": True,
    }  # fmt: skip

    answer = await answer_of(said(value))

    assert answer == AgentReply("1982", (Reference("Archive", "https://films.example.org/1982"),), {"year": 1982})


async def test_unsound_sources_are_dropped_and_ten_are_enough() -> None:
    bad: list[object] = [
        1, None, {}, {"title": " \u200b"}, {"title": 1, "url": "https://a.example"}, {"title": "a", "url": 7},
        {"title": "a", "url": "http://a.example"}, {"title": "a", "url": "javascript:alert(1)"},
        {"title": "a", "url": "https://a.example/ b"}, {"title": "a", "url": "https://u@a.example"},
        {"title": "a", "url": 'https://a.example/"><script>'}, {"title": "a", "url": "https://a.example/" + "x" * 2_048},
    ]  # fmt: skip
    good = [{"title": f"Source\n{n}", "url": f"https://a.example/{n}"} for n in range(12)]

    answer = await answer_of(said({"answer": "Yes.", "sources": bad + good}))

    assert [reference.title for reference in answer.references] == [f"Source {n}" for n in range(10)]


async def test_a_source_without_a_title_shows_its_host() -> None:
    answer = await answer_of(said({"answer": "Yes.", "sources": [{"url": "https://a.example/x"}]}))

    assert answer.references == (Reference("a.example", "https://a.example/x"),)


async def test_a_long_answer_is_cut_at_8000_characters() -> None:
    answer = await answer_of(said({"answer": "ä" * 9_000}))

    assert answer.answer == "ä" * 8_000


async def test_fields_that_are_too_long_are_left_out() -> None:
    answer = await answer_of(said({"answer": "Yes.", "tags": ["x" * 9_000], "year": 1982}))

    assert answer.fields == {"year": 1982}


async def test_text_inside_fields_is_made_visible() -> None:
    answer = await answer_of(said({"answer": "Yes.", "tags": ["a\u202eb", {"c\u200b": "\ud800d"}]}))

    assert answer.fields == {"tags": ["ab", {"c": "d"}]}


@pytest.mark.parametrize(
    "schema",
    [{"$ref": "http://127.0.0.1:9/schema"}, {"$ref": "file:///etc/passwd"}, {"type": "nonsense"}, {"pattern": "("}],
)
async def test_a_structure_that_does_not_compile_costs_no_answer_and_fetches_nothing(schema: dict[str, object]) -> None:
    answer = await answer_of(said({"answer": "Yes."}), structure=schema)

    assert answer.answer == "Yes."


@pytest.mark.parametrize(
    "value",
    [
        {}, {"answer": None}, {"answer": 7}, {"answer": ["x"]}, {"answer": ""}, {"answer": " \u200b\u2060"},
        {"answer": "\u200b" * 40_000 + "x"}, {"answer": "Yes.", "year": "1982"}, {"answer": "Yes.", "year": 1.5},
        [1, 2, 3], "text", 7, None, True,
    ],
)  # fmt: skip
async def test_a_reply_of_another_shape_is_bad_shape(value: object) -> None:
    assert (await failure_of(said(value))).reason == "bad_shape"


def nested(depth: int) -> bytes:
    return b'{"answer":"Yes.","x":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def keyed(number: int) -> bytes:
    return json.dumps({"answer": "Yes.", "x": [{"k": 1, "l": {"m": 2}}] * (number // 3)}).encode()


BAD_JSON = {
    "empty": b"",
    "html": b"<html></html>",
    "broken": b'{"answer":"Yes."',
    "text after": b'{"answer":"Yes."} {"answer":"No."}',
    "NaN": b'{"answer":"Yes.","x":NaN}',
    "Infinity": b'{"answer":"Yes.","x":-Infinity}',
    "infinite number": b'{"answer":"Yes.","x":1e999}',
    "401 digits": b'{"answer":"Yes.","x":' + b"1" * 401 + b"}",
    "401 decimals": b'{"answer":"Yes.","x":0.' + b"1" * 400 + b"}",
    "65 deep": nested(65),
    "100,000 deep": nested(100_000),
    "1,001 keys": keyed(1_001),
    "UTF-16": json.dumps({"answer": "Yes."}).encode("utf-16"),
    "Latin-1": b'{"answer":"\xe4"}',
    "byte order mark": b'\xef\xbb\xbf{"answer":"Yes."}',
    "control character": b'{"answer":"a\x00b"}',
    "single quotes": b"{'answer':'Yes.'}",
}


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON.keys())
async def test_what_is_not_strict_json_is_bad_json(body: bytes) -> None:
    assert (await failure_of(saying(reply(body)))).reason == "bad_json"


@pytest.mark.parametrize(
    "body", [nested(64), keyed(996), b'{"answer":"Yes.","x":' + b"1" * 400 + b"}", b' \n{"answer":"Yes."}\r\n']
)
async def test_json_just_within_the_bounds_is_read(body: bytes) -> None:
    assert (await answer_of(saying(reply(body)))).answer == "Yes."


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


@pytest.mark.parametrize("play", [hanging, dripping, endless("HTTP/1.1 200 OK\r\n", b"")], ids=["hang", "drip", "no head"])
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


async def test_plain_text_behind_https_is_a_tls_failure() -> None:
    async with agent_serving(saying(reply())) as fake:
        origin = fake.origin.replace("http:", "https:")
        policy = AddressPolicy(frozenset({origin}))
        with pytest.raises(AgentFailure, match="tls"):
            await caller_of(policy).ask(an_agent(origin), "?", {}, 5)


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


async def test_a_cancelled_call_leaves_no_connection_behind() -> None:
    async with agent_serving(hanging) as fake:
        caller = caller_of(AddressPolicy(frozenset({fake.origin})))
        asking = asyncio.create_task(caller.ask(an_agent(fake.origin), "?", {}, 5))
        while not fake.requests:
            await asyncio.sleep(0)

        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

        assert asking.cancelled()


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
