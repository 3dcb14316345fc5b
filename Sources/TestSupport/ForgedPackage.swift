/// A package that `RepositoryForge` makes: a real `.deb` (or `.udeb`) with real control data.
package struct ForgedPackage: Hashable, Sendable {
  package var name: String
  package var version = "1.0-1"
  package var architecture = "amd64"
  /// The value of Depends; none when empty.
  package var depends = ""
  /// Further control fields, name and value.
  package var fields: [String: String] = [:]
  /// The short description; nil for one that names the package.
  package var summary: String?
  /// How many incompressible bytes lie in the package.
  package var payload = 300
  /// Whether it is for the installer.
  package var isUdeb = false
  /// Whether the suite also has a source package of this name.
  package var hasSource = false

  package init(
    _ name: String,
    version: String = "1.0-1",
    architecture: String = "amd64",
    depends: String = "",
    fields: [String: String] = [:],
    payload: Int = 300,
    isUdeb: Bool = false,
    hasSource: Bool = false
  ) {
    self.name = name
    self.version = version
    self.architecture = architecture
    self.depends = depends
    self.fields = fields
    self.payload = payload
    self.isUdeb = isUdeb
    self.hasSource = hasSource
  }

  /// The version as file names have it, without the epoch.
  var versionInNames: String {
    version.split(separator: ":", maxSplits: 1).last.map(String.init) ?? version
  }

  /// The file's name in the pool.
  package var fileName: String {
    "\(name)_\(versionInNames)_\(architecture).\(isUdeb ? "udeb" : "deb")"
  }

  /// The upstream part of the version, which source packages are named by.
  var sourceVersion: String { versionInNames.replacing("-", with: "+") }

  var control: String {
    var text = """
      Package: \(name)
      Version: \(version)
      Architecture: \(architecture)
      Maintainer: Test Vendor <vendor@repository.example>
      Installed-Size: \(payload / 1024 + 1)
      Section: \(isUdeb ? "debian-installer" : "misc")
      Priority: optional

      """
    if !depends.isEmpty { text += "Depends: \(depends)\n" }
    for (field, value) in fields.sorted(by: { $0.key < $1.key }) { text += "\(field): \(value)\n" }
    let summary = summary ?? "the package \(name)"
    return text + "Description: \(summary)\n The long description of \(name).\n"
  }

  /// Bytes that do not compress, and are the same in every run.
  var payloadBytes: [UInt8] {
    var state: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in fileName.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payload + 8)
    while bytes.count < payload {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      var word = state
      for _ in 0..<8 {
        bytes.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
      }
    }
    bytes.removeLast(bytes.count - payload)
    return bytes
  }
}
