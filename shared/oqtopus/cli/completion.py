"""Completion in shells: each shell asks the command itself, so that what it offers is what can be typed.

`oqtopus __complete -- WORD…` prints what the last word may become, one candidate a line; a shell completes file names
where there is none.
"""

import argparse
from collections.abc import Sequence

ASKED = "__complete"

_BASH = """\
_oqtopus() {
    local IFS=$'\\n'
    COMPREPLY=($(oqtopus __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _oqtopus oqtopus
"""

_ZSH = """\
#compdef oqtopus
_oqtopus() {
    local -a found
    found=("${(@f)$(oqtopus __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n "${found[1]}" ]]; then compadd -a found; else _files; fi
}
if [[ "${funcstack[1]}" = _oqtopus ]]; then _oqtopus "$@"; else compdef _oqtopus oqtopus; fi
"""

_FISH = """\
function __oqtopus_complete
    set -l words (commandline -opc) (commandline -ct)
    oqtopus __complete -- $words[2..] 2>/dev/null
end
complete -c oqtopus -f -a '(__oqtopus_complete)'
complete -c oqtopus -l key-dir -r -F
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def candidates(parser: argparse.ArgumentParser, words: Sequence[str]) -> list[str]:
    """What the last of the words, which may be empty, can be completed to."""
    *before, last = words or [""]
    pending: argparse.Action | None = None
    place = 0
    for word in before:
        if pending is not None:
            pending = None
        elif word.startswith("-"):
            pending = _valued(parser, word)
        elif (commands := _commands(parser)) is not None:
            if word not in commands:
                return []
            parser = commands[word]
        else:
            place += 1
    return sorted(word for word in _possible(parser, pending, place, last) if word.startswith(last))


def _possible(parser: argparse.ArgumentParser, pending: argparse.Action | None, place: int, last: str) -> Sequence[str]:
    if pending is not None:
        return _choices(pending)
    if last.startswith("-"):
        return [option for action in parser._actions for option in action.option_strings]
    positional = [action for action in parser._actions if not action.option_strings]
    return _choices(positional[place]) if place < len(positional) else ()


def _choices(action: argparse.Action) -> Sequence[str]:
    return [str(choice) for choice in action.choices or ()]


def _valued(parser: argparse.ArgumentParser, option: str) -> argparse.Action | None:
    """The option, where the next word is its value."""
    found = next((action for action in parser._actions if option in action.option_strings), None)
    return found if found is not None and found.nargs is None else None


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser] | None:
    found = next((action for action in parser._actions if isinstance(action, argparse._SubParsersAction)), None)
    return None if found is None else dict(found.choices)
