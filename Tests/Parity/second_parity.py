#!/usr/bin/env python3
"""A second implementation of a bundle's parity, written from docs/formats/bundle-format.md: nothing
but Python. The tests hold what aptferry writes against it.

usage: second_parity.py coefficients ROWS COLUMNS    a line of numbers for each row of parity
       second_parity.py check BUNDLE                 PARITY.txt, PARITY.blocks and parity/ are what the
                                                     chunks give
       second_parity.py rebuild BUNDLE CHUNK OUT     the chunk of that number, which is not looked at
"""

import hashlib
import os
import sys

POWERS, LOGARITHMS = [0] * 512, [0] * 256
value = 1
for exponent in range(255):
    POWERS[exponent] = POWERS[exponent + 255] = value
    LOGARITHMS[value] = exponent
    value = value << 1 ^ (0x11D if value & 0x80 else 0)


def times(one, other):
    return POWERS[LOGARITHMS[one] + LOGARITHMS[other]] if one and other else 0


def inverse(one):
    return POWERS[255 - LOGARITHMS[one]]


def coefficient(row, column):
    return inverse((255 - row) ^ column)


TABLES = [bytes(times(factor, byte) for byte in range(256)) for factor in range(256)]


def combine(factors, blocks, length):
    """The sum of blocks, each times its factor."""
    total = 0
    for factor, block in zip(factors, blocks):
        if factor:
            total ^= int.from_bytes(block.translate(TABLES[factor]), "little")
    return total.to_bytes(length, "little")


def inverted(matrix):
    """The inverse of a square matrix, by Gauss and Jordan."""
    size = len(matrix)
    rows = [row[:] + [int(i == j) for j in range(size)] for i, row in enumerate(matrix)]
    for i in range(size):
        pivot = next(r for r in range(i, size) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        factor = inverse(rows[i][i])
        rows[i] = [times(factor, each) for each in rows[i]]
        for r in range(size):
            if r != i and rows[r][i]:
                factor = rows[r][i]
                rows[r] = [a ^ times(factor, b) for a, b in zip(rows[r], rows[i])]
    return [row[size:] for row in rows]


def ranges(words):
    for word in words:
        first, _, last = word.partition("-")
        yield from range(int(first), int(last or first) + 1)


class Bundle:
    """A bundle's directory with parity."""

    def __init__(self, path):
        self.path = path
        fields, name = {}, None
        for line in open(path + "/PARITY.txt"):
            if line.startswith(" "):
                fields[name].append(line.split())
            else:
                name, _, text = line.rstrip("\n").partition(":")
                fields[name] = [] if not text else text.split()
        assert fields["Format"] == ["aptferry-parity", "1"]
        self.block, self.rows = int(fields["Block"][0]), int(fields["Rows"][0])
        self.columns, self.parity = map(int, fields["Strips"])
        self.table_line, self.files = fields["Table"], fields["Files"]
        # The lengths of the chunks stand in MANIFEST.
        self.chunks, inside = [], False
        for line in open(path + "/MANIFEST"):
            if inside and line.startswith(" "):
                digest, size, _, name = line.split()
                self.chunks.append((name, int(size), digest))
            inside = line == "Chunks:\n" or inside and line.startswith(" ")
        self.strips = []
        for strips, *numbers in fields["Segments"]:
            blocks = [(number, place) for number in ranges(numbers)
                      for place in range(-(-self.chunks[number - 1][1] // self.block))]
            assert int(strips) == -(-len(blocks) // self.rows)
            self.strips += [blocks[start:start + self.rows] for start in range(0, len(blocks), self.rows)]
        assert len(self.strips) == self.columns
        self.data_blocks = sum(map(len, self.strips))

    def data(self, column, row):
        """A block of a chunk without padding; None where there are zeros."""
        if row >= len(self.strips[column]):
            return None
        number, place = self.strips[column][row]
        with open(f"{self.path}/chunks/{self.chunks[number - 1][0]}", "rb") as file:
            file.seek(place * self.block)
            return file.read(self.block)

    def padded(self, column, row):
        return (self.data(column, row) or b"").ljust(self.block, b"\0")

    def all_parity(self):
        return b"".join(open(f"{self.path}/parity/{name}", "rb").read() for _, _, name in self.files)

    def check(self):
        table = b"".join(hashlib.sha256(self.data(column, row)).digest()
                         for column in range(self.columns)
                         for row in range(len(self.strips[column])))
        made = b""
        for strip in range(self.parity):
            factors = [coefficient(strip, column) for column in range(self.columns)]
            for row in range(self.rows):
                blocks = [self.padded(column, row) for column in range(self.columns)]
                made += combine(factors, blocks, self.block)
                table += hashlib.sha256(made[-self.block:]).digest()
        assert table == open(self.path + "/PARITY.blocks", "rb").read(), "PARITY.blocks"
        assert self.table_line == [hashlib.sha256(table).hexdigest(), str(len(table))], "Table"
        assert made == self.all_parity(), "parity"
        for digest, size, name in self.files:
            content = open(f"{self.path}/parity/{name}", "rb").read()
            assert [digest, int(size)] == [hashlib.sha256(content).hexdigest(), len(content)], name
        text = open(self.path + "/PARITY.txt", "rb").read()
        line = f"Parity: {hashlib.sha256(text).hexdigest()} {len(text)}\n"
        assert line in open(self.path + "/MANIFEST"), "MANIFEST"
        lists = [n for n in os.listdir(self.path) if os.path.isfile(f"{self.path}/{n}")]
        for name in lists:
            second = open(f"{self.path}/parity/{name}", "rb").read()
            assert second == open(f"{self.path}/{name}", "rb").read(), name
        print(f"{len(self.chunks)} chunks, {self.columns}+{self.parity} strips of {self.rows}")

    def rebuild(self, wanted):
        parity, blocks = self.all_parity(), {}
        for row in range(self.rows):
            lost = [column for column in range(self.columns) if row < len(self.strips[column])
                    and self.strips[column][row][0] == wanted]
            if not lost:
                continue
            there = [column for column in range(self.columns) if column not in lost]
            # A unit row for each column that is there, and rows of parity for the others.
            matrix = [[int(column == each) for column in range(self.columns)] for each in there]
            matrix += [[coefficient(strip, column) for column in range(self.columns)]
                       for strip in range(len(lost))]
            have = [self.padded(column, row) for column in there]
            for strip in range(len(lost)):
                start = (strip * self.rows + row) * self.block
                have.append(parity[start:start + self.block])
            decode = inverted(matrix)
            for column in lost:
                blocks[self.strips[column][row][1]] = combine(decode[column], have, self.block)
        return b"".join(blocks[place] for place in sorted(blocks))[:self.chunks[wanted - 1][1]]


def main(words):
    if words[:1] == ["coefficients"]:
        for row in range(int(words[1])):
            print(*(coefficient(row, column) for column in range(int(words[2]))))
    elif words[:1] == ["check"]:
        Bundle(words[1]).check()
    elif words[:1] == ["rebuild"]:
        with open(words[3], "wb") as out:
            out.write(Bundle(words[1]).rebuild(int(words[2])))
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
