internal import DebianRepository
internal import SafeIO

/// Version, maintainer and time of a package: what its changelog says, and what else does.
struct PackageFacts {
  let version: String
  let maintainer: String
  let time: UTCTime
  let changelog: [UInt8]
  let isDated: Bool

  /// - Throws: `usage` where something is said nowhere, or in two ways.
  init(
    _ text: ControlText,
    name: String,
    source: String,
    _ log: DebianChangelog?,
    version given: ControlText.Field? = nil,
    maintainer named: ControlText.Field? = nil,
    _ settings: MetapackageFile.Settings
  ) throws(Failure) {
    if let log, log.source != name, log.source != source {
      throw text.refusal(
        nil,
        "the changelog is that of \(log.source), not of \(source.isEmpty ? name : source)",
        "name the changelog of this package in the field Changelog, or move the other one away"
      )
    }
    version = try PackageFacts.version(text, log, given, settings.version)
    maintainer = try PackageFacts.maintainer(text, log, named, settings.maintainer)
    guard let time = log?.time ?? settings.time else {
      throw Failure(.internal, "metapackage-time", "nobody said a time for the package")
    }
    (self.time, isDated) = (time, log != nil)
    let own = DebianChangelog(package: name, version: version, maintainer: maintainer, time: time)
    changelog = (log ?? own).text
  }

  private static func version(
    _ text: ControlText,
    _ log: DebianChangelog?,
    _ field: ControlText.Field?,
    _ setting: String?
  ) throws(Failure) -> String {
    let said = [field?.folded, setting, log?.version].compactMap { $0 }
    guard let version = said.first else {
      throw text.refusal(
        nil,
        "nothing says the version of the package",
        "add a field Version, a changelog beside the file, or --package-version"
      )
    }
    guard DebianVersion(version)?.isWellFormed == true else {
      throw text.refusal(
        field?.number,
        "“\(version)” cannot be a version",
        "write it as 1.0 or 1.0-1"
      )
    }
    if let other = said.first(where: { $0 != version }) {
      throw text.refusal(
        field?.number,
        "the version is \(version) here and \(other) there",
        "let the newest entry of the changelog, the field Version and the option say the same"
      )
    }
    return version
  }

  private static func maintainer(
    _ text: ControlText,
    _ log: DebianChangelog?,
    _ field: ControlText.Field?,
    _ setting: String?
  ) throws(Failure) -> String {
    guard let maintainer = field?.folded ?? setting ?? log?.maintainer else {
      throw text.refusal(
        nil,
        "nothing says who maintains the package",
        "add --maintainer 'Name <mail@example.org>', or a field Maintainer"
      )
    }
    guard ControlText.isMaintainer(maintainer) else {
      throw text.refusal(
        field?.number,
        "“\(maintainer)” is no name with an address",
        "write “Name <mail@example.org>”"
      )
    }
    return maintainer
  }

  /// The copyright of a package that says none.
  func copyright(_ name: String) -> [UInt8] {
    Array(
      """
      Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
      Upstream-Name: \(name)

      Files: *
      Copyright: \(time.calendar.year) \(maintainer)
      License: FSFAP

      License: FSFAP
       Copying and distribution of this file, with or without modification, are
       permitted in any medium without royalty provided the copyright notice and
       this notice are preserved. This file is offered as-is, without any warranty.

      """.utf8
    )
  }
}
