/// The tables of `catalogue.sqlite`, one script for each version of the schema.
///
/// A script that has been released is never changed: the next version is another script.
enum CatalogueSchema {
  /// Stands in the file's header: "aptf".
  static let applicationID: Int64 = 0x6170_7466

  /// Script `n` brings a catalogue from version `n` to `n + 1`.
  static let scripts: [String] = [
    """
    CREATE TABLE snapshot (
      name TEXT NOT NULL PRIMARY KEY,
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      kind TEXT NOT NULL CHECK (kind IN ('verbatim', 'composed')),
      files INTEGER NOT NULL CHECK (files >= 0),
      bytes INTEGER NOT NULL CHECK (bytes >= 0),
      created INTEGER NOT NULL,
      origin TEXT NOT NULL
    ) STRICT;
    CREATE TABLE snapshot_suite (
      snapshot TEXT NOT NULL REFERENCES snapshot (name) ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      line TEXT NOT NULL,
      PRIMARY KEY (snapshot, position)
    ) STRICT;
    CREATE TABLE trust (
      fingerprint TEXT NOT NULL CHECK (length(fingerprint) >= 40),
      role TEXT NOT NULL CHECK (role IN ('exporter', 'upstream', 'site')),
      name TEXT NOT NULL,
      user_ids TEXT NOT NULL,
      material BLOB NOT NULL CHECK (length(material) > 0),
      added INTEGER NOT NULL,
      PRIMARY KEY (fingerprint, role, name)
    ) STRICT;
    CREATE TABLE export (
      stream TEXT NOT NULL,
      sequence INTEGER NOT NULL CHECK (sequence > 0),
      manifest BLOB NOT NULL CHECK (length(manifest) = 32),
      created INTEGER NOT NULL,
      bytes INTEGER NOT NULL CHECK (bytes >= 0),
      PRIMARY KEY (stream, sequence)
    ) STRICT;
    CREATE TABLE export_snapshot (
      stream TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      position INTEGER NOT NULL CHECK (position >= 0),
      name TEXT NOT NULL,
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      PRIMARY KEY (stream, sequence, position),
      FOREIGN KEY (stream, sequence) REFERENCES export (stream, sequence) ON DELETE CASCADE
    ) STRICT;
    CREATE TABLE export_intent (
      stream TEXT NOT NULL PRIMARY KEY,
      sequence INTEGER NOT NULL CHECK (sequence > 0),
      manifest BLOB NOT NULL CHECK (length(manifest) = 32),
      created INTEGER NOT NULL,
      bytes INTEGER NOT NULL CHECK (bytes >= 0),
      destination TEXT NOT NULL
    ) STRICT;
    CREATE TABLE export_intent_snapshot (
      stream TEXT NOT NULL REFERENCES export_intent (stream) ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      name TEXT NOT NULL,
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      PRIMARY KEY (stream, position)
    ) STRICT;
    CREATE TABLE accepted (
      exporter TEXT NOT NULL,
      stream TEXT NOT NULL,
      sequence INTEGER NOT NULL CHECK (sequence > 0),
      manifest BLOB NOT NULL CHECK (length(manifest) = 32),
      created INTEGER NOT NULL,
      accepted INTEGER NOT NULL,
      PRIMARY KEY (exporter, stream, sequence)
    ) STRICT;
    CREATE TABLE arrival (
      manifest BLOB NOT NULL CHECK (length(manifest) = 32),
      chunk INTEGER NOT NULL CHECK (chunk > 0),
      PRIMARY KEY (manifest, chunk)
    ) STRICT;
    CREATE TABLE clock (
      row INTEGER NOT NULL PRIMARY KEY CHECK (row = 1),
      newest INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE generation (
      prefix TEXT NOT NULL,
      number INTEGER NOT NULL CHECK (number > 0),
      state TEXT NOT NULL CHECK (state IN ('prepared', 'current', 'kept')),
      listing BLOB NOT NULL CHECK (length(listing) = 32),
      files INTEGER NOT NULL CHECK (files >= 0),
      bytes INTEGER NOT NULL CHECK (bytes >= 0),
      made INTEGER NOT NULL,
      PRIMARY KEY (prefix, number)
    ) STRICT;
    CREATE UNIQUE INDEX one_current_generation ON generation (prefix) WHERE state = 'current';
    CREATE UNIQUE INDEX one_prepared_generation ON generation (prefix) WHERE state = 'prepared';
    CREATE TABLE generation_snapshot (
      prefix TEXT NOT NULL,
      number INTEGER NOT NULL,
      position INTEGER NOT NULL CHECK (position >= 0),
      name TEXT NOT NULL,
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      PRIMARY KEY (prefix, number, position),
      FOREIGN KEY (prefix, number) REFERENCES generation (prefix, number) ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX generation_of_snapshot ON generation_snapshot (name);
    """,
    """
    CREATE TABLE mirror (
      name TEXT NOT NULL PRIMARY KEY,
      upstream TEXT NOT NULL,
      suites TEXT NOT NULL,
      components TEXT NOT NULL,
      architectures TEXT NOT NULL,
      kinds TEXT NOT NULL,
      allow_unsigned INTEGER NOT NULL CHECK (allow_unsigned IN (0, 1)),
      created INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE mirror_state (
      mirror TEXT NOT NULL REFERENCES mirror (name) ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      line TEXT NOT NULL,
      suite TEXT NOT NULL,
      codename TEXT NOT NULL,
      valid_until INTEGER,
      release BLOB NOT NULL CHECK (length(release) = 32),
      is_inrelease INTEGER NOT NULL CHECK (is_inrelease IN (0, 1)),
      last_modified TEXT NOT NULL,
      listing BLOB NOT NULL CHECK (length(listing) = 32),
      files INTEGER NOT NULL CHECK (files >= 0),
      bytes INTEGER NOT NULL CHECK (bytes >= 0),
      updated INTEGER NOT NULL,
      PRIMARY KEY (mirror, position)
    ) STRICT;
    CREATE TABLE mirror_index (
      mirror TEXT NOT NULL,
      position INTEGER NOT NULL,
      path TEXT NOT NULL,
      is_sources INTEGER NOT NULL CHECK (is_sources IN (0, 1)),
      packages INTEGER NOT NULL CHECK (packages >= 0),
      bytes INTEGER NOT NULL CHECK (bytes >= 0),
      PRIMARY KEY (mirror, position, path),
      FOREIGN KEY (mirror, position) REFERENCES mirror_state (mirror, position) ON DELETE CASCADE
    ) STRICT;
    """,
    publicationScript,
    AuditSchema.script,
    SitesSchema.script,
    TrustSchema.script,
    KeyStatementSchema.script,
    SigningSchema.script,
    LeftOutSchema.script,
    SnapshotDescriptionSchema.script,
    HoldSchema.script,
    ArrivingSchema.script,
    RepoSchema.script,
    RepoSchema.signatureScript,
    MirrorFilterSchema.script,
    APISchema.script,
    TargetSchema.script,
  ]

  // What a generation is made from, and the history of publications, which outlives generations.
  // A generation of before has no recipe; `pool` is 0 where a tree has all files for itself.
  private static let publicationScript = """
    CREATE TABLE generation_recipe (
      prefix TEXT NOT NULL,
      number INTEGER NOT NULL,
      recipe TEXT NOT NULL,
      pool INTEGER NOT NULL CHECK (pool >= 0),
      action TEXT NOT NULL CHECK (action IN ('publish', 'rollback', 'edit', 'remove')),
      reason TEXT NOT NULL,
      PRIMARY KEY (prefix, number),
      FOREIGN KEY (prefix, number) REFERENCES generation (prefix, number) ON DELETE CASCADE
    ) STRICT;
    CREATE TABLE publication_event (
      id INTEGER NOT NULL PRIMARY KEY,
      prefix TEXT NOT NULL,
      number INTEGER NOT NULL CHECK (number > 0),
      action TEXT NOT NULL CHECK (action IN ('publish', 'rollback', 'edit', 'remove')),
      made INTEGER NOT NULL,
      snapshots TEXT NOT NULL,
      reason TEXT NOT NULL
    ) STRICT;
    CREATE INDEX event_of_publication ON publication_event (prefix, id);
    """

  /// The version that this program writes.
  static var version: Int64 { Int64(scripts.count) }
}
