/// The table of the addresses of snapshots that must not end.
enum HoldSchema {
  // Rows outlive generations: which one serves the address changes.
  static let script = """
    CREATE TABLE publication_hold (
      prefix TEXT NOT NULL,
      snapshot TEXT NOT NULL,
      made INTEGER NOT NULL,
      reason TEXT NOT NULL,
      PRIMARY KEY (prefix, snapshot)
    ) STRICT;
    """
}
