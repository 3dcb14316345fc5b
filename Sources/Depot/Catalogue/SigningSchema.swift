/// The table of generations that are signed anew, and a history that knows of it.
enum SigningSchema {
  // `generation_signing`: the catalogue has the new listing of these already, and their trees may
  // still have the previous files.
  //
  // `publication_event` is made again, since it had the actions in a CHECK: an action of a later
  // version is not this table's business.
  static let script = """
    CREATE TABLE generation_signing (
      prefix TEXT NOT NULL,
      number INTEGER NOT NULL,
      PRIMARY KEY (prefix, number),
      FOREIGN KEY (prefix, number) REFERENCES generation (prefix, number) ON DELETE CASCADE
    ) STRICT;
    ALTER TABLE publication_event RENAME TO publication_event_before;
    DROP INDEX event_of_publication;
    CREATE TABLE publication_event (
      id INTEGER NOT NULL PRIMARY KEY,
      prefix TEXT NOT NULL,
      number INTEGER NOT NULL CHECK (number > 0),
      action TEXT NOT NULL CHECK (action <> ''),
      made INTEGER NOT NULL,
      snapshots TEXT NOT NULL,
      reason TEXT NOT NULL
    ) STRICT;
    INSERT INTO publication_event SELECT * FROM publication_event_before;
    DROP TABLE publication_event_before;
    CREATE INDEX event_of_publication ON publication_event (prefix, id);
    """
}
