"""What must hold of media, by the program and by stock tools."""

import os
import re

from fault_matrix.files import Trouble, run

NAME = r"mainland-\d{6}"


def bundle(medium):
    """The directory of the one finished bundle on a medium."""
    names = [name for name in os.listdir(medium) if re.fullmatch(NAME, name)]
    if len(names) != 1:
        raise Trouble(f"one finished bundle should be on the medium, there are {os.listdir(medium)}")
    return os.path.join(medium, names[0])


def expect(answer, status, *texts):
    """A command ended as it should, and said so."""
    said = answer.stdout + answer.stderr
    if answer.returncode != status:
        raise Trouble(f"status {answer.returncode} instead of {status}: {said[-1500:]}")
    for text in texts:
        if not re.search(text, said):
            raise Trouble(f"nothing said “{text}”: {said[-1500:]}")
    return said


def stock_tools(medium, ring, is_part=False):
    """gpgv and sha256sum take what is on a medium."""
    place = bundle(medium)
    some = ["--ignore-missing"] if is_part else []
    for words in (["gpgv", "--quiet", "--keyring", ring, "MANIFEST.asc", "MANIFEST"],
                  ["sha256sum", "--quiet", "--strict", *some, "-c", "SHA256SUMS"]):
        if words[0] == "sha256sum" and not os.listdir(place + "/chunks"):
            # Of a medium with parity alone it says that no file was verified.
            continue
        answer = run(words, cwd=place)
        if answer.returncode != 0:
            raise Trouble(f"{words[0]} does not take it: {answer.stdout}{answer.stderr}")


def whole(ferry, key, ring, media):
    """Some media are good, each for itself, and all of a bundle together."""
    is_part = len(media) > 1
    for medium in media:
        stock_tools(medium, ring, is_part)
        expect(ferry.look("verify", medium, "--keyring", key), 0 if has_all(medium) else 12)
    if is_part:
        expect(ferry.look("verify", *media, "--keyring", key), 0, "complete: ")


def has_all(medium):
    """Whether all chunks are on one medium; of a set with parity that may be so."""
    place = bundle(medium)
    with open(place + "/SHA256SUMS") as file:
        return file.read().count("  chunks/") == len(os.listdir(place + "/chunks"))


def arrives(inside, place, media):
    """A site takes the media in, from nothing, and has a clean depot then."""
    site = inside.copy(place)
    try:
        expect(site.run("import", *media), 0)
        expect(site.run("depot", "check"), 0)
    finally:
        site.end()


def first_fit(others, left, unit):
    """No chunk on a later medium would have had room in what the plan left on the first one."""
    # How long a compressed chunk can become at most, its name does not say.
    chunks = [os.path.join(bundle(each), "chunks", name) for each in others
              for name in os.listdir(bundle(each) + "/chunks") if name.endswith(".tar")]
    least = min((os.path.getsize(path) for path in chunks), default=None)
    # Its name may need a block, and with UDF it has an entry of its own.
    if least is not None and least + 3 * unit <= left:
        raise Trouble(f"{left} bytes were left, and a chunk of {least} bytes went elsewhere")
