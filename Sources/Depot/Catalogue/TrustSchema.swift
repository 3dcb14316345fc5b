/// The tables of whom this site trusts for what, and of the newest state of each vendor's suites.
enum TrustSchema {
  // `pinned_key` takes the place of `trust`, which had the roles in a CHECK: a role of a later
  // version is not this table's business. Patterns stand one a line; no `streams` is any stream, no
  // `may_vouch` is nothing.
  //
  // `vendor`: what the suites of a vendor may call themselves, patterns one a line; a vendor of
  // which nobody has said so has no row. `vendor_seen`: what they have called themselves.
  //
  // `suite_seen`: the newest Date of each suite that was taken in from a bundle, by the key that
  // signed it; `signer` is empty for what no key signed, or where it is not checked here.
  //
  // What an import wrote before took the exporter's word for signers and Date. These lines become
  // `claimed`, until they are verified here (`Catalogue.claimedSuites`).
  static let script = """
    CREATE TABLE pinned_key (
      fingerprint TEXT NOT NULL CHECK (length(fingerprint) >= 40),
      role TEXT NOT NULL CHECK (role <> ''),
      name TEXT NOT NULL,
      user_ids TEXT NOT NULL,
      material BLOB NOT NULL CHECK (length(material) > 0),
      added INTEGER NOT NULL,
      streams TEXT NOT NULL,
      may_vouch TEXT NOT NULL,
      PRIMARY KEY (fingerprint, role, name)
    ) STRICT;
    INSERT INTO pinned_key
      SELECT fingerprint, role, name, user_ids, material, added, '', '' FROM trust;
    DROP TABLE trust;
    CREATE TABLE vendor (
      name TEXT NOT NULL PRIMARY KEY,
      suites TEXT NOT NULL,
      origins TEXT NOT NULL,
      labels TEXT NOT NULL
    ) STRICT;
    CREATE TABLE vendor_seen (
      vendor TEXT NOT NULL,
      distribution TEXT NOT NULL,
      origin TEXT NOT NULL,
      label TEXT NOT NULL,
      suite TEXT NOT NULL,
      codename TEXT NOT NULL,
      seen INTEGER NOT NULL,
      PRIMARY KEY (vendor, distribution, origin, label, suite, codename)
    ) STRICT;
    CREATE TABLE suite_seen (
      signer TEXT NOT NULL,
      distribution TEXT NOT NULL,
      origin TEXT NOT NULL,
      label TEXT NOT NULL,
      suite TEXT NOT NULL,
      codename TEXT NOT NULL,
      date INTEGER NOT NULL,
      snapshot TEXT NOT NULL,
      PRIMARY KEY (signer, distribution, origin, label, suite, codename)
    ) STRICT;
    UPDATE snapshot_suite
      SET line = replace(replace(line, ' signed ', ' claimed '), ' unsigned - ', ' claimed - ')
      WHERE snapshot IN (SELECT name FROM snapshot WHERE origin LIKE 'bundle %');
    """
}
