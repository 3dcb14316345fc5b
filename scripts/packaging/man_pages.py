"""Manual pages in mdoc(7), one for each command, from what the program says of itself."""

import datetime
import json
import re
import subprocess
from pathlib import Path

# Options of every command; they stand behind those that are its own.
COMMON = ["depot", "json", "quiet", "no-progress"]
PAGES = ["aptferry 7", "aptferry-bundle 5", "aptferry-receipt 5", "aptferry.conf 5"]


def write(program, directory, date):
    """Writes the page of each command that the program has; answers their paths."""
    text = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True,
                          text=True).stdout
    root = json.loads(text)["command"]
    statuses = exit_statuses(root["discussion"])
    return [page.write(directory, date, statuses) for page in pages(root, [])]


def pages(command, above):
    """The command's page and those of its subcommands."""
    words = above + [command["commandName"]]
    yield Page(command, words)
    for sub in command.get("subcommands", []):
        if sub["commandName"] != "help" and sub["shouldDisplay"]:
            yield from pages(sub, words)


def exit_statuses(discussion):
    """The pairs that the program's own help lists: statuses and what they mean."""
    block = re.search(r"Exit statuses:\n((?:  .*\n)+)", discussion)[1]
    pairs = re.findall(r"(\d+(?: and \d+)?) ([^,(]+(?:\([^)]*\))?)", " ".join(block.split()))
    return [(number, meaning.strip()) for number, meaning in pairs]


def escaped(text):
    """Text as mdoc takes it: no backslash, and no line that looks like a macro."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def sentence(text):
    """An abstract as the NAME section has it."""
    text = text.rstrip(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def described(discussion):
    """Paragraphs, literal where they are indented; what follows `Examples:` apart."""
    paragraphs, examples, inside = [], [], False
    for paragraph in re.split(r"\n\n+", discussion.strip("\n")):
        lines = paragraph.split("\n")
        if not paragraph or lines[0] == "Exit statuses:":
            continue
        if lines[0] in ("Examples:", "Example:"):
            examples.append("\n".join(line.removeprefix("  ") for line in lines[1:]))
            continue
        plain = [line for line in lines if not line.startswith("  ")]
        literal = [line.removeprefix("  ") for line in lines if line.startswith("  ")]
        if plain:
            paragraphs.append(("text", "\n".join(plain)))
        if literal:
            paragraphs.append(("literal", "\n".join(literal)))
    return paragraphs, examples


class Page:
    """One manual page."""

    def __init__(self, command, words):
        self.command, self.words = command, words
        self.name = "-".join(words)
        arguments = [a for a in command.get("arguments", []) if a["shouldDisplay"]]
        own = [a for a in arguments if self.label(a) not in COMMON + ["help", "version"]]
        self.positional = [a for a in own if a["kind"] == "positional"]
        self.options = [a for a in own if a["kind"] != "positional"]
        self.common = [a for a in arguments if self.label(a) in COMMON]

    @staticmethod
    def label(argument):
        return (argument.get("preferredName") or {}).get("name", argument["valueName"])

    def write(self, directory, date, statuses):
        path = Path(directory) / f"{self.name}.1"
        day = datetime.date.fromisoformat(date)
        parts = [f".Dd {day:%B} {day.day}, {day.year}", f".Dt {self.name.upper()} 1", ".Os",
                 ".Sh NAME", f".Nm {self.name}",
                 ".Nd " + escaped(sentence(self.command["abstract"])), *self.synopsis(),
                 ".Sh DESCRIPTION", *self.description()]
        if self.positional or self.options or self.common:
            parts += [".Sh OPTIONS", *self.tagged(self.positional + self.options + self.common)]
        _, examples = described(self.command.get("discussion") or "")
        if examples:
            parts += [".Sh EXAMPLES", *self.literal("\n\n".join(examples))]
        parts += [".Sh EXIT STATUS", ".Bl -tag -width 12n -compact"]
        for number, meaning in statuses:
            parts += [f".It {number}", escaped(meaning)]
        parts += [".El", ".Pp",
                  "Every refusal has a stable code beside it, which begins with", ".Li E\\- .",
                  ".Sh SEE ALSO", *self.see_also()]
        path.write_text("\n".join(parts) + "\n", encoding="utf-8")
        return path

    def synopsis(self):
        words = " ".join(self.words[1:])
        yield ".Sh SYNOPSIS"
        yield ".Nm aptferry" + (f" Ic {words}" if words else "")
        if self.command.get("subcommands"):
            yield ".Ar subcommand"
            yield ".Op Ar options"
        for argument in self.options + self.common:
            word = f"Fl \\-{escaped(self.label(argument))}"
            if argument["kind"] == "option":
                word += f" Ar {escaped(argument['valueName'])}"
            if argument["isOptional"]:
                word = f"Op {word}"
            yield f".{word}" + (" Ar ..." if argument["isRepeating"] else "")
        for argument in self.positional:
            # ArgumentParser gives "url> <suite" for two names in one.
            names = " ".join(f"Ar {escaped(n)}" for n in argument["valueName"].split("> <"))
            names += " Ar ..." if argument["isRepeating"] else ""
            yield f".Op {names}" if argument["isOptional"] else f".{names}"

    def description(self):
        paragraphs, _ = described(self.command.get("discussion") or "")
        yield escaped(self.command["abstract"])
        for kind, text in paragraphs:
            yield from (self.literal(text) if kind == "literal" else [".Pp", escaped(text)])
        subcommands = [c for c in self.command.get("subcommands", [])
                       if c["commandName"] != "help" and c["shouldDisplay"]]
        if subcommands:
            yield from [".Pp", "The subcommands are:", ".Bl -tag -width 14n"]
            for sub in subcommands:
                yield f".It Ic {sub['commandName']}"
                yield escaped(sub["abstract"])
            yield ".El"

    def tagged(self, arguments):
        yield ".Bl -tag -width Ds"
        for argument in arguments:
            if argument["kind"] == "positional":
                yield ".It " + " ".join(
                    f"Ar {escaped(n)}" for n in argument["valueName"].split("> <"))
            else:
                value = f" Ar {escaped(argument['valueName'])}" if argument["kind"] == "option" else ""
                yield f".It Fl \\-{escaped(self.label(argument))}{value}"
            yield escaped(argument.get("abstract") or "")
            if argument.get("discussion"):
                yield escaped(argument["discussion"])
        yield ".El"

    @staticmethod
    def literal(text):
        yield from [".Pp", ".Bd -literal -offset indent", escaped(text), ".Ed"]

    def see_also(self):
        pages = [("-".join(self.words[:-1]), 1)] if len(self.words) > 1 else []
        pages += [(f"{self.name}-{c['commandName']}", 1)
                  for c in self.command.get("subcommands", []) if c["commandName"] != "help"]
        pages += [(page.split()[0], int(page.split()[1])) for page in PAGES]
        pages = sorted(set(pages), key=lambda page: (page[1], page[0]))
        for index, (name, section) in enumerate(pages):
            comma = " ," if index < len(pages) - 1 else ""
            yield f".Xr {name} {section}{comma}"


def write_dated(source, target, date):
    """Copies a page that was written by hand, with the date of the release."""
    day = datetime.date.fromisoformat(date)
    text = source.read_text(encoding="utf-8")
    target.write_text(text.replace("@DATE@", f"{day:%B} {day.day}, {day.year}"), encoding="utf-8")
