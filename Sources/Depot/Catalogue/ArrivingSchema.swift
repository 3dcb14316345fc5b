/// The table of bundles of which some chunks have arrived.
enum ArrivingSchema {
  // A staging and `arrival` have the digest of MANIFEST alone, which says nothing to people.
  static let script = """
    CREATE TABLE arriving (
      manifest BLOB NOT NULL PRIMARY KEY CHECK (length(manifest) = 32),
      bundle TEXT NOT NULL,
      chunks INTEGER NOT NULL CHECK (chunks >= 0)
    ) STRICT;
    """
}
