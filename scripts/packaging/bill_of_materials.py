"""What a package is made of, in CycloneDX 1.6."""

import hashlib
import json
import re
import subprocess
import uuid

from packaging import copyright_file


def text(package, binary, release, scratch):
    """The document, the same for the same binary."""
    digest = hashlib.sha256(binary.read_bytes()).hexdigest()
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": f"{release.date}T00:00:00Z",
            "component": {"type": "application", "bom-ref": package, "name": package,
                          "version": release.version,
                          "hashes": [{"alg": "SHA-256", "content": digest}]},
        },
        "components": swift_packages(binary, scratch) + libraries(binary),
    }
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def linked_modules(binary):
    """The names of the Swift modules that have symbols in the program, which is not stripped yet."""
    listing = subprocess.run(["nm", binary], check=True, capture_output=True, text=True).stdout
    modules = set()
    for length, rest in set(re.findall(r" \$s(\d+)([A-Za-z_]\w{0,60})", listing)):
        modules.add(rest[:int(length)])
    return modules


def swift_packages(binary, scratch):
    """The packages that are linked in, by their pins; revisions may be those of a mirror."""
    pins = json.loads((scratch.parent.parent / "Package.resolved").read_text())["pins"]
    modules = linked_modules(binary)
    components = []
    for pin in sorted(pins, key=lambda pin: pin["identity"]):
        checkout = scratch / "checkouts" / re.sub(r".*/|\.git$", "", pin["location"])
        directories = {path.name for path in [*checkout.iterdir(), *checkout.glob("Sources/*")]}
        if not directories & modules:
            continue
        place = re.sub(r"^https://|\.git$", "", pin["location"])
        version = pin["state"]["version"]
        components.append({
            "type": "library", "bom-ref": f"swift:{pin['identity']}", "name": pin["identity"],
            "version": version, "purl": f"pkg:swift/{place}@{version}",
            "licenses": [{"license": {"id": copyright_file.licence(pin["identity"])}}],
        })
    return components


def libraries(binary):
    """The Debian packages of the libraries that the program loads."""
    listing = subprocess.run(["ldd", binary], check=True, capture_output=True, text=True).stdout
    owners = set()
    for path in re.findall(r"=> (/\S+)", listing):
        # Where / and /usr are one, dpkg knows the file by either name.
        names = [path, path.removeprefix("/usr") if path.startswith("/usr") else "/usr" + path]
        for name in names:
            done = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True)
            if done.returncode == 0:
                owners.add(done.stdout.split(":")[0])
                break
    components = []
    for owner in sorted(owners):
        version, source = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version} ${source:Package}", owner], check=True,
            capture_output=True, text=True).stdout.split()
        components.append({"type": "library", "bom-ref": f"deb:{owner}", "name": owner,
                           "version": version,
                           "purl": f"pkg:deb/debian/{owner}@{version}?arch=amd64"})
    return components
