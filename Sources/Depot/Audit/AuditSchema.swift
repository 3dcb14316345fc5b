/// The tables of the catalogue that have to do with audit logs.
enum AuditSchema {
  // How far this depot's own log had come, in the transaction of each change; and heads of other
  // logs, as bundles and receipts brought them.
  static let script = """
    CREATE TABLE audit_checkpoint (
      row INTEGER NOT NULL PRIMARY KEY CHECK (row = 1),
      sequence INTEGER NOT NULL CHECK (sequence > 0),
      digest BLOB NOT NULL CHECK (length(digest) = 32)
    ) STRICT;
    CREATE TABLE audit_head (
      log TEXT NOT NULL,
      sequence INTEGER NOT NULL CHECK (sequence > 0),
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      seen INTEGER NOT NULL,
      source TEXT NOT NULL,
      PRIMARY KEY (log, sequence, digest)
    ) STRICT;
    """
}
