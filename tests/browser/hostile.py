"""Texts that somebody might write to have a page do what it should not.

Each sets `pwned`, or asks another host for something, if it can.
"""

from typing import Final

_EVIL: Final = "https://evil.example"
_RUN: Final = "pwned=1"

SCRIPTS: Final = (
    f"<script>{_RUN}</script>",
    f"<img src=x onerror={_RUN}>",
    f"<svg onload={_RUN}><circle/></svg>",
    f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>",
    f'<iframe srcdoc="<script>parent.{_RUN}</script>"></iframe>',
    f"<details open ontoggle={_RUN}>",
    f'<a href="javascript:{_RUN}">click</a>',
    f"[click](javascript:{_RUN})",
    f"[click](JaVaScRiPt&colon;{_RUN})",
    f"[click](data:text/html,<script>{_RUN}</script>)",
    f"[click]( \x01javascript:{_RUN})",
    f"<javascript:{_RUN}>",
    f"&lt;img src=x onerror={_RUN}&gt;",
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={_RUN}&gt;">',
    f"<form><math><mtext></form><form><mglyph><style></math><img src onerror={_RUN}>",
    f'<svg></p><style><a id="</style><img src=1 onerror={_RUN}>">',
    f'<noscript><p title="</noscript><img src=x onerror={_RUN}>">',
    f"<template><img src=x onerror={_RUN}></template>",
    f"`<img src=x onerror={_RUN}>`",
    f"```html\n<img src=x onerror={_RUN}>\n```",
    f"| a |\n|---|\n| <img src=x onerror={_RUN}> |",
    f"# <img src=x onerror={_RUN}>",
    f"[a](https://a.example \"' onmouseover={_RUN} '\")",
)
REQUESTS: Final = (
    f"![a]({_EVIL}/image)",
    f"![a][b]\n\n[b]: {_EVIL}/reference",
    f"<img src={_EVIL}/tag>",
    f"<link rel=stylesheet href={_EVIL}/style>",
    f"<style>@import '{_EVIL}/import'; * {{ background: url({_EVIL}/background) }}</style>",
    f'<p style="background: url({_EVIL}/inline)">a</p>',
    f"<video poster={_EVIL}/poster><source src={_EVIL}/video></video>",
    f"<object data={_EVIL}/object></object><embed src={_EVIL}/embed>",
    f'<meta http-equiv=refresh content="0; url={_EVIL}/refresh">',
    f'<link rel=prefetch href={_EVIL}/prefetch><link rel="dns-prefetch" href="//evil.example">',
    f"<base href={_EVIL}/>",
    f"<form action={_EVIL}/form><input name=a autofocus></form>",
    f'<a href="{_EVIL}" ping={_EVIL}/ping>a</a>',
    "<input type=image src=//evil.example/input>",
)
CONFUSING: Final = (
    "\u202eevil\u202c \u2066a\u2069 \u200b\u200d\ufeff \U000e0041",
    "\ue000\ue001\uf8ff private use",
    "[https://bank.example](https://evil.example/login)",
    "<form id=ask><input id=question name=elements></form><a id=announcer>",
    "[1] [99] [-1] [1e3] [[1]]",
    "\ud83d half of a pair",
)
HUGE: Final = {
    "one word": "a" * 20_000,
    "quotes": ">" * 20_000,
    "quotes in quotes": ">" * 300 + " a",
    "brackets": "[" * 20_000,
    "stars": "*a " * 6_000,
    "backticks": "`" * 9_999 + " " + "`" * 9_998,
    "lists": "\n".join("  " * depth + "- a" for depth in range(400)),
    "links": "[a](" * 5_000,
    "cells": "|a" * 5_000 + "|\n" + "|-" * 5_000 + "|\n",
    "lines": "\n" * 19_000 + "a",
    "entities": "&amp;" * 4_000,
    "underscores": "_" * 20_000,
}
ALL: Final = "\n\n".join((*SCRIPTS, *REQUESTS, *CONFUSING))
NAME: Final = f"<img src=x onerror={_RUN}> \u202eEvil"
