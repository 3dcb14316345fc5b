extension CodeTable {
  static let integrity = """
    beyond-parity | more is lost than parity makes good; the rest was repaired | name more media of the set, or have it written again: aptferry receipt request
    parity | what a bundle says of its parity does not follow the format | import it without: its chunks are judged by themselves
    read-back | a medium does not give back what was written | use another medium
    media-record | the depot's record of a bundle's media cannot be read | take it from a backup, or export again
    store-digest | what arrived at the object store is not what was to be sent | aptferry depot check, then the same command again
    store-size | something is not as long in the object store as it was sent | run the same command again
    target-listing | a listing at a target is missing, or not the one that its record names | aptferry target check --repair
    target-damaged | files at a target are not as published | aptferry target check --repair
    served-size | a published file is not as long as its listing says | aptferry publication check PREFIX
    backup-damaged | the backup lacks a part or objects, has damaged ones, or has what no backup has | --repair-from DIR with a tree that has them, or --incomplete; take away what is named, or use another backup
    evidence | the evidence does not prove what it should
    altered-list | an index of descriptions or files of a composed snapshot has what no vendor signed | import nothing of it, and ask the exporter
    altered-package | a package of a composed snapshot is not what its vendor signed | import nothing of it, and ask the exporter
    composed-flat | a suite of a composed snapshot is a flat repository
    composed-release | the Release file of a composed suite says or lists what nobody has vouched for | import nothing of it, and ask the exporter
    own-digest | a package that no vendor vouches for is listed without the SHA-256 of its file
    composed-signed | a suite of a composed snapshot has a signature, which only vendors' suites have
    other-architecture | an index of a composed snapshot has a package of another architecture
    provenance | what should vouch for the packages of a composed snapshot is not where or what it should be
    audit-forked | two audit logs have different records of one number | docs/formats/audit-log.md says what it means; keep both logs
    audit-log | a record of the audit log was altered, removed or cut off | keep the log as it is, and find out who wrote to it
    audit-outcome | the command did its work, and its audit record could not be written | run aptferry audit verify
    changed | a file changed while it was read | run the command again when nothing writes there
    changes | a .changes is no list of an upload, or contradicts what it lists | have it made again: dpkg-genchanges, dpkg-buildpackage or debuild
    chunk-changed | a chunk changed while it was read | copy the medium again
    chunks-damaged | chunks of the bundle are damaged; every one is named | have them exported again: aptferry receipt request
    control-character | a Release file has control characters
    copy-differs | the medium gives back something else than was written | use another medium
    damaged | compressed data is damaged
    damaged-object | an object of the depot is damaged | aptferry depot check --repair-from DIR
    deb | a file is not a whole Debian package | have it built again; dpkg-deb --info says what dpkg makes of it
    dsc | a .dsc is no description of a source package | have it built again: dpkg-buildpackage --build=source
    upload-file | a file is not the one that its .changes or .dsc lists | copy the whole upload again from where it was built
    depot-damaged | the depot lacks something or has it damaged; every fault is named | aptferry depot check --repair-from DIR
    entries | ENTRIES breaks a rule of the format
    entries-damaged | ENTRIES.zst is not the file that MANIFEST names | copy it from another medium of the set
    false-claim | MANIFEST says something else about a suite than the suite itself | ask the exporter; import nothing of it
    forms-differ | two compressed forms of one index have different content
    index-content | an index does not unpack to what Release lists | mirror the tree again
    key-statement | a key statement breaks a rule of its format
    layout | the chunks in MANIFEST contradict each other
    list | a list of files breaks a rule of its format
    listing | the list of a generation lacks a Release file that this site signed | restore the depot from a backup
    lists-damaged | the stored lists of a bundle are not those that were signed | export a new bundle
    malformed | a vendor's file breaks a rule that apt keeps too
    manifest | MANIFEST breaks a rule of the format
    no-suite | a snapshot of the bundle has no suite
    not-reached | the bundle has a file that no signed index lists
    object | a resent file is not what its name says | export it again
    object-content | content that came in is not what its name says; nothing was kept
    published-damaged | published files are not what their Release lists | aptferry depot check, then publish again
    receipt | this is not a receipt, or it breaks a rule of the format
    resend-request | this is not a resend request, or it does not fit the bundle | compare it with the original, or make it again
    split-file | the parts of a file do not give the file that was signed
    too-long | a file is longer than it may be
    trailing | there are bytes after the end of compressed data
    two-contents | one path is listed with two contents
    two-sizes | one digest is listed with two sizes
    wrong-hash | a Release file lists a hash that no file can have
    wrong-size | a file has another size than its list says | mirror the tree again
    zstd-checksum | unpacked data does not fit its checksum
    zstd-damaged | compressed data is damaged
    zstd-format | the file is not in zstd format
    zstd-no-checksum | a zstd frame has no checksum
    zstd-size | a zstd frame has another size than was stated
    zstd-trailing | there are bytes after the end of a zstd frame
    zstd-truncated | compressed data ends too early
    """

  static let incomplete = """
    no-parity | no bundle here has parity, so nothing can be made again | aptferry receipt request MEDIA... --to FILE
    no-parity-list | the list or table of a bundle's parity is on no medium undamaged | add another medium of the set
    media-missing | media of a set are not written yet | aptferry export --continue BUNDLE --to DIR
    changed | the tree changed while it was frozen | run the command again when nothing writes there
    sites-late | sites have lacked something for longer than was allowed | ask them for a receipt, or carry what they lack again
    chunks-missing | chunks are on none of the media named; every one is listed | name the other media too, or have them exported again
    clients-miss | clients ask for files that the publication does not have | configure clients with aptferry client-config
    index-missing | an index is neither on these media nor in the depot | name all media of the set
    missing-files | files that the indexes list are missing; every one is named
    moving | the upstream kept changing while it was mirrored | try again later
    upload-incomplete | a file that a .changes or a .dsc lists is not beside it | put the whole upload into one directory
    unsatisfiable | wanted packages cannot be installed from the sources; each is shown with the reason | add a source, name what machines have with --base, or say --keep-going; of a mirror: add the suites, or --no-filter-with-deps
    uninstallable | packages cannot be installed from what was named; every one is shown with the reason | add what is missing, or name it with --base
    no-bundle | there is no bundle here | name the directory that has MANIFEST, or the one above it
    no-entries | ENTRIES.zst is on none of the media | copy it from another medium of the set
    no-index | the suite has none of the indexes that its Release lists
    no-release | there is neither InRelease nor Release with Release.gpg
    not-fetched | the upstream does not have a file | run the command again; if it stays, ask the upstream
    objects-missing | the bundle relies on files that this depot does not have | aptferry receipt request, then export --resend
    """

  static let freshness = """
    store-clock | the object store's clock and this machine's are too far apart | set the clock that is wrong
    clock | a signature was made in the future by this machine's clock | set the clock
    clock-behind | this machine's clock is behind something that was accepted | set the clock
    equivocation | ALARM: two different bundles have one stream and sequence | import neither; compare digests with the exporter by telephone
    expired | the bundle has expired
    expired-signature | the signature has expired
    forgotten | clients see a generation that this depot knows nothing about: it was restored from a backup | restore a newer backup, or publish again
    future | a bundle, receipt or statement is dated in the future | set the clock, or ask who made it
    no-news | no bundle arrived for longer than --max-age | ask the exporter
    old-signature | the signature is older than the key allows
    older | the upstream's Release is older than the one here | try again later, or another upstream server
    older-publish | clients would be taken back to an older state | use publication rollback, if that is meant
    older-suite | the vendor's Release in the bundle is older than the one here | --accept-older --reason TEXT, if that is meant
    rollback | the bundle is older than what this depot has | --accept-older --reason TEXT, if that is meant
    sequence-ahead | ALARM: a site has taken in a bundle that was not made here | find out who has a copy of this depot's key
    two-manifests | ALARM: a site has taken in another bundle of this name than was made here | find out who has a copy of this depot's key
    """

  static let unsafeContent = """
    disc-structure | the directories of a disc or image are damaged, or were made to do harm | use another copy
    strangers | the medium has files that are not part of a bundle | find out who put them there, and take them away
    compression | a file has an unknown compression
    file-and-directory | one path is a file and a directory
    foreign-files | an unfinished bundle has files that no export makes | use an empty directory
    in-the-way | a link or device has the name of a file to be written | remove it, or choose another name
    inside-depot | the path leads into the depot | choose a path outside
    lock-file | a link, a device, or a file with other names too lies where a lock is to be | find out who made it, and remove that name
    not-regular | something is not a regular file
    number | a number is too large to be recorded
    other-mount | something else is mounted in a directory that is to be removed | find out who mounted it there, and unmount it
    path | a path leads out of the tree, or has a forbidden form
    too-large | a file or a field is larger than it may be
    too-many-files | a directory has more files than any bundle, or than can be listed
    word | a word cannot stand in a client's configuration
    zstd-dictionary | compressed data needs a dictionary
    zstd-skippable | compressed data hides bytes
    zstd-too-large | compressed data unpacks to more than it may
    """
}
