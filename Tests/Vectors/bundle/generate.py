#!/usr/bin/env python3
"""Writes the bundle vectors: one directory a scenario, with the verdict that a reader must reach.

    Tests/Vectors/bundle/generate.py              writes every scenario anew
    Tests/Vectors/bundle/generate.py --new-keys   makes the test keys anew first

A second implementation of docs/formats/bundle-format.md, on purpose in another language and without a line
of the first one. Needs python3, gpg and zstd. The keys sign nothing but these vectors; their secret
parts are public. With the same zstd the same bytes come out.
"""

import hashlib, os, re, shutil, struct, subprocess, sys, tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEYS = HERE / "keys"
README_SOURCE = HERE.parents[2] / "Sources/BundleFormat/MediumReadme.swift"
CREATED = "2026-01-15T12:00:00Z"
NOW = "2026-02-01T00:00:00Z"
STORED = (".deb .udeb .ddeb .xz .gz .bz2 .lzma .zst .lz4 .tgz .txz .tbz .jar .png .jpg .iso").split()
PART = ".aptferry-part-"

# --- keys and signatures ---------------------------------------------------------------------

class GnuPG:
    names, keys, born, now = ["exporter", "second", "stranger"], KEYS, "20260101T000000!", "20260115T120000!"

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="vec-")
        os.chmod(self.home, 0o700)
        self.fingerprints = {}
        self.cache = {}

    def run(self, *arguments, input=b"", time=None):
        command = ["gpg", "--homedir", self.home, "--batch", "--no-tty", "--quiet", "--no-options",
                   "--faked-system-time", time or self.now, "--pinentry-mode", "loopback", "--passphrase", ""]
        done = subprocess.run(command + list(arguments), input=input, capture_output=True)
        if done.returncode != 0:
            sys.exit(f"gpg {arguments}: {done.stderr.decode()}")
        return done.stdout

    def make_keys(self):
        self.keys.mkdir(exist_ok=True)
        for name in self.names:
            self.run("--quick-generate-key", f"aptferry test vectors: {name} (worthless)", "ed25519",
                     "sign", "never", time=self.born)
        listing = self.run("--with-colons", "--list-secret-keys").decode().splitlines()
        found = [line.split(":")[9] for line in listing if line.startswith("fpr:")]
        for name, fingerprint in zip(self.names, found):
            export = ["--armor", "--export-options", "export-minimal"]
            (self.keys / f"{name}.asc").write_bytes(self.run(*export, "--export", fingerprint))
            (self.keys / f"{name}.secret.asc").write_bytes(
                self.run(*export, "--export-secret-keys", fingerprint))

    def load(self):
        for name in self.names:
            self.run("--import", str(self.keys / f"{name}.secret.asc"))
            shown = self.run("--with-colons", "--show-keys", str(self.keys / f"{name}.asc")).decode()
            self.fingerprints[name] = re.search(r"^fpr:::::::::(\w+):", shown, re.M).group(1)

    def sign(self, data, key="exporter", how="--detach-sign", hash="SHA512", **more):
        return self.run("--armor", "--allow-weak-digest-algos", "--digest-algo", hash,
                        "--local-user", self.fingerprints[key], how, input=data, **more)

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"])
        shutil.rmtree(self.home, ignore_errors=True)

gpg = GnuPG()

# --- the format --------------------------------------------------------------------------------

def sha(data): return hashlib.sha256(data).hexdigest()
def pad(data): return data + bytes(-len(data) % 512)

def octal(value, digits): return b"%0*o\0" % (digits, value)

def ustar(name, prefix, size, type, link=b"", mode=0o644):
    header = bytearray(512)
    def put(at, value): header[at:at + len(value)] = value
    put(0, name); put(100, octal(mode, 7)); put(108, octal(0, 7)); put(116, octal(0, 7))
    put(124, octal(size, 11)); put(136, octal(0, 11)); put(148, b" " * 8); put(156, type)
    put(157, link); put(257, b"ustar\x0000"); put(329, octal(0, 7)); put(337, octal(0, 7))
    put(345, prefix)
    put(148, b"%06o\0 " % sum(header))
    return bytes(header)

def split_name(name):
    if len(name) <= 100: return name, b""
    if len(name) <= 256:
        slash = name.find(b"/", len(name) - 101)
        if 0 < slash <= 155: return name[slash + 1:], name[:slash]
    return None

def record(keyword, value):
    rest = len(keyword) + len(value) + 3
    length = rest + 1
    while len(str(length)) + rest != length: length = len(str(length)) + rest
    return b"%d %s=%s\n" % (length, keyword, value)

def member_header(name, size=0, link=None, mode=0o644, type=None):
    extra = b""
    fitted = split_name(name)
    if fitted is None or not name.isascii(): extra += record(b"path", name)
    if link is not None and (len(link) > 100 or not link.isascii()): extra += record(b"linkpath", link)
    if link is None and size > 0o77777777777: extra += record(b"size", b"%d" % size)
    result = b""
    if extra: result += ustar(b"././@PaxHeader", b"", len(extra), b"x") + pad(extra)
    name, prefix = fitted or (name[-100:], b"")
    if link is not None: return result + ustar(name, prefix, 0, type or b"1", link[:100], mode)
    return result + ustar(name, prefix, min(size, 0o77777777777), type or b"0", b"", mode)

def zstd(data, *options, level=6):
    with tempfile.NamedTemporaryFile() as file:
        file.write(data); file.flush()
        # --no-check must come behind, to win.
        command = ["zstd", f"-{level}", "-q", "-c", "--single-thread", "--check", *options, file.name]
        return subprocess.run(command, check=True, capture_output=True).stdout

def zstd_frame(data, declared, window_log=17):
    """A frame that declares what it is told to: size and window."""
    made = subprocess.run(["zstd", "-6", "-q", "-c", "--single-thread", "--check"], input=data,
                          check=True, capture_output=True).stdout
    assert made[4] == 0x04  # checksum, no size, so a window byte follows
    return made[:4] + b"\x84" + bytes([(window_log - 10) << 3]) + struct.pack("<I", declared) + made[6:]

def readme(stream, sequence, has_chunks=True, relied=0):
    source = README_SOURCE.read_text()
    blocks = dict(re.findall(r'    let (\w+) = """\n(.*?)\n      """\n', source, flags=re.S))
    text = source[source.index('Array(\n      """\n') + len('Array(\n      """\n'):]
    text = text[:text.index('      """.utf8')]
    for name in ["chunks", "noChunks", "increment"]:
        blocks[name] = blocks[name].removeprefix("      ")
    text = text.replace('\\(relied > 0 ? increment : "")', blocks["increment"] if relied else "")
    text = text.replace("\\(hasChunks ? chunks : noChunks)", blocks["chunks" if has_chunks else "noChunks"])
    text = text.replace("\\(placed)", '$3 != "-" ' if relied else "")
    text = re.sub(r"^      ", "", text, flags=re.M)
    for name, value in [("sequence", sequence), ("stream", stream), ("relied", relied)]:
        text = text.replace(f"\\({name})", str(value))
    return text.rstrip("\n").encode() + b"\n"

class Place:
    def __init__(self, chunk, entry, offset, length, part):
        self.chunk, self.entry, self.offset, self.length, self.part = chunk, entry, offset, length, part

class Bundle:
    """A bundle in the making. Each step leaves values that a scenario may alter before the next."""

    def __init__(self, snapshots, chunk_size=65536, held=(), stream="acme", sequence=1):
        self.snapshots, self.stream, self.sequence = snapshots, stream, sequence
        self.created, self.extra_head, self.level, self.own_readme = CREATED, [], 6, None
        self.suites = {}  # snapshot -> lines of Suites
        files = sorted((f"{s}/{p}".encode(), c) for s in snapshots for p, c in snapshots[s].items())
        self.files, self.chunk_size, self.held = files, chunk_size, held
        self.plan()

    def plan(self):
        groups = {}
        for index, (path, content) in enumerate(self.files):
            groups.setdefault(sha(content), []).append(index)
        kinds, self.used = {False: [], True: []}, {False: 0, True: 0}
        for group in groups.values():
            if self.files[group[0]][1] in self.held: continue
            stored = any(self.files[i][0].endswith(tuple(s.encode() for s in STORED)) for i in group)
            self.fill(kinds[not stored], group, not stored)
        self.compressed = [False] * len(kinds[False]) + [True] * len(kinds[True])
        self.archives, self.places = [], []
        for number, members in enumerate(kinds[False] + kinds[True], 1):
            archive = b""
            for group, part, start, length in members:
                names = [self.name(i, part) for i in group]
                archive += member_header(names[0], length)
                for index in group: self.places.append(Place(number, index, len(archive), length, part))
                archive += pad(self.files[group[0]][1][start:start + length])
                for name in names[1:]: archive += member_header(name, link=names[0])
            self.archives.append(archive + bytes(1024))
        self.write_entries()

    def name(self, index, part):
        return self.files[index][0] + (f"{PART}{part:04}".encode() if part else b"")

    def fill(self, chunks, group, compressed):
        room = self.chunk_size
        if compressed: room = room - room // 256 - 1024
        room = room - room % 512 - 1024
        size = len(self.files[group[0]][1])
        def need(length, part):
            names = [self.name(i, part) for i in group]
            return len(member_header(names[0], length)) + sum(
                len(member_header(n, link=names[0])) for n in names[1:])
        total = need(size, 0) + size + -size % 512
        used = self.used[compressed]
        if total <= room:
            if not chunks or total > room - used: chunks.append([]); used = 0
            chunks[-1].append((group, 0, 0, size))
            self.used[compressed] = used + total
            return
        start, part = 0, 0
        while start < size:
            part += 1
            free = room - need(size - start, part)
            length = min(size - start, free - free % 512)
            chunks.append([(group, part, start, length)])
            self.used[compressed] = need(length, part) + length + -length % 512
            start += length

    def write_entries(self):
        lines = []
        for index, (path, content) in enumerate(self.files):
            places = sorted((p for p in self.places if p.entry == index), key=lambda p: p.part)
            where = ",".join(f"{p.chunk}:{p.offset}" + (f"+{p.length}" if p.part else "") for p in places)
            lines.append(f"{sha(content)} {len(content)} {where or '-'} ".encode() + path + b"\n")
        self.entries = b"".join(lines)

    def pack(self):
        """Archives to chunk files, the text of ENTRIES to ENTRIES.zst."""
        self.chunks = [zstd(a, level=self.level) if c else a for a, c in zip(self.archives, self.compressed)]
        self.entries_file = zstd(self.entries)

    def chunk_name(self, index): return f"{index + 1:06}.tar" + (".zst" if self.compressed[index] else "")

    def describe(self):
        """Everything to MANIFEST."""
        placed = {p.entry for p in self.places}
        self.readme = self.own_readme or readme(self.stream, self.sequence, bool(self.chunks),
                                                len(self.files) - len(placed))
        self.sums = "".join(f"{sha(c)}  chunks/{self.chunk_name(i)}\n"
                            for i, c in enumerate(self.chunks)).encode()
        head = ["Format: aptferry-bundle 1", f"Stream: {self.stream}", f"Sequence: {self.sequence}",
                f"Created: {self.created}"] + self.extra_head
        head.append(f"Entries: {sha(self.entries_file)} {len(self.entries_file)} "
                    f"{sha(self.entries)} {len(self.entries)}")
        head.append(f"Sums: {sha(self.sums)} {len(self.sums)}")
        head.append(f"Readme: {sha(self.readme)} {len(self.readme)}")
        head.append("Chunks:")
        for i, (chunk, archive) in enumerate(zip(self.chunks, self.archives)):
            head.append(f" {sha(chunk)} {len(chunk)} {len(archive)} {self.chunk_name(i)}")
        for name in sorted(self.snapshots):
            prefix = f"{name}/".encode()
            files = [(p[len(prefix):], c) for p, c in self.files if p.startswith(prefix)]
            text = b"".join(f"{sha(c)} {len(c)} ".encode() + p + b"\n" for p, c in files)
            head += ["", f"Snapshot: {name}", f"Digest: {sha(text)}", f"Files: {len(files)}",
                     f"Bytes: {sum(len(c) for _, c in files)}", "Kind: verbatim", "Suites:"]
            head += [f" {line}" for line in self.suites.get(name, [f"{name} unsigned - -"])]
        self.manifest = ("\n".join(head) + "\n").encode()

    def sign(self, *keys, **how):
        self.signature = b"".join(gpg.sign(self.manifest, k, **how) for k in keys or ["exporter"])

    def side_files(self):
        files = {"MANIFEST": self.manifest, "MANIFEST.asc": self.signature, "ENTRIES.zst": self.entries_file,
                 "SHA256SUMS": self.sums, "README.txt": self.readme}
        return {name: data for name, data in files.items() if data is not None}

    def chunk_files(self):
        return {f"chunks/{self.chunk_name(i)}": c for i, c in enumerate(self.chunks)}

# --- the sample --------------------------------------------------------------------------------

def junk(seed, length):
    """Bytes that do not compress, the same everywhere."""
    result = b""
    while len(result) < length: result += hashlib.sha256(f"{seed} {len(result)}".encode()).digest()
    return result[:length]

PACKAGES = "".join(
    f"Package: {n}\nVersion: 1\nArchitecture: all\nFilename: pool/{n}_1_all.deb\nDescription: test\n\n"
    for n in "ab").encode()

def sample():
    return {"stable": {
        "dists/stable/InRelease": b"Suite: stable\n",
        "dists/stable/main/binary-all/Packages": PACKAGES,
        f"dists/stable/main/binary-all/by-hash/SHA256/{sha(PACKAGES)}": PACKAGES,
        "dists/stable/main/i18n/Translation-en": b"",
        "pool/a_1_all.deb": junk("a", 700),
        "pool/b_1_all.deb": junk("b", 300),
    }}

# --- scenarios ---------------------------------------------------------------------------------

scenarios = []

def scenario(name, expect, exit, code=None, comment="", **fields):
    def register(make):
        scenarios.append((name, expect, exit, code, comment, fields, make))
        return make
    return register

def build(edit_plain=None, edit_packed=None, edit_text=None, keys=(), **options):
    """A bundle, altered between its steps; whatever is altered is described and signed."""
    bundle = Bundle(options.pop("snapshots", None) or sample(), **options)
    if edit_plain: edit_plain(bundle)
    bundle.pack()
    if edit_packed: edit_packed(bundle)
    bundle.describe()
    if edit_text: edit_text(bundle)
    bundle.sign(*keys)
    return bundle

def one_medium(bundle, **changes):
    files = {**bundle.side_files(), **bundle.chunk_files()}
    for name, data in changes.get("files", {}).items():
        if data is None: files.pop(name)
        else: files[name] = data
    return {"medium-1": files}

def flip(data, position, bit=0):
    data = bytearray(data)
    data[position] ^= 1 << bit
    return bytes(data)

def text_edit(old, new, count=1):
    def edit(bundle):
        text = bundle.manifest
        assert old in text, old
        bundle.manifest = text.replace(old, new, count)
    return edit

def entries_edit(old, new):
    def edit(bundle):
        assert old in bundle.entries, old
        bundle.entries = bundle.entries.replace(old, new, 1)
    return edit

# Good ones.

@scenario("plain", "success", 0, comment="A stored and a compressed chunk, two names of one content, an empty file.")
def _(): return one_medium(build())

@scenario("stored-only", "success", 0, comment="Nothing that compresses.")
def _(): return one_medium(build(snapshots={"s": {"a.deb": junk("a", 100)}}))

@scenario("compressed-only", "success", 0, comment="Nothing that does not compress.")
def _(): return one_medium(build(snapshots={"s": {"a.txt": b"a" * 3000}}))

@scenario("split-file", "success", 0, comment="A file in two parts, with a second name; other content behind the last part.")
def _():
    big = b"".join(b"line %d of a large index\n" % n for n in range(3500))
    return one_medium(build(snapshots={"s": {"Contents-all": big, "copy": big, "small": b"small\n"}}))

@scenario("hard-links", "success", 0, comment="One content under many names, in two snapshots.")
def _():
    one = {f"by-name/{n}": b"same\n" for n in range(5)}
    return one_medium(build(snapshots={"s": one, "t": {"x.deb": junk("x", 50), **one}}))

@scenario("two-snapshots", "success", 0, comment="In ENTRIES s-1 stands before s, since - is below /; in MANIFEST behind it.")
def _(): return one_medium(build(snapshots={"s": {"a": b"1\n"}, "s-1": {"a": b"2\n"}}))

@scenario("empty-snapshot", "success", 0, comment="A snapshot without files: no entries, no chunks.")
def _(): return one_medium(build(snapshots={"s": {}}))

@scenario("long-names", "success", 0, comment="Names that need pax headers: long, not ASCII, both.")
def _():
    long = "/".join(["d" * 60] * 6)
    files = {long + "/x": b"1\n", long + "/y": b"1\n", "n" * 200: b"2\n", "ünïcode/日本語.txt": b"3\n",
             "d" * 99 + "/" + "n" * 98: b"4\n", "with space": b"5\n"}
    return one_medium(build(snapshots={"s": files}))

@scenario("increment", "success", 0, comment="Entries that lie nowhere: the receiver is relied on to have them.")
def _():
    def base(b): b.extra_head = ["Previous: " + sha(b"previous"), "Base:", " " + sha(b"base")]
    return one_medium(build(base, held=[junk("a", 700), b"Suite: stable\n"], sequence=2))

@scenario("several-media", "success", 0, comment="Each medium has the lists and one of the chunks.")
def _():
    b = build()
    (n1, c1), (n2, c2) = b.chunk_files().items()
    return {"medium-1": {**b.side_files(), n1: c1}, "medium-2": {**b.side_files(), n2: c2}}

@scenario("bundle-in-medium", "success", 0, comment="The bundle's directory lies in the medium, beside another directory.")
def _():
    b = build()
    files = {f"acme-000001/{n}": d for n, d in {**b.side_files(), **b.chunk_files()}.items()}
    return {"medium-1": {**files, "photos/cat.jpg": b"cat"}}

@scenario("renamed-chunk", "success", 0, comment="T071: a chunk is known by its content.", Strangers=1)
def _():
    b = build()
    files = one_medium(b)["medium-1"]
    files["chunks/FILE_A.BIN"] = files.pop("chunks/000001.tar")
    return {"medium-1": files}

@scenario("chunk-beside-manifest", "success", 0, comment="A chunk that was copied beside MANIFEST.", Strangers=1)
def _():
    files = one_medium(build())["medium-1"]
    files["000001.tar"] = files.pop("chunks/000001.tar")
    return {"medium-1": files}

@scenario("duplicate-chunk", "success", 0, comment="T069: the same chunk on two media.")
def _():
    b = build()
    return {"medium-1": one_medium(b)["medium-1"], "medium-2": one_medium(b)["medium-1"]}

for position, number in [("first", 1), ("second", 2)]:
    @scenario(f"duplicate-chunk-{position}-damaged", "success", 0, comment="T070: one of two copies is damaged.", DamagedFiles=1)
    def _(number=number):
        b = build()
        media = {f"medium-{n}": one_medium(b)["medium-1"] for n in [1, 2]}
        media[f"medium-{number}"]["chunks/000001.tar"] = flip(b.chunks[0], 700)
        return media

@scenario("entries-on-second-medium", "success", 0, comment="ENTRIES.zst is damaged on one medium and whole on the other.")
def _():
    b = build()
    media = {f"medium-{n}": one_medium(b)["medium-1"] for n in [1, 2]}
    media["medium-1"]["ENTRIES.zst"] = flip(b.entries_file, 20)
    return media

@scenario("strangers", "success", 0, comment="T072: other files, a dangling link, a link that leads out.", Strangers=4)
def _():
    files = one_medium(build())["medium-1"]
    files |= {"autorun.inf": b"[autorun]\n", "chunks/Thumbs.db": b"x", "dangling": Path("nowhere"),
              "chunks/out": Path("/etc/passwd")}
    return {"medium-1": files}

@scenario("unknown-fields", "success", 0, comment="Fields that nobody knows are ignored, in both kinds of stanza.")
def _():
    return one_medium(build(edit_text=lambda b: (
        text_edit(b"Stream: acme\n", b"Stream: acme\nX-Note: made on a Monday\nX-List:\n one\n two\n")(b),
        text_edit(b"Kind: verbatim\n", b"Kind: verbatim\nX-Colour: blue\n")(b))))

@scenario("two-signatures", "success", 0, comment="Two signers, both pinned.", Keys="exporter second")
def _(): return one_medium(build(keys=["exporter", "second"]))

for order in [["exporter", "stranger"], ["stranger", "exporter"]]:
    @scenario("signed-by-" + "-and-".join(order), "success", 0, comment="T027: a signer that is not pinned beside one that is.")
    def _(order=order): return one_medium(build(keys=order))

@scenario("recompressed-and-signed", "success", 0, comment="Another level, signed: a reader does not mind how it was compressed.")
def _(): return one_medium(build(lambda b: setattr(b, "level", 19)))

@scenario("readme-altered", "success", 0, comment="T005: README.txt is damaged; nothing that counts is.", Altered=1)
def _():
    b = build()
    return one_medium(b, files={"README.txt": flip(b.readme, 40)})

@scenario("readme-of-another-version", "success", 0, comment="T198: what README.txt says is the exporter's business; its digest counts.")
def _():
    def pack(b): b.own_readme = b"Ask the release team.\n"
    return one_medium(build(edit_packed=pack))

@scenario("side-files-missing", "success", 0, comment="README.txt and SHA256SUMS are for people; they may be missing.", Altered=2)
def _(): return one_medium(build(), files={"README.txt": None, "SHA256SUMS": None})

@scenario("for-this-site", "success", 0, comment="An expiry that has not come, and a site that is this one.", Site="north")
def _():
    def head(b): b.extra_head = ["Expires: 2026-02-01T00:00:00Z", "Site: north south"]
    return one_medium(build(head))

# Signatures.

def signature_scenario(name, code, comment, exit=10, **fields):
    def wrap(make):
        @scenario(name, "signature rejected", exit, code, comment, **fields)
        def _():
            b = build()
            make(b)
            return one_medium(b)
    return wrap

@signature_scenario("manifest-flipped", "E-TRUST-BAD-SIGNATURE", "T001: one bit of MANIFEST.")
def _(b): b.manifest = flip(b.manifest, b.manifest.index(b"Sequence: 1") + 10)

@signature_scenario("manifest-extended", "E-TRUST-BAD-SIGNATURE", "T001: a line more.")
def _(b): b.manifest += b"Note: x\n"

@signature_scenario("manifest-crlf-unsigned", "E-TRUST-BAD-SIGNATURE", "Line ends changed on the way.")
def _(b): b.manifest = b.manifest.replace(b"\n", b"\r\n")

@signature_scenario("manifest-empty", "E-TRUST-BAD-SIGNATURE", "MANIFEST has no bytes.")
def _(b): b.manifest = b""

def armored_flip(signature, position):
    """One bit of a signature's packet, in armor that is right again."""
    import base64
    lines = signature.decode().splitlines()
    body = lines[lines.index("") + 1:-2]
    packet = bytearray(base64.b64decode("".join(body)))
    packet[position] ^= 1
    crc = 0xB704CE
    for byte in packet:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000: crc ^= 0x1864CFB
    text = base64.b64encode(bytes(packet)).decode()
    rows = [text[i:i + 64] for i in range(0, len(text), 64)]
    check = "=" + base64.b64encode(struct.pack(">I", crc & 0xFFFFFF)[1:]).decode()
    return "\n".join(["-----BEGIN PGP SIGNATURE-----", "", *rows, check, "-----END PGP SIGNATURE-----", ""]).encode()

@signature_scenario("signature-flipped", "E-TRUST-BAD-SIGNATURE", "T002: one bit of the signature's number.")
def _(b): b.signature = armored_flip(b.signature, -5)

@signature_scenario("signature-armor-flipped", "E-TRUST-MALFORMED-SIGNATURE", "T002: one bit of the armor.")
def _(b): b.signature = flip(b.signature, b.signature.index(b"\n\n") + 30, 7)

@signature_scenario("signature-missing", "E-TRUST-NO-SIGNATURE", "T017: no MANIFEST.asc.")
def _(b): b.signature = None

@signature_scenario("signature-empty", "E-TRUST-EMPTY-SIGNATURE", "T017: MANIFEST.asc has no bytes.")
def _(b): b.signature = b""

@signature_scenario("signature-junk", "E-TRUST-MALFORMED-SIGNATURE", "T017: MANIFEST.asc is something else.")
def _(b): b.signature = b"This is not a signature.\n"

@signature_scenario("signature-truncated", "E-TRUST-TRUNCATED-SIGNATURE", "T017: MANIFEST.asc ends in the middle.")
def _(b): b.signature = b.signature[:120]

@signature_scenario("signature-is-key", "E-TRUST-MALFORMED-SIGNATURE", "A public key where the signature should be.")
def _(b): b.signature = (KEYS / "exporter.asc").read_bytes()

@signature_scenario("signature-of-another-manifest", "E-TRUST-BAD-SIGNATURE", "A good signature over other bytes.")
def _(b): b.signature = gpg.sign(b.manifest + b"\n")

@signature_scenario("signature-with-text-behind", "E-TRUST-MALFORMED-SIGNATURE", "T050: text behind the armor.")
def _(b): b.signature += b"Trust me.\n"

@signature_scenario("signature-with-text-before", "E-TRUST-MALFORMED-SIGNATURE", "T050: text before the armor.")
def _(b): b.signature = b"Trust me.\n" + b.signature

@signature_scenario("unknown-signer", "E-TRUST-UNKNOWN-SIGNER", "T018: a good signature by a key that is not pinned.")
def _(b): b.sign("stranger")

@signature_scenario("inline-signed", "E-TRUST-NOT-DETACHED", "T019: a signed message over this very MANIFEST.")
def _(b): b.signature = gpg.sign(b.manifest, how="--sign")

@signature_scenario("clearsigned", "E-TRUST-NOT-DETACHED", "T019: a clearsigned text.")
def _(b): b.signature = gpg.sign(b.manifest, how="--clear-sign")

@signature_scenario("good-and-bad-signature", "E-TRUST-BAD-SIGNATURE", "T026: a bad signature spoils the good one.", Keys="exporter second")
def _(b): b.signature += gpg.sign(b.manifest + b"x", "second")

@signature_scenario("bad-and-good-signature", "E-TRUST-BAD-SIGNATURE", "T026: in the other order.", Keys="exporter second")
def _(b): b.signature = gpg.sign(b.manifest + b"x", "second") + b.signature

@signature_scenario("weak-digest", "E-TRUST-WEAK-DIGEST", "T023: SHA-1.")
def _(b): b.sign(hash="SHA1")

@signature_scenario("weak-digest-ripemd", "E-TRUST-WEAK-DIGEST", "T023: RIPEMD-160.")
def _(b): b.sign(hash="RIPEMD160")

@signature_scenario("signature-from-the-future", "E-FRESHNESS-CLOCK", "T039: made two days after now.", exit=13)
def _(b): b.signature = gpg.sign(b.manifest, time="20260203T000001!")

@signature_scenario("too-many-signatures", "E-TRUST-TOO-MANY-SIGNATURES", "Seventeen signatures.")
def _(b): b.signature = b.signature * 17

# MANIFEST, signed as it stands.

def manifest_scenario(name, old, new, comment, expect="manifest rejected", exit=11, code="E-INTEGRITY-MANIFEST"):
    @scenario(name, expect, exit, code, comment)
    def _(): return one_medium(build(edit_text=text_edit(old, new)))

manifest_scenario("requires-unknown", b"Entries:", b"Requires: parity\nEntries:", "A feature that version 1 does not have.", "policy", 19, "E-POLICY-REQUIRES")
manifest_scenario("requires-in-snapshot", b"Kind: verbatim\n", b"Kind: verbatim\nRequires: layers\n", "T203: what a snapshot requires is required, too.", "policy", 19, "E-POLICY-REQUIRES")
manifest_scenario("requires-as-list", b"Kind: verbatim\n", b"Kind: verbatim\nRequires:\n layers\n", "T203: in another form than a feature is named.")
manifest_scenario("format-in-snapshot", b"Kind: verbatim\n", b"Kind: verbatim\nFormat: aptferry-bundle 1\n", "T203: Format stands in the first stanza alone.", "policy", 19, "E-POLICY-FORMAT")
manifest_scenario("kind-unknown", b"Kind: verbatim\n", b"Kind: layered\n", "T203: a kind that version 1 does not have.")
manifest_scenario("17-signers", b"stable unsigned - -", b"stable signed " + b",".join(b"%040X" % n for n in range(17)) + b" -", "T201: a suite has at most 16 signers.")
manifest_scenario("1001-suites", b" stable unsigned - -\n", b"".join(b" s%d unsigned - -\n" % n for n in range(1001)), "T201: a snapshot has at most 1000 suites.")
manifest_scenario("second-stanza-unknown", b"\nSnapshot: stable\n", b"\nParity: 1\n\nSnapshot: stable\n", "T203: a stanza that version 1 does not have.")
manifest_scenario("format-2", b"aptferry-bundle 1", b"aptferry-bundle 2", "Another version of the format.", "policy", 19, "E-POLICY-FORMAT")
manifest_scenario("field-twice", b"Sequence: 1\n", b"Sequence: 1\nSequence: 2\n", "T015: which one?")
manifest_scenario("field-twice-by-case", b"Sequence: 1\n", b"Sequence: 1\nSEQUENCE: 2\n", "T015: deb822 names do not differ by case.")
manifest_scenario("byte-order-mark", b"Format:", b"\xef\xbb\xbfFormat:", "T015")
manifest_scenario("invalid-utf-8", b"Sequence: 1\n", b"Sequence: 1\nX-Note: \xff\n", "T015")
manifest_scenario("control-character", b"Sequence: 1\n", b"Sequence: 1\nX-Note: \x1b[2J\n", "T015")
manifest_scenario("trailing-bytes", b" stable unsigned - -\n", b" stable unsigned - -\n\n", "T015: an empty stanza at the end.")
manifest_scenario("comment-line", b"Stream:", b"# comment\nStream:", "T015: deb822 comments are not part of this format.")
manifest_scenario("folded-value", b"Stream: acme", b"Stream: ac\n me", "T015")
manifest_scenario("sequence-0", b"Sequence: 1", b"Sequence: 0", "T016: sequences begin with 1.")
manifest_scenario("sequence-leading-zero", b"Sequence: 1", b"Sequence: 01", "T016")
manifest_scenario("sequence-2-to-63", b"Sequence: 1", b"Sequence: 9223372036854775808", "T016")
manifest_scenario("count-negative", b"Files: 6", b"Files: -6", "T016")
manifest_scenario("count-with-fraction", b"Files: 6", b"Files: 6.0", "T016")
manifest_scenario("stream-that-climbs", b"Stream: acme", b"Stream: ../../acme", "T089: a name is not a path.")
manifest_scenario("chunk-name-that-climbs", b"000001.tar\n", b"../001.tar\n", "T089: chunk names are given, not chosen.")

@scenario("chunk-left-out", "manifest rejected", 11, "E-INTEGRITY-MANIFEST", "Chunks and Sums must agree.")
def _():
    def edit(b): b.manifest = re.sub(rb" [^\n]*000002.tar.zst\n", b"", b.manifest)
    return one_medium(build(edit_text=edit))

@scenario("manifest-crlf", "manifest rejected", 11, "E-INTEGRITY-MANIFEST", "T015: CR LF, signed as it stands.")
def _():
    def edit(b): b.manifest = b.manifest.replace(b"\n", b"\r\n")
    return one_medium(build(edit_text=edit))

@scenario("plain-size-beyond-limit", "manifest rejected", 11, "E-INTEGRITY-MANIFEST", "T016: ENTRIES of more than 2 GiB.")
def _():
    def edit(b): b.manifest = re.sub(rb"(Entries: .* )\d+\n", rb"\g<1>2147483649\n", b.manifest)
    return one_medium(build(edit_text=edit))

# ENTRIES.

@scenario("entries-missing", "incomplete", 12, "E-INCOMPLETE-NO-ENTRIES", "No ENTRIES.zst on any medium.")
def _(): return one_medium(build(), files={"ENTRIES.zst": None})

@scenario("entries-flipped", "entries rejected", 11, "E-INTEGRITY-ENTRIES-DAMAGED", "One bit of ENTRIES.zst.")
def _():
    b = build()
    return one_medium(b, files={"ENTRIES.zst": flip(b.entries_file, 30)})

@scenario("entries-truncated", "entries rejected", 11, "E-INTEGRITY-ENTRIES-DAMAGED", "ENTRIES.zst ends in the middle.")
def _():
    b = build()
    return one_medium(b, files={"ENTRIES.zst": b.entries_file[:-1]})

@scenario("entries-extended", "entries rejected", 11, "E-INTEGRITY-ENTRIES-DAMAGED", "A byte behind ENTRIES.zst.")
def _():
    b = build()
    return one_medium(b, files={"ENTRIES.zst": b.entries_file + b"\0"})

@scenario("entries-is-link", "entries rejected", 14, "E-UNSAFE-NOT-REGULAR", "T075: a symbolic link is not followed.")
def _():
    b = build()
    return one_medium(b, files={"ENTRIES.zst": Path("other"), "other": b.entries_file})

def entries_scenario(name, edit, comment, code="E-INTEGRITY-ENTRIES", exit=11):
    @scenario(name, "entries rejected", exit, code, comment)
    def _(): return one_medium(build(edit))

UNSAFE = dict(code="E-UNSAFE-PATH", exit=14)
A = b"stable/pool/a_1_all.deb"
entries_scenario("path-that-climbs", entries_edit(A, b"stable/pool/../../../a"), "T089, signed.", **UNSAFE)
entries_scenario("path-absolute", lambda b: setattr(b, "entries", b.entries.replace(b" stable/dists/stable/In", b" /etc/dists/stable/In", 1)), "T089, signed.", **UNSAFE)
entries_scenario("path-with-dot", entries_edit(A, b"stable/pool/./a"), "T089, signed.", **UNSAFE)
entries_scenario("path-with-empty-component", entries_edit(A, b"stable/pool//a"), "T089, signed.", **UNSAFE)
entries_scenario("path-with-control-character", entries_edit(A, b"stable/pool/a\x1b[31m"), "T097, signed.", **UNSAFE)
entries_scenario("path-with-nul", entries_edit(A, b"stable/pool/a\0.deb"), "T097, signed.", **UNSAFE)
entries_scenario("path-invalid-utf-8", entries_edit(A, b"stable/pool/a\xc0\xaf"), "T097, signed.", **UNSAFE)
entries_scenario("path-with-override", entries_edit(A, "stable/pool/a\u202ebed.".encode()), "T097: a bidirectional override, signed.", **UNSAFE)
entries_scenario("path-name-of-256-bytes", entries_edit(A, b"stable/pool/" + b"a" * 256), "T097, signed.", **UNSAFE)
entries_scenario("path-of-part", entries_edit(A, b"stable/pool/a" + PART.encode() + b"0001"), "A path with the name of a part, signed.", **UNSAFE)
entries_scenario("path-twice", entries_edit(b"stable/pool/b_1_all.deb", A), "T095: one path, two contents, signed.")
entries_scenario("entries-out-of-order", lambda b: setattr(b, "entries", b"\n".join(sorted(b.entries.split(b"\n")[:-1], reverse=True)) + b"\n"), "Signed.")
entries_scenario("entries-without-snapshot", entries_edit(A, b"stablepool"), "A path that lies in no snapshot, signed.")
entries_scenario("entry-of-unknown-snapshot", entries_edit(b"stable/pool/b_1_all.deb", b"strange/b_1_all.deb"), "An entry of a snapshot that MANIFEST does not name, signed.")
entries_scenario("entry-more-than-files", lambda b: setattr(b, "entries", b.entries + b.entries.splitlines(True)[-1][:-1] + b"~\n"), "T201: more entries than the files that MANIFEST states, signed.")
entries_scenario("entry-left-out", lambda b: setattr(b, "entries", b"".join(b.entries.splitlines(True)[:-1])), "A file of the snapshot has no entry, signed.")
entries_scenario("entry-size-2-to-63", lambda b: setattr(b, "entries", re.sub(rb" 700 ", b" 9223372036854775808 ", b.entries)), "T016, signed.")
entries_scenario("entry-size-leading-zero", entries_edit(b" 700 ", b" 0700 "), "T016, signed.")
entries_scenario("entry-chunk-0", entries_edit(b" 1:", b" 0:"), "Chunks count from 1; signed.")
entries_scenario("entry-chunk-unknown", entries_edit(b" 1:", b" 3:"), "A chunk that MANIFEST does not name, signed.")
entries_scenario("entry-chunk-2-to-64", entries_edit(b" 1:", b" 18446744073709551617:"), "T016: it must not wrap to 1; signed.")
entries_scenario("entry-offset-wrong", entries_edit(b" 1:512 ", b" 1:1024 "), "An offset that the headers do not give, signed.", code="E-INTEGRITY-LAYOUT")
entries_scenario("entry-one-part", entries_edit(b" 1:512 ", b" 1:512+700 "), "A single part is no split file; signed.")
entries_scenario("entry-parts-too-long", entries_edit(b" 1:512 ", b" 1:512+600,1:2048+600 "), "Parts longer than the file, signed.")
entries_scenario("entries-no-last-line-feed", lambda b: setattr(b, "entries", b.entries[:-1]), "Signed.")

@scenario("file-and-directory", "entries rejected", 14, "E-UNSAFE-FILE-AND-DIRECTORY", "T098: a path that is also a directory, signed.")
def _(): return one_medium(build(snapshots={"s": {"a": b"1\n", "a-b": b"2\n", "a/b": b"3\n"}}))

@scenario("snapshot-digest-wrong", "entries rejected", 11, "E-INTEGRITY-ENTRIES", "Entries and MANIFEST speak of other files, signed.")
def _():
    def edit(b): b.manifest = re.sub(rb"Digest: \w+", b"Digest: " + sha(b"other").encode(), b.manifest)
    return one_medium(build(edit_text=edit))

def packed_entries(name, pack, comment, code, exit=11):
    @scenario(name, "entries rejected", exit, code, comment)
    def _():
        def edit(b): b.entries_file = pack(b)
        return one_medium(build(edit_packed=edit))

SKIPPABLE = b"\x50\x2a\x4d\x18\x04\0\0\0evil"
half = lambda data: len(data) // 2
packed_entries("entries-zstd-two-frames", lambda b: zstd(b.entries[:half(b.entries)]) + zstd(b.entries[half(b.entries):]), "Two frames, signed.", "E-INTEGRITY-ZSTD-SIZE")
packed_entries("entries-zstd-second-frame-empty", lambda b: zstd(b.entries) + zstd(b""), "A second frame, signed.", "E-INTEGRITY-ZSTD-TRAILING")
packed_entries("entries-zstd-skippable", lambda b: SKIPPABLE + zstd(b.entries), "A skippable frame first, signed.", "E-UNSAFE-ZSTD-SKIPPABLE", 14)
packed_entries("entries-zstd-no-checksum", lambda b: zstd(b.entries, "--no-check"), "No checksum, signed.", "E-INTEGRITY-ZSTD-NO-CHECKSUM")
packed_entries("entries-zstd-no-size", lambda b: zstd_frame(b.entries, 0)[:4] + b"\x04\x38" + zstd_frame(b.entries, 0)[10:], "No content size, signed.", "E-INTEGRITY-ZSTD-SIZE")
packed_entries("entries-zstd-window", lambda b: zstd_frame(b.entries, len(b.entries), 31), "T094: a window of 2 GiB, signed.", "E-RESOURCE-ZSTD-WINDOW", 15)
packed_entries("entries-zstd-bomb", lambda b: zstd_frame(b.entries + bytes(20_000_000), len(b.entries)), "T093: 20 MB in a frame that declares less, signed.", "E-INTEGRITY-ZSTD-DAMAGED")
packed_entries("entries-not-zstd", lambda b: b.entries, "Not compressed at all, signed.", "E-INTEGRITY-ZSTD-FORMAT")

@scenario("entries-other-text", "entries rejected", 11, "E-INTEGRITY-ENTRIES", "ENTRIES.zst holds another text of the same length, signed.")
def _():
    def edit(b): b.entries_file = zstd(b.entries.replace(b"InRelease", b"InRelfase"))
    return one_medium(build(edit_packed=edit))

# Chunks.

@scenario("chunk-missing", "incomplete", 12, None, "T068", Missing=1, Lost=2)
def _(): return one_medium(build(), files={"chunks/000001.tar": None})

@scenario("all-chunks-missing", "incomplete", 12, None, "T068", Missing=2, Lost=6)
def _(): return {"medium-1": build().side_files()}

def chunk_scenario(name, change, comment, chunk=0, lost=None, **fields):
    fields = {"Damaged": 1, "Lost": lost, **fields}
    @scenario(name, "chunk rejected", 11, None, comment, **{k: v for k, v in fields.items() if v is not None})
    def _():
        b = build()
        name = list(b.chunk_files())[chunk]
        return one_medium(b, files={name: change(b.chunks[chunk])})

chunk_scenario("chunk-empty", lambda c: b"", "T075: no bytes.", lost=2)
chunk_scenario("chunk-truncated", lambda c: c[:-512], "T073: cut in its end.", lost=2)
chunk_scenario("chunk-truncated-at-member", lambda c: c[:1536], "T073: cut at a member boundary, where tar sees a clean end.", lost=2)
chunk_scenario("chunk-extended", lambda c: c + bytes(512), "T074: a block more.", lost=2)
chunk_scenario("chunk-with-second-archive", lambda c: c + c, "T074: a second archive behind.", lost=2)
chunk_scenario("chunk-header-flipped", lambda c: flip(c, 100), "T003: one bit of a header; the contents are whole.", lost=0)
chunk_scenario("chunk-content-flipped", lambda c: flip(c, 600), "T004: one bit of a content.", lost=1)
chunk_scenario("chunk-padding-flipped", lambda c: flip(c, 512 + 800), "One bit between two members; the contents are whole.", lost=0)
chunk_scenario("chunk-end-flipped", lambda c: flip(c, -1), "T005: one bit of the last block; the contents are whole.", lost=0)
chunk_scenario("compressed-chunk-flipped", lambda c: flip(c, 60), "T004", chunk=1, lost=4)
chunk_scenario("compressed-chunk-with-second-frame", lambda c: c + zstd(b""), "T074", chunk=1, lost=4)
chunk_scenario("chunk-recompressed", lambda c: zstd(subprocess.run(["zstd", "-dc"], input=c, capture_output=True).stdout, level=1) + b"", "T006: the same content, other bytes.", chunk=1, lost=4)
chunk_scenario("chunk-of-another-bundle", lambda c: Bundle({"stable": {**sample()["stable"], "pool/a_1_all.deb": junk("other", 700)}}).archives[0], "T060: a chunk of the same name and size from another bundle.", lost=1)

@scenario("chunks-swapped", "chunk rejected", 11, None, "T060: two chunks under each other's name.", Damaged=2, Lost=2)
def _():
    b = build(snapshots={"s": {"a.deb": junk("a", 40_000), "b.deb": junk("b", 40_000)}})
    return one_medium(b, files={"chunks/000001.tar": b.chunks[1], "chunks/000002.tar": b.chunks[0]})

@scenario("chunk-is-directory", "incomplete", 12, None, "T075", Missing=1, Lost=2, Strangers=1)
def _(): return one_medium(build(), files={"chunks/000001.tar": None, "chunks/000001.tar/file": b"x"})

@scenario("chunk-is-link", "incomplete", 12, None, "T075: a link to the very file is not followed.", Missing=1, Lost=2, Strangers=2)
def _():
    b = build()
    # The file itself is too short, or it would be found by its size.
    return one_medium(b, files={"chunks/000001.tar": Path("../../chunk"), "chunk": b"x"})

def archive_scenario(name, edit, comment, expect="chunk rejected", code=None, exit=11, **fields):
    @scenario(name, expect, exit, code, comment, **fields)
    def _(): return one_medium(build(edit))

def rewrite(index, change):
    def edit(b): b.archives[index] = change(b.archives[index])
    return edit

def header_change(change):
    """Alters the first header and makes its checksum right again."""
    def alter(archive):
        header = bytearray(archive[:512])
        change(header)
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        return bytes(header) + archive[512:]
    return rewrite(0, alter)

def put(at, value):
    def change(header): header[at:at + len(value)] = value
    return change

WHOLE = dict(Damaged=1, Lost=0)
archive_scenario("member-climbs", header_change(put(0, b"../../etc/cron.d/evil\0\0\0\0\0")), "T089: the archive says another name than ENTRIES; signed.", **WHOLE)
archive_scenario("member-setuid", header_change(put(100, b"0004755")), "T091: another mode; signed.", **WHOLE)
archive_scenario("member-is-symlink", header_change(lambda h: (put(156, b"2")(h), put(157, b"/etc/passwd")(h))), "T090: another type; signed.", **WHOLE)
archive_scenario("member-is-device", header_change(lambda h: (put(156, b"3")(h), put(329, b"0000001")(h))), "T091; signed.", **WHOLE)
archive_scenario("member-is-sparse", header_change(put(156, b"S")), "T092; signed.", **WHOLE)
archive_scenario("member-with-owner", header_change(put(265, b"root")), "T091: a user name; signed.", **WHOLE)
archive_scenario("padding-not-zero", rewrite(0, lambda a: flip(a, 512 + 800)), "Bytes between contents that ENTRIES does not speak of; signed.", **WHOLE)
archive_scenario("end-not-zero", rewrite(0, lambda a: flip(a, -1)), "Signed.", **WHOLE)
archive_scenario("content-of-another-hash", rewrite(0, lambda a: flip(a, 600)), "T095: ENTRIES names another content; signed.", Damaged=1, Lost=1)
archive_scenario("member-not-in-entries", rewrite(0, lambda a: a[:-1024] + member_header(b"stable/extra", 4) + pad(b"evil") + bytes(1024)), "T095: a member more; signed.", "entries rejected", "E-INTEGRITY-ENTRIES")
archive_scenario("member-twice", rewrite(0, lambda a: a[:1536] + a), "T095: a member twice; signed.", "entries rejected", "E-INTEGRITY-ENTRIES")
archive_scenario("member-missing", rewrite(0, lambda a: a[1536:]), "T095: a member less; signed.", "entries rejected", "E-INTEGRITY-ENTRIES")
archive_scenario("no-end-of-archive", rewrite(0, lambda a: a[:-1024]), "Signed.", "entries rejected", "E-INTEGRITY-ENTRIES")

def packed_chunk(name, pack, comment, lost=4):
    @scenario(name, "chunk rejected", 11, None, comment, Damaged=1, Lost=lost)
    def _():
        def edit(b): b.chunks[1] = pack(b.archives[1])
        return one_medium(build(edit_packed=edit))

packed_chunk("chunk-zstd-two-frames", lambda a: zstd(a[:1024]) + zstd(a[1024:]), "Signed.")
packed_chunk("chunk-zstd-frame-behind", lambda a: zstd(a) + zstd(b"x"), "A second frame behind; signed.", lost=None)
packed_chunk("chunk-zstd-skippable", lambda a: SKIPPABLE + zstd(a), "Signed.")
packed_chunk("chunk-zstd-no-checksum", lambda a: zstd(a, "--no-check"), "Signed.")
packed_chunk("chunk-zstd-window", lambda a: zstd_frame(a, len(a), 31), "T094, signed.")
packed_chunk("chunk-zstd-bomb", lambda a: zstd_frame(a + bytes(20_000_000), len(a)), "T093: more than MANIFEST states; signed.", lost=None)
packed_chunk("chunk-zstd-declares-more", lambda a: zstd_frame(a, len(a) + 512), "The frame declares more than MANIFEST; signed.")
packed_chunk("chunk-zstd-too-short", lambda a: zstd_frame(a[:-512], len(a)), "The frame holds less than it declares; signed.", lost=None)

# Acceptance: what the site knows decides.

def acceptance(name, expect, exit, code, comment, head=(), sequence=4, created=CREATED, **fields):
    @scenario(name, expect, exit, code, comment, **fields)
    def _():
        def edit(b): b.extra_head, b.created = list(head), created
        return one_medium(build(edit, sequence=sequence))

acceptance("sequence-gap", "success", 0, None, "T062: sequence 3 was never seen.", Highest=2)
acceptance("same-bundle-again", "success", 0, None, "T054: nothing to do.", Highest=4, Same="this")
acceptance("older-sequence", "freshness", 13, "E-FRESHNESS-ROLLBACK", "T055", Highest=5)
acceptance("same-sequence-other-bundle", "freshness", 13, "E-FRESHNESS-EQUIVOCATION", "T056: an alarm.", Highest=4, Same=sha(b"other"))
acceptance("largest-sequence", "success", 0, None, "T063: no number overflows.", sequence=2**63 - 1, Highest=1)
acceptance("expired", "freshness", 13, "E-FRESHNESS-EXPIRED", "T040: a second ago.", head=["Expires: 2026-01-31T23:59:59Z"])
acceptance("expired-by-newest-accepted", "freshness", 13, "E-FRESHNESS-EXPIRED", "T040: the clock is a little behind what was accepted.", head=["Expires: 2026-02-01T06:00:00Z"], Newest="2026-02-01T12:00:00Z")
acceptance("clock-behind", "freshness", 13, "E-FRESHNESS-CLOCK-BEHIND", "T037: a bundle made two days later has been accepted.", Newest="2026-02-03T00:00:00Z")
acceptance("made-in-the-future", "freshness", 13, "E-FRESHNESS-FUTURE", "T039: Created is two days after now.", created="2026-02-03T00:00:00Z")
acceptance("other-site", "policy", 19, "E-POLICY-OTHER-SITE", "T064", head=["Site: south"], Site="north")

# --- writing -------------------------------------------------------------------------------------

def write(root, files):
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, Path): path.symlink_to(data)
        else: path.write_bytes(data)

def main():
    try:
        if "--new-keys" in sys.argv:
            gpg.make_keys()
        gpg.load()
        for old in HERE.iterdir():
            if (old / "VERDICT").exists(): shutil.rmtree(old)
        seen = set()
        for name, expect, exit, code, comment, fields, make in scenarios:
            assert name not in seen, name
            seen.add(name)
            root = HERE / name
            for medium, files in make().items(): write(root / medium, files)
            lines = [f"Expect: {expect}", f"Exit: {exit}"]
            if code: lines.append(f"Code: {code}")
            lines.append(f"Now: {fields.pop('Now', NOW)}")
            lines.append(f"Keys: {fields.pop('Keys', 'exporter')}")
            lines += [f"{key}: {value}" for key, value in fields.items() if value is not None]
            lines.append(f"Comment: {comment}")
            (root / "VERDICT").write_text("\n".join(lines) + "\n")
        print(f"{len(seen)} scenarios")
    finally:
        gpg.close()

if __name__ == "__main__":
    main()
