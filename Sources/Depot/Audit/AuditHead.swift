package import SafeIO

/// How far an audit log has come: its newest record, which vouches for every one before.
package struct AuditHead: Hashable, Sendable {
  /// The number of the record, from 1 on.
  package let sequence: UInt64
  /// The digest of the record's line, with the line feed that ends it.
  package let digest: SHA256Digest

  package init(sequence: UInt64, digest: SHA256Digest) {
    self.sequence = sequence
    self.digest = digest
  }

  /// `12:0123…`, as `audit verify` shows and takes it; nil for anything else.
  package init?(text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let sequence = DecimalNumber.read(parts[0]), sequence > 0,
      let digest = SHA256Digest(hex: parts[1])
    else { return nil }
    self.init(sequence: sequence, digest: digest)
  }

  /// `12:0123…`: the number of the record and its digest.
  package var text: String { "\(sequence):\(digest.hex)" }
}

/// The head of some log as somebody else knows it.
package struct AuditWitness: Hashable, Sendable {
  /// The head.
  package let head: AuditHead
  /// Who says so, for messages: the catalogue, a receipt, a bundle.
  package let source: String

  package init(_ head: AuditHead, source: String) {
    self.head = head
    self.source = source
  }
}
