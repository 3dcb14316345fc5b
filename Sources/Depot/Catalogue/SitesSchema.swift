/// The tables of what other sites hold, and of what this one has said to them.
enum SitesSchema {
  // `export_site`: the sites that a bundle is bound to. `export_detail` is missing for bundles of
  // before. `acknowledgement`: a bundle that a site is known to have taken in. `site_receipt`: the
  // newest signed receipt of each site, whole. `stream_floor`: sequences that a receipt has shown
  // to be used although this ledger does not know them.
  //
  // On the isolated side: the snapshots that came with each bundle, exceptions from the rules, the
  // receipts made, and snapshots that an exporter has retired.
  static let script = """
    CREATE TABLE export_site (
      stream TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      site TEXT NOT NULL,
      PRIMARY KEY (stream, sequence, site),
      FOREIGN KEY (stream, sequence) REFERENCES export (stream, sequence) ON DELETE CASCADE
    ) STRICT;
    CREATE TABLE export_detail (
      stream TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      maker TEXT NOT NULL,
      relied INTEGER NOT NULL CHECK (relied >= 0),
      retracted INTEGER,
      reason TEXT NOT NULL,
      PRIMARY KEY (stream, sequence),
      FOREIGN KEY (stream, sequence) REFERENCES export (stream, sequence) ON DELETE CASCADE
    ) STRICT;
    CREATE TABLE export_intent_detail (
      stream TEXT NOT NULL PRIMARY KEY REFERENCES export_intent (stream) ON DELETE CASCADE,
      maker TEXT NOT NULL,
      relied INTEGER NOT NULL CHECK (relied >= 0),
      sites TEXT NOT NULL
    ) STRICT;
    CREATE TABLE acknowledgement (
      site TEXT NOT NULL,
      stream TEXT NOT NULL,
      sequence INTEGER NOT NULL CHECK (sequence > 0),
      manifest BLOB NOT NULL CHECK (length(manifest) = 32),
      learned INTEGER NOT NULL,
      how TEXT NOT NULL CHECK (how IN ('receipt', 'typed')),
      PRIMARY KEY (site, stream, sequence)
    ) STRICT;
    CREATE TABLE site_receipt (
      site TEXT NOT NULL PRIMARY KEY,
      number INTEGER NOT NULL CHECK (number > 0),
      created INTEGER NOT NULL,
      learned INTEGER NOT NULL,
      signer TEXT NOT NULL,
      text BLOB NOT NULL
    ) STRICT;
    CREATE TABLE stream_floor (
      stream TEXT NOT NULL PRIMARY KEY,
      sequence INTEGER NOT NULL CHECK (sequence > 0)
    ) STRICT;
    CREATE TABLE accepted_snapshot (
      exporter TEXT NOT NULL,
      stream TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      position INTEGER NOT NULL CHECK (position >= 0),
      name TEXT NOT NULL,
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      PRIMARY KEY (exporter, stream, sequence, position),
      FOREIGN KEY (exporter, stream, sequence)
        REFERENCES accepted (exporter, stream, sequence) ON DELETE CASCADE
    ) STRICT;
    CREATE TABLE accepted_older (
      id INTEGER NOT NULL PRIMARY KEY,
      stream TEXT NOT NULL,
      sequence INTEGER NOT NULL CHECK (sequence > 0),
      manifest BLOB NOT NULL CHECK (length(manifest) = 32),
      made INTEGER NOT NULL,
      reason TEXT NOT NULL
    ) STRICT;
    CREATE TABLE own_receipt (
      number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
      created INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE retired_snapshot (
      name TEXT NOT NULL,
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      stream TEXT NOT NULL,
      sequence INTEGER NOT NULL CHECK (sequence > 0),
      PRIMARY KEY (name, digest)
    ) STRICT;
    """
}
