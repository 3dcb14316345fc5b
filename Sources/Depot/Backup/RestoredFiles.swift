internal import SafeIO

/// What of a state comes back into a depot beside catalogue, audit log and content: files that a
/// depot has, and no others.
///
/// Others may have written to a backup. What no backup has, as links and pipes, is refused; of more
/// files than a depot has it is told that they are not taken.
struct RestoredFiles {
  private static let files: Set<String> = [Depot.signingKeyName, TokenList.fileName]
  /// The lists of bundles that were made, and of those that came in: Transfer and `KeptEvidence`
  /// write them.
  private static let trees: Set<String> = ["exports", "evidence"]

  private let state: Directory
  private let root: Directory
  /// What lies in the state and is not taken.
  private(set) var leftOut: [String] = []

  /// Brings all of it from a state into the directory of a depot; what an interrupted run left there is
  /// replaced.
  init(from state: Directory, to root: Directory) throws(Failure) {
    (self.state, self.root) = (state, root)
    try BackupFiles.requirePlain(state)
    try bringKeys()
    for entry in try state.list() where entry.name != KeyHome.name { try bring(entry) }
  }

  private mutating func bringKeys() throws(Failure) {
    // Nothing may stay in it that gpg would read.
    _ = try root.removeTree(KeyHome.name)
    let keys = try KeyHome(in: state, isState: true)
    try keys.copy(to: root)
    try KeyHome.writeSettings(in: root)
    leftOut += keys.leftOut
  }

  private mutating func bring(_ entry: Directory.Entry) throws(Failure) {
    switch entry.kind {
    case .regular where RestoredFiles.files.contains(entry.name):
      try BackupFiles.copy(entry.name, from: state, to: root)
    case .directory where RestoredFiles.trees.contains(entry.name):
      try BackupFiles.copyTree(entry.name, from: state, to: root, isState: true)
    case .regular where RestoredFiles.comesOtherwise(entry.name): break
    default: leftOut.append(entry.name)
    }
  }

  /// Whether it is a part of every state that is read elsewhere, or nothing that anybody misses.
  private static func comesOtherwise(_ name: String) -> Bool {
    name == DepotConfiguration.fileName || BackupFiles.isElsewhere(name)
  }
}
