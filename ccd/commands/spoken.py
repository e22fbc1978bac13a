"""The words of the shell itself, which click and typer know in English alone: heads of help, faults of a command."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

from ccd.commands.options import LANGUAGE, said
from ccd.errors import UsageError
from ccd.words import Text, text

#: Constants of typer's help -> our words.
_HEADS = {
    "ARGUMENTS_PANEL_TITLE": text("Arguments"),
    "OPTIONS_PANEL_TITLE": text("Options"),
    "COMMANDS_PANEL_TITLE": text("Commands"),
    "REQUIRED_LONG_STRING": text("[required]"),
    "DEFAULT_STRING": text("[default: {{}}]"),
}
#: Options that typer adds itself -> what they do.
_OWN = {
    "help": text("Show this message and exit."),
    "install_completion": text("Install completion for the current shell."),
    "show_completion": text("Show completion for the current shell, to copy or adapt it."),
}
#: What click, typer and (for values) pydantic say -> our words; names are the groups of the pattern.
_FAULTS = (
    (
        r"Missing (?:argument|option|parameter)(?:: | )'?(?P<name>[^'.]+)'?\.?",
        text("'{name}' is missing", name=""),
    ),
    (r"Missing command\.?", text("no command is named")),
    (r"No such option:? '?(?P<name>-[^\s'.(]+).*", text("there is no option {name}", name="")),
    (r"No such command '(?P<name>[^']+)'.*", text("there is no command '{name}'", name="")),
    (r"Got unexpected extra arguments?(?:\(s\))? \((?P<name>.+)\)", text("too many words: {name}", name="")),
    (r"Option '(?P<name>[^']+)' requires an argument\.?", text("{name} needs a value", name="")),
    (r"Option '(?P<name>[^']+)' does not take a value\.?", text("{name} takes no value", name="")),
    (
        r"Invalid value for '(?P<name>[^']+)': .*(?:valid integer|valid int).*",
        text("{name} is a whole number", name=""),
    ),
    (
        r"Invalid value for '(?P<name>[^']+)': .*(?:greater than or equal to|x>=) ?(?P<least>-?\d+).*",
        text("{name} is {least} or more", name="", least=""),
    ),
)
_NEAR = re.compile(r"(?:Did you mean|Possible options:) ?(?P<near>[^?)]+)")


def fault(error: Exception) -> UsageError:
    """Return what is wrong with the words of a command, as one of our errors."""
    where = getattr(getattr(error, "ctx", None), "command_path", "ccd")
    what = str(getattr(error, "format_message", error.__str__)())
    near = _NEAR.search(what)
    fix = text("see {command} --help", command=where)
    if near:
        listed = tuple(word.strip(" '") for word in near["near"].split(","))
        fix = text("did you mean {names}? see {command} --help", names=listed, command=where)
    return UsageError(_in_our_words(what), where=where, fix=fix)


def _in_our_words(what: str) -> Text:
    for pattern, said_so in _FAULTS:
        found = re.fullmatch(pattern, what, re.DOTALL)
        if found:
            return Text(said_so.template, tuple(found.groupdict().items()))
    return text("{words}", words=what)


def _dress(params: list[Any]) -> list[Any]:
    for param in params:
        if param.name in _OWN:
            param.help = said(_OWN[param.name])
    return params


class _Dressed:
    """What a command and the group of all share: their help in the language of the command."""

    def get_usage(self, ctx: Any) -> str:
        usage: str = super().get_usage(ctx)  # type: ignore[misc]
        for word, ours in (
            ("Usage: ", text("Usage: ")),
            ("[OPTIONS]", text("[OPTIONS]")),
            ("COMMAND [ARGS]...", text("COMMAND [ARGS]...")),
        ):
            usage = usage.replace(word, said(ours))
        return usage

    def get_params(self, ctx: Any) -> list[Any]:
        return _dress(super().get_params(ctx))  # type: ignore[misc]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        if LANGUAGE == "zh":
            from typer import rich_utils  # slow to import, and only help needs it

            for name, words in _HEADS.items():
                if hasattr(rich_utils, name):
                    setattr(rich_utils, name, said(words))
        super().format_help(ctx, formatter)  # type: ignore[misc]


class Command(_Dressed, TyperCommand):
    """A command whose help speaks the language of the words."""


class Group(_Dressed, TyperGroup):
    """All commands, whose help speaks the language of the words."""
