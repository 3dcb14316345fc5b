internal import Depot
package import SafeIO

/// What a generation changed of its publication's package files.
package struct GenerationChange: Hashable, Sendable {
  /// The number of the generation.
  package let number: UInt64
  /// When it was made.
  package let made: UTCTime
  /// How many files it has that the one before has not.
  package let added: Int
  /// How many files the one before has and it has not.
  package let removed: Int
}

extension Session {
  /// What each generation that is there changed against the one before it, oldest first.
  package func publicationChanges(
    of prefix: String
  ) throws(Failure) -> [GenerationChange] {
    let catalogue = try depot().catalogue
    var changes: [GenerationChange] = []
    var before: Set<SHA256Digest>?
    for record in try catalogue.generations(at: prefix) where record.state != .prepared {
      let list = try catalogue.fileList(record.listing, name: "the listing of \(prefix)")
      var files: Set<SHA256Digest> = []
      for index in 0..<list.count where isPackage(list.pathBytes(at: index)) {
        files.insert(list.digest(at: index))
      }
      if let before {
        changes.append(
          GenerationChange(
            number: record.number,
            made: record.made,
            added: files.subtracting(before).count,
            removed: before.subtracting(files).count
          )
        )
      }
      before = files
    }
    return changes
  }

  private func isPackage(_ path: ArraySlice<UInt8>) -> Bool {
    [".deb", ".udeb", ".ddeb", ".dsc"].contains {
      path.suffix($0.utf8.count).elementsEqual($0.utf8)
    }
  }
}
