/// The table of what people say of snapshots.
enum SnapshotDescriptionSchema {
  static let script = """
    CREATE TABLE snapshot_description (
      snapshot TEXT NOT NULL PRIMARY KEY REFERENCES snapshot (name) ON DELETE CASCADE,
      description TEXT NOT NULL CHECK (description <> '')
    ) STRICT;
    """
}
