"""A .deb as dpkg-deb would build it, without a process for each: there may be many thousand."""

import gzip
import io
import tarfile


def archive(files):
    """A tar.gz that is the same in every run."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), 1, mtime=0)


def deb(control, data):
    """The package of a control file, as bytes, and of what `archive` made of its files."""
    text = b"!<arch>\n"
    for name, content in (("debian-binary", b"2.0\n"),
                          ("control.tar.gz", archive([("./control", control)])),
                          ("data.tar.gz", data)):
        text += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        text += content + b"\n" * (len(content) % 2)
    return text
