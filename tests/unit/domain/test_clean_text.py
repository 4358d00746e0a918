"""Rules O2 and O3: what is taken out of any text, what stays, and that it is the same however the text comes."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oqtopus.domain.clean_text import TextCleaner, clean, clean_name, clean_value, without_secrets
from oqtopus.security.credentials import CredentialKind, new_secret
from tests.fakes.cleanliness import faults_in
from tests.fakes.hostile_texts import HOSTILE, SECRETS

# What the stages decide by, and what may come to stand beside it.
FRAGMENTS = [
    *"<>/!?[]():\"'=&@\\%_-.,;\n\t abix015é日“‹`*{}|",
    *["<b>", "</b>", "<script>", "<scr", "ipt>", "<!--", "-->", "<![CDATA[", "]]>", "<?", "<img src=x onerror=y>"],
    *["[1]", "[2][3]", "![", "](", "][", "]:", "[x](u)", "[x](https://a.example/p)", "![x](u)", "[x][y]", "\n[x]: u"],
    *['(https://a.example "t")', "(javascript:alert(1))", "m[i][j]", "f[i](x)", "[ ]", "[removed]", "[^1]"],
    *["http", "https", "://", "http://", "https://", "https://a.example", "ftp://", "foo://", "view-source:"],
    *["java", "script", "javascript:", "vbscript :", "alert(1)", "data:", "text/html,", "file:", "mailto:", "80"],
    *["<https://a.example/x>", "<http://a.example>", "<a:b>", "www.", "a.example", ":80", "Heat ", "the film "],
    *["mailto:", "data:", "file:"],
    *["eyJ", "eyJabcdefgh", ".bbbbbb", ".cccc", "oqt_", "oqs_", "A" * 32, "é" * 300, "a" * 260, "   " * 8, " " * 20],
    *["-----", "-----BEGIN", " PRIVATE KEY-----", "-----END PRIVATE KEY-----", "MIIEabc123 ", "abc=", "\\n", "RSA "],
    *["\u200b", "\u202e", "\u2028", "\ud800", "\x00", "\r", "\ufe0f", "\U000e0041"],
]
TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=24).map("".join)


def in_pieces(pieces: list[str]) -> str:
    cleaner = TextCleaner()
    return "".join([cleaner.feed(piece) for piece in pieces] + [cleaner.finish()])


def cut(text: str, places: list[int]) -> list[str]:
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Heat (1995) was directed by Michael Mann [1]. Critics liked it [2][3], too!",
        "JavaScript: The Good Parts, the data: 5 items, file: notes.txt, and at 10:30 mail: none",
        "a < b, x <- 5, cout << 3, <3, 1 <= 2 and b > a",
        "data[0] = rows[i][j] + table['a'] - [x for x in y] ; - [ ] open, [x] done, [sic]",
        "Dict[str, int], dict[str]: 5 and items[1:]",
        "see https://films.example/heat?a=1&b=2#c, (https://films.example:8443/x) or HTTPS://films.example.",
        "**https://films.example** and “https://films.example” [1] and https://films.example[1]",
        "&lt;script&gt; & co. cost 5 % — “quite” a lot…\n\tin 日本語, ‹so›",
        "-- a list --\n---\n| a | b |\n|---|---|",
        "eyJust a word, eyJabcdefgh.short, oqt_short and ls -l --all",
        "- one\n- two\n\n> quoted\n\n# title\n\n*so* and _so_ and `code`",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>Heat</b> is <i class='x'>good</i><br/>", "Heat is good"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<scr<script>ipt>alert(1)", "‹script>alert(1)"),
        ("<<b>script>", "‹script>"),
        ("<!-- a --><!DOCTYPE html><![CDATA[b]]><?php c ?>d", "d"),
        ("List<int> or <stdin>, <my-tag a=b>", "List‹int> or ‹stdin>, ‹my-tag a=b>"),
        ("a<b and c>d", "a‹b and c>d"),
        ("<img src=x onerror=alert(1)", "‹img src=x onerror=alert(1)"),
        ("</ x", "‹/ x"),
    ],
)
def test_tags_go_and_what_only_looks_like_one_becomes_text(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("![the film](https://evil.example/p.png)", "the film"),
        ("![film][p] and ![film][1] and Wow![1]", "film and film and Wow! [1]"),
        ("[![alt](i.png)](https://films.example)", "alt (https://films.example)"),
        ("![a ![b](1.png) c](2.png)", "a b c"),
        ("[Heat](https://films.example/heat 'title').", "Heat (https://films.example/heat)."),
        ("[Heat](https://films.example)is", "Heat (https://films.example) is"),
        ("[https://films.example](https://films.example)", "https://films.example"),
        ("[Heat](http://films.example), [x](/p), [y](javascript:alert(1))", "Heat, x, y"),
        ("[Heat](https://u@films.example) [Heat](https://fílms.example)", "Heat Heat"),
        ("[Heat][h] and [Heat][] and [Heat][2]", "Heat and Heat and Heat [2]"),
        ("[h]: https://films.example/heat 'Heat'", "h: https://films.example/heat 'Heat'"),
        ("[1]: https://films.example\n[2]:x", "[1] https://films.example\n[2] x"),
        ("[1](https://films.example), [2](/u), f(x)[0](y)", "[1] (https://films.example), [2], f(x)[0] (y)"),
        ("[above] (no link), fns[i](x), [a](no link)", "[above] (no link), fns[i] (x), [a] (no link)"),
        ("a[x](/u)b", "a x b"),
        ("[" + "x" * 500 + "](u)", "[" + "x" * 500 + "] (u)"),
    ],
)  # fmt: skip
def test_markdown_leaves_its_text(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<https://films.example/x> and <http://films.example>", "https://films.example/x and films.example"),
        ("http://films.example/x, FTP://films.example", "films.example/x, films.example"),
        ("foo://films.example and http:// alone", "foo films.example and http alone"),
        ("https://good.example@evil.example/", "good.example@evil.example/"),
        ("https://good.example:443@evil.example/", "good.example:443@evil.example/"),
        ("https://good.example\\@evil.example", "good.example\\@evil.example"),
        ("https://good.example'.evil.example/", "good.example'.evil.example/"),
        ("https://good.example。evil.example/", "good.example。evil.example/"),
        ("https://gооd.example/", "gооd.example/"),
        ("view-source:https://films.example", "view-source:films.example"),
        ("http://https://films.example", "https://films.example"),
        ("hthttp://tp://films.example", "hthttp tp films.example"),
    ],
)
def test_only_a_plain_https_url_stays_a_link(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("javascript:alert(1)", "javascript alert(1)"),
        ("JaVaScRiPt:alert(1)", "JaVaScRiPt alert(1)"),
        ("java\nscript\t:alert(1)", "java\nscript\t alert(1)"),
        ("j a v a s c r i p t:x", "j a v a s c r i p t x"),
        ("java\x00script\u200b:alert(1)", "javascript alert(1)"),
        ("javascript: alert(1)", "javascript alert(1)"),
        ("javascript:::x", "javascript x"),
        ("java<b></b>script:x", "javascript x"),
        ("java[](u)script:x", "java script x"),
        ("javajavascript:script:x", "javajavascript script:x"),
        ("vbscript:x VBScript :x", "vbscript x VBScript  x"),
        ("data:text/html,x DATA:,x data:;base64,x", "data text/html,x DATA ,x data ;base64,x"),
        ("data: text/html,x data : image/png", "data text/html,x data  image/png"),
        ("file:/etc file:///etc file: /etc file:\\\\host", "file /etc file etc file /etc file \\\\host"),
        ("mailto:a@b.example", "mailto a@b.example"),
        ("http://javascript:x", "javascript x"),
    ],
)  # fmt: skip
def test_no_scheme_that_runs_or_reads_something_keeps_its_colon(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_removed(name: str) -> None:
    shown = clean(SECRETS[name])

    assert "[removed]" in shown or "split" in name
    assert not any(len(word) > 60 and word.isalnum() for word in shown.split())


@pytest.mark.parametrize("kind", CredentialKind)
@pytest.mark.parametrize("around", ["{}", "x{}y", "“{}”", "https://a.example/?t={}", "{}.", "[{}](u)"])
def test_every_credential_of_ours_is_removed(kind: CredentialKind, around: str) -> None:
    secret = new_secret(kind)

    assert secret not in clean(around.format(secret))
    assert "[removed]" in clean(around.format(secret))


def test_the_text_after_a_secret_stays() -> None:
    assert clean(f"Use {new_secret(CredentialKind.TOKEN)}. Then go.") == "Use [removed]. Then go."
    assert clean(SECRETS["token of three parts"] + " Then go.") == "Authorization: Bearer [removed]. Then go."
    assert clean(SECRETS["private key without an end"]) == "[removed]\n\nHeat is a film."


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_forbidden_is_left_of_a_hostile_text(name: str) -> None:
    shown = clean(HOSTILE[name])

    assert list(faults_in(shown)) == []
    assert clean(shown) == shown


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_clean_text_holds_nothing_forbidden_and_stays_as_it_is(text: str) -> None:
    shown = clean(text)

    assert list(faults_in(shown)) == []
    assert clean(shown) == shown


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(min_value=0))
def test_a_beginning_of_clean_text_is_clean(text: str, length: int) -> None:
    shown = clean(text)
    beginning = shown[: length % (len(shown) + 1)]

    assert clean(beginning) == beginning


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.lists(st.integers(min_value=0), max_size=8))
def test_it_does_not_matter_how_a_text_is_cut(text: str, places: list[int]) -> None:
    assert in_pieces(cut(text, places)) == clean(text)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_a_text_may_come_character_by_character(text: str) -> None:
    assert in_pieces(list(text)) == clean(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_cleaned(text: str) -> None:
    shown = clean(text)

    assert clean(shown) == shown
    assert in_pieces(list(text)) == shown


@pytest.mark.parametrize(
    "opening",
    ["<", "<a href=", "<!--", "<https:", "[", "![", "[x](", "[x](y ", "[x][", "http://", "https://a", "--BEGIN", "eyJ"],
)  # fmt: skip
def test_what_stays_open_is_held_back_for_some_hundred_characters_only(opening: str) -> None:
    cleaner = TextCleaner()
    words = [f"word{number} " for number in range(300)]

    shown = cleaner.feed(opening) + "".join(cleaner.feed(word) for word in words)

    held = len("".join(words)) - len("".join(words).partition(shown.split()[-1])[0])
    assert held < 1_000


def test_prose_and_citations_are_not_held_back() -> None:
    cleaner = TextCleaner()

    shown = [cleaner.feed(piece) for piece in ["Heat ", "is good [1]", ". Bob", " agrees: yes [2]", "[3]. "]]

    assert shown == ["Heat ", "is good ", "[1]. Bob", " agrees: yes ", "[2][3]. "]


def test_a_private_key_is_held_back_to_its_end() -> None:
    cleaner = TextCleaner()
    key = SECRETS["private key of RSA"]

    shown = [cleaner.feed(piece) for piece in ["Key ", *key, " so"]] + [cleaner.finish()]

    assert "".join(shown) == "Key [removed] so"
    assert "".join(shown[: len(key) // 2]) == "Key "


@pytest.mark.parametrize(
    "unit", [*FRAGMENTS, "[](u)", "![](", "<a ", "[a][b]", "\n[x]: ", "eyJaaaaaaa.", "<<b>", "javascript:"]
)
def test_the_worst_text_takes_no_time(unit: str) -> None:
    text = (unit * 8_000)[:8_000]
    started = time.process_time()

    clean(text)

    # A hundredth of it on a quiet machine; a text that took quadratic time would need seconds.
    assert time.process_time() - started < 0.5


def test_names_and_values_are_cleaned_whole() -> None:
    assert clean_name(" Film\u200b\n guide <b>! ") == "Film guide !"
    assert clean_name("<b></b>") == "unnamed"
    assert clean_value({"<b>a": ["![x](u)", 1, None, {"b": "java\u200bscript:x"}]}) == {
        "a": ["x", 1, None, {"b": "javascript x"}]
    }


def test_what_a_model_reads_keeps_its_markup_and_loses_its_secrets() -> None:
    question = "What does <b> do in [x](u)?"

    shown = without_secrets(f"{question}\u202e {SECRETS['token of ours']} {SECRETS['private key']}")

    assert shown == f"{question} oqtopus key: [removed] The key is\n[removed]\nand it works."
