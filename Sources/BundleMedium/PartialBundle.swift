private import BundleFormat
package import SafeIO

/// The directory of a bundle that is being written: `<stream>-<sequence>.partial` until it is
/// finished.
///
/// It lies on a medium, where others may have put it, or something into it. So it is taken up only
/// when everything in it has a name that we write, and gets its final name only when it has exactly
/// what was written.
package struct PartialBundle {
  /// The suffix of a directory that is not finished.
  package static let suffix = ".partial"

  /// The directory.
  package let directory: Directory
  /// The one for chunks in it.
  package let chunks: Directory
  private let name: String
  private let parent: Directory

  /// Begins a bundle's directory below `parent`, or takes an interrupted one up.
  ///
  /// - Parameters:
  ///   - name: what the finished bundle is called.
  ///   - parent: the medium.
  ///   - isDiscarded: whether what is there is removed first, whatever it is.
  ///   - mayHaveFiles: whether resent files may be in it.
  /// - Throws: `unsafe` when something is in it that no export writes.
  package init(
    _ name: String,
    in parent: Directory,
    isDiscarded: Bool,
    mayHaveFiles: Bool = false
  ) throws(Failure) {
    let partial = name + PartialBundle.suffix
    if isDiscarded {
      _ = try parent.removeTree(partial)
    } else {
      try PartialBundle.refuseStrangers(name, in: parent, mayHaveFiles: mayHaveFiles)
    }
    self.name = name
    self.parent = parent
    _ = try parent.makeDirectory(partial)
    directory = try parent.directory(partial)
    _ = try directory.makeDirectory("chunks")
    chunks = try directory.directory("chunks")
  }

  /// Refuses what is there of a bundle's unfinished directory when no export wrote all of it.
  package static func refuseStrangers(
    _ name: String,
    in parent: Directory,
    mayHaveFiles: Bool = false
  ) throws(Failure) {
    let partial = name + suffix
    guard let status = try parent.status(partial) else { return }
    guard status.kind == .directory else {
      throw foreign([], "\(status.noun) has its name", parent.describe(partial))
    }
    let directory = try parent.directory(partial)
    var found = try strangers(in: directory) { name in
      switch name {
      case "chunks": .directory
      case ResentFiles.directory where mayHaveFiles: .directory
      case ParityList.directory: .directory
      default: listNames.contains(unfinished(name)) ? .regular : nil
      }
    }
    if let parity = try subdirectory(ParityList.directory, of: directory) {
      found += try strangers(in: parity) { name in
        let isOurs =
          listNames.contains(unfinished(name)) || ParityList.isFileName(unfinished(name))
        return isOurs ? .regular : nil
      }
    }
    if let chunks = try subdirectory("chunks", of: directory) {
      found += try strangers(in: chunks) { Manifest.isChunkName(unfinished($0)) ? .regular : nil }
    }
    if mayHaveFiles, let files = try subdirectory(ResentFiles.directory, of: directory) {
      found += try strangers(in: files) {
        SHA256Digest(hex: unfinished($0)) == nil ? nil : .regular
      }
    }
    if !found.isEmpty { throw foreign(found, "other things are in it", directory.path) }
  }

  /// The lists that a bundle may have.
  private static let listNames =
    BundleWriter.listNames + [ParityList.name, ParityList.tableName]

  /// The name that a file gets when it is written whole.
  private static func unfinished(_ name: String) -> String {
    name.hasSuffix(".part") ? String(name.dropLast(5)) : name
  }

  private static func subdirectory(
    _ name: String,
    of directory: Directory
  ) throws(Failure) -> Directory? {
    guard try directory.status(name)?.kind == .directory else { return nil }
    return try directory.directory(name)
  }

  /// What is not of the kind that its name asks for; nil stands for a name that nothing may have.
  private static func strangers(
    in directory: Directory,
    _ kind: (String) -> FileStatus.Kind?
  ) throws(Failure) -> [String] {
    let odd = try directory.list().filter { kind($0.name) != $0.kind }.map(\.name)
    return (odd + (try directory.unreadableNames())).map { directory.describe($0) }
  }

  private static func foreign(
    _ found: [String],
    _ what: String,
    _ place: String
  ) -> Failure {
    Failure(
      .unsafe,
      "foreign-files",
      "this is not an unfinished bundle as an export leaves it: \(what)",
      subject: place,
      hint: "move away what is yours, then run the same command again with --discard-partial, "
        + "which removes all of it and begins anew",
      details: found
    )
  }

  /// Gives the bundle its name, and makes all of it durable: a medium may be pulled then.
  ///
  /// - Parameters:
  ///   - chunks: the names of the chunks that were written.
  ///   - files: the names of the resent files.
  ///   - parity: the names of the files of parity; nil for a bundle without.
  ///   - lists: those that the bundle has, also a second time beside parity.
  /// - Throws: `unsafe` when the directory has anything else, or lacks something.
  package func finish(
    chunks: [String],
    files: [String] = [],
    parity: [String]? = nil,
    lists: [String] = BundleWriter.listNames
  ) throws(Failure) {
    let subdirectories =
      ["chunks"] + (files.isEmpty ? [] : [ResentFiles.directory])
      + (parity == nil ? [] : [ParityList.directory])
    try expect(lists, subdirectories, in: directory)
    try expect(chunks, in: self.chunks)
    if let parity {
      try expect(lists + parity, in: directory.directory(ParityList.directory))
    }
    if !files.isEmpty { try expect(files, in: directory.directory(ResentFiles.directory)) }
    guard
      try parent.renameWithoutReplacing(name + PartialBundle.suffix, to: parent, as: name)
    else {
      throw Failure(
        .state,
        "bundle-exists",
        "there is already something with this name",
        subject: parent.describe(name),
        hint: "move it away, or use another directory"
      )
    }
    // vfat makes a new entry for the renamed directory too, which is empty until this.
    try directory.sync()
    try parent.sync()
    try parent.syncFileSystem()
  }

  private func expect(
    _ files: [String],
    _ directories: [String] = [],
    in directory: Directory
  ) throws(Failure) {
    var wanted: [String: FileStatus.Kind] = [:]
    for name in files { wanted[name] = .regular }
    for name in directories { wanted[name] = .directory }
    let found = try directory.list()
    var wrong = found.filter { wanted[$0.name] != $0.kind }.map(\.name)
    wrong += try directory.unreadableNames()
    wrong += Set(wanted.keys).subtracting(found.map(\.name)).sorted().map { $0 + " is missing" }
    guard wrong.isEmpty else {
      throw PartialBundle.foreign(
        wrong.map { directory.describe($0) },
        "it changed while it was written",
        directory.path
      )
    }
  }

  /// Makes everything durable of a bundle that has its name already, from a run that was stopped
  /// before it could.
  package static func settle(_ name: String, in parent: Directory) throws(Failure) {
    let bundle = try parent.directory(name)
    let parts = try ["chunks", ResentFiles.directory, ParityList.directory].map {
      (name) throws(Failure) in
      try subdirectory(name, of: bundle)
    }
    for directory in parts.compactMap({ $0 }) + [bundle] {
      for entry in try directory.list() where entry.kind == .regular {
        try directory.file(entry.name).sync()
      }
      try directory.sync()
    }
    try parent.sync()
    try parent.syncFileSystem()
  }
}
