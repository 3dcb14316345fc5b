internal import SafeIO

/// A package of one version and architecture, as messages call it.
package struct PackageLabel: Hashable, Sendable, Comparable {
  package let name: String
  package let version: String
  package let architecture: String

  package init(name: String, version: String, architecture: String) {
    (self.name, self.version, self.architecture) = (name, version, architecture)
  }

  /// `nginx 1.22.1-9 amd64`.
  package var text: String { "\(name) \(version) \(architecture)" }

  package static func < (left: PackageLabel, right: PackageLabel) -> Bool {
    (left.name, left.architecture, left.version) < (right.name, right.architecture, right.version)
  }
}

/// Where a stanza stands: in which of the indexes that were read, and where in its plain text.
package struct StanzaPlace: Hashable, Sendable, Comparable {
  /// The number that whoever read the index gave it.
  package let index: Int
  /// As `PackageStanza.extent` has it: without the blank line behind it.
  package let extent: Range<UInt64>

  package init(index: Int, extent: Range<UInt64>) { (self.index, self.extent) = (index, extent) }

  package static func < (left: StanzaPlace, right: StanzaPlace) -> Bool {
    (left.index, left.extent.lowerBound) < (right.index, right.extent.lowerBound)
  }
}

/// By which field one package wants another.
package enum RelationField: String, Sendable, Hashable, CaseIterable {
  case preDepends = "Pre-Depends"
  case depends = "Depends"
  case recommends = "Recommends"
  case suggests = "Suggests"
  case conflicts = "Conflicts"
  case breaks = "Breaks"
}
