package import SafeIO

/// The append-only record of what was done to a depot: `audit.log`.
///
/// Each line is a JSON object that names the digest of the line before it, so that no record can
/// be altered, removed or moved without all later ones telling (docs/formats/audit-log.md). A command
/// appends a record before it changes anything and another one before it says that it succeeded.
package final class AuditLog: Sendable {
  package static let fileName = "audit.log"
  static let lockName = "audit.lock"
  /// The byte of the lock file that is locked to append; byte N says that the command of record N
  /// is running.
  static let appendByte: UInt64 = 0
  /// How long another command may take to append, in seconds.
  private static let patience = 30.0
  /// Kept free behind the last record, so that a command that could begin can say how it ended.
  private static let reserve: UInt64 = 4 * UInt64(AuditLineWriter.longestLine)

  let root: Directory
  /// The file; a copy elsewhere may have any name.
  private let name: String
  /// Whether it is a copy, which no command writes to and nothing locks.
  private let isCopy: Bool

  /// The log of the depot in a directory; nothing is opened or made yet.
  package init(in root: Directory) { (self.root, name, isCopy) = (root, AuditLog.fileName, false) }

  /// A copy of some log, to be read only.
  ///
  /// - Throws: `usage` when there is no such file.
  package init(copy path: String) throws(Failure) {
    let (parent, name) = NamedPath.split(path)
    (root, self.name, isCopy) = (try Directory(opening: parent), name, true)
    guard try root.status(name)?.kind == .regular else {
      throw Failure(.usage, "no-file", "there is no such file", subject: path)
    }
  }

  /// Where it is, for messages.
  package var path: String { root.describe(name) }

  static func damaged(_ path: String, _ what: String) -> Failure {
    Failure(
      .integrity,
      "audit-log",
      "the audit log is damaged: \(what)",
      subject: path,
      hint: "aptferry audit verify says where; keep the file elsewhere under another name, and the "
        + "next command begins a new one that says so"
    )
  }

  /// Records that a command begins; it may then, and only then, change something.
  package func begin(
    _ subject: AuditSubject,
    program: String,
    by actor: AuditActor = .current()
  ) throws(Failure) -> AuditEntry {
    do {
      return try appendBeginning(subject, program, actor)
    } catch {
      throw Failure(
        error.kind,
        error.name == .permission ? .permission : "audit-log",
        "the audit log cannot be written, and so nothing is done: \(error.reason)",
        subject: error.subject ?? path,
        hint: error.hint ?? "a command that changes something is recorded first; let \(path) be "
          + "writable"
      )
    }
  }

  private func appendBeginning(
    _ subject: AuditSubject,
    _ program: String,
    _ actor: AuditActor
  ) throws(Failure) -> AuditEntry {
    let locks = ByteLocks(try root.openOrCreateFile(AuditLog.lockName, mode: 0o600))
    try lock(locks)
    var writer = try AuditAppender(in: root)
    func draft(_ kind: AuditKind) -> AuditDraft {
      AuditDraft(kind: kind, time: .now(), program: program, actor: actor)
    }
    try writer.reserve(AuditLog.reserve)
    var isDead: [UInt64] = []
    for number in writer.tail.open where try !locks.isLocked(number) { isDead.append(number) }
    try writer.heal(draft(.healed))
    let beginnings = try writer.beginnings(isDead)
    for number in isDead {
      var ended = draft(.interrupted)
      ended.of = number
      if let begun = beginnings[number] {
        (ended.command, ended.about, ended.reason) = (begun.command, begun.about, begun.reason)
      }
      ended.message = "found by a later command: it ended without saying how"
      try writer.append(ended)
    }
    var begun = draft(.begun)
    (begun.command, begun.about, begun.reason) = (subject.command, subject.about, subject.reason)
    // Held as long as the process lives: it says that the record without an outcome is no dead one.
    guard try locks.tryLock(writer.nextSequence) else {
      throw Failure(.busy, "locked", "another command has this place in it", subject: path)
    }
    let head = try writer.append(begun)
    try writer.finish()
    try locks.unlock(AuditLog.appendByte)
    return AuditEntry(
      log: self,
      subject: subject,
      program: program,
      actor: actor,
      head: head,
      locks: locks
    )
  }

  func lock(_ locks: borrowing ByteLocks) throws(Failure) {
    guard try locks.lock(AuditLog.appendByte, within: AuditLog.patience) else {
      throw Failure(
        .busy,
        "locked",
        "another command has been writing to it for \(Int(AuditLog.patience)) seconds",
        subject: path,
        hint: "wait for the other command to end and run the same command again"
      )
    }
  }

  /// The newest whole record; nil when there is no log or it is empty.
  package func head() throws(Failure) -> AuditHead? { try tail()?.head }

  func tail() throws(Failure) -> AuditTail? {
    guard let content = try openToRead() else { return nil }
    return try AuditTail(of: content.file, size: content.size)
  }

  /// Opens the log for reading, and says where it ends between two records; nil when there is none.
  func openToRead() throws(Failure) -> AuditContent? {
    guard try root.status(name) != nil else { return nil }
    let file = try root.file(name)
    // Nothing can be half written while the lock is shared; a depot without the lock has no writer.
    guard !isCopy, try root.status(AuditLog.lockName) != nil else {
      return AuditContent(size: try file.status().size, file: file)
    }
    let locks = ByteLocks(try root.file(AuditLog.lockName))
    guard try locks.lock(AuditLog.appendByte, isShared: true, within: AuditLog.patience) else {
      throw Failure(.busy, "locked", "another command is writing to it", subject: path)
    }
    let size = try file.status().size
    return AuditContent(size: size, file: file)
  }

  /// Whether the command of a record that has no outcome is still at work.
  func isRunning(_ sequence: UInt64) throws(Failure) -> Bool {
    guard !isCopy, try root.status(AuditLog.lockName) != nil else { return false }
    return try ByteLocks(try root.file(AuditLog.lockName)).isLocked(sequence)
  }
}

/// A log that is open for reading, up to where a record ended when it was opened.
struct AuditContent: ~Copyable {
  let size: UInt64
  let file: OpenFile
}

/// Appends records to a log that is locked; nothing is durable before `finish`.
struct AuditAppender: ~Copyable {
  private let root: Directory
  private let file: OpenFile
  private(set) var tail: AuditTail
  private var size: UInt64

  init(in root: Directory) throws(Failure) {
    let file = try root.openToAppend(AuditLog.fileName, mode: 0o600)
    let size = try file.status().size
    if size == 0 {
      try file.setMode(0o600)
      try root.sync()
    }
    self.tail = try AuditTail(of: file, size: size)
    self.root = root
    self.size = size
    self.file = file
  }

  /// The number of the next record.
  var nextSequence: UInt64 { (tail.head?.sequence ?? 0) &+ 1 }

  /// Ends what a record that was never complete left, and says so; its bytes stay.
  mutating func heal(_ draft: AuditDraft) throws(Failure) {
    guard !tail.torn.isEmpty else { return }
    if tail.torn.last != 0x0a {
      // What ends in a brace would be a record with a line feed alone.
      let end: [UInt8] = tail.torn.last == 0x7d ? [0x20, 0x0a] : [0x0a]
      try file.write(end)
      size += UInt64(end.count)
      tail.torn += end
    }
    var draft = draft
    draft.torn = (UInt64(tail.torn.count), SHA256Digest.of(tail.torn))
    draft.message = "bytes before this record are the rest of one that was never complete"
    tail.torn = []
    try append(draft)
  }

  /// What the records of some beginnings say; they may be far behind.
  func beginnings(
    _ numbers: [UInt64]
  ) throws(Failure) -> [UInt64: AuditRecord.Content] {
    var found: [UInt64: AuditRecord.Content] = [:]
    guard !numbers.isEmpty else { return found }
    // The lock is held: nobody else writes.
    let content = AuditContent(size: size, file: try root.file(AuditLog.fileName))
    try AuditLog.forEachLine(of: content) { (text) throws(Failure) in
      guard let record = text.record, record.kind == .begun, numbers.contains(record.sequence)
      else { return }
      found[record.sequence] = AuditRecord(text).content
    }
    return found
  }

  /// Appends one record by one write; answers the new head.
  @discardableResult
  mutating func append(_ draft: AuditDraft) throws(Failure) -> AuditHead {
    let sequence = nextSequence
    guard sequence < 1 << 62 else {
      throw AuditLog.damaged(file.name, "its last record has an impossible number")
    }
    var open = tail.open
    if let of = draft.of, draft.kind.endsCommand { open.removeAll { $0 == of } }
    if draft.kind == .begun { open.append(sequence) }
    let previous = tail.head?.digest ?? AuditHead.none
    let line = draft.line(sequence: sequence, previous: previous, open: open)
    try file.write(line)
    size += UInt64(line.count)
    let head = AuditHead(sequence: sequence, digest: SHA256Digest.of(line))
    (tail.head, tail.open) = (head, open)
    return head
  }

  /// Has the file system keep space for more.
  func reserve(_ more: UInt64) throws(Failure) { _ = try file.preallocate(size + more) }

  /// Makes what was appended durable.
  func finish() throws(Failure) {
    guard try file.status().size == size else {
      throw Failure(
        .io,
        "short-write",
        "its length is wrong",
        subject: file.name
      )
    }
    try file.sync()
  }
}

extension AuditHead {
  /// What the first record names as the one before it.
  package static let none = SHA256Digest.zero
}
