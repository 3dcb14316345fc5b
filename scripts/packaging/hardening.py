"""What the packaged program must be: nothing in it can be overwritten or comes from elsewhere."""

import re
import subprocess


def blank(binary, section):
    """Writes zeros over a section that depends on where the program was built.

    Removing it with objcopy would lose the mark of read-only relocations (PT_GNU_RELRO).
    """
    place = re.search(rf"{re.escape(section)}\s+\w+\s+[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+)",
                      read(binary, "-SW"))
    if not place:
        return
    offset, size = (int(number, 16) for number in place.groups())
    with open(binary, "r+b") as file:
        file.seek(offset)
        file.write(bytes(size))


def check(binary):
    """Stops the build of a program that is not hardened."""
    segments, dynamic = read(binary, "-lW"), read(binary, "-dW")
    wanted = {
        "read-only relocations": "GNU_RELRO" in segments,
        "no relocation after the start": "BIND_NOW" in dynamic,
        "a position of its own at each start (PIE)": re.search(r"FLAGS_1\).*PIE", dynamic),
        "no path of its own to libraries": not re.search(r"\((RPATH|RUNPATH)\)", dynamic),
        "no symbols": ".symtab" not in read(binary, "-SW"),
        "a stack without code": re.search(r"GNU_STACK.* RW ", segments),
    }
    lacking = [what for what, is_so in wanted.items() if not is_so]
    if lacking:
        raise SystemExit(f"build-release: {binary} is not hardened; it lacks: " + ", ".join(lacking))


def read(binary, *options):
    return subprocess.run(["readelf", *options, str(binary)], check=True, capture_output=True,
                          text=True).stdout
