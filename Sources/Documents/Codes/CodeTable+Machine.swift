extension CodeTable {
  static let internalCodes = """
    server | the server could not end in order
    restore | a restore did not do what it should
    closure-check | packages that were chosen do not fit together
    fetched | a fetched file is gone
    solver | the library that solves dependencies did not do what it should
    gpg-armor | gpg wrote a signature that cannot be read
    gpgme | gpgme did not do what it was told
    compressor | compressing failed
    archive | an archive could not be written
    metapackage-time | nobody said a time for a package
    key | the signing key was not read
    listing | a list is not the one that its digest names
    manifest | MANIFEST does not read back as it was written
    no-key | no key was named to sign with
    not-canonical | the text cannot be clearsigned
    not-signed | gpg did not sign with the key that was asked for
    publication | the directory of a publication is missing
    chunk | a chunk is not as long as was planned
    parity | a piece of a planned chunk has no room
    image-size | an image became larger than was planned
    qr-code | libqrencode made no code
    receipt | the receipt does not read back as it was written
    snapshot | a snapshot was not read
    image-order | an image was given other files than planned
    staging-name | a staging directory has a wrong name
    taken | a file was used that was not taken
    unexpected | an error that was not foreseen
    zstd | compressing failed
    """

  static let resource = """
    image-directories | an image has too many directories
    image-length | an image would be longer than any disc can be | put fewer files on one disc
    no-scratch-room | a chunk is made in the depot's file system before it is sent, and has no room there | free that much, or choose smaller chunks
    store-full | the object store has no room, or the quota is used up | make room, or have the quota raised
    too-many-tokens | the depot has as many tokens as it can have | remove those that nobody needs
    audit-outcome | the command did its work, and there was no room for its audit record | free space, then run aptferry audit verify
    depot-too-small | the depot's file system has too little room | free the space that the message names
    fat | the medium is FAT, which cannot hold files that large | use smaller chunks, or another file system
    limit | a limit of the system was reached: open files, processes
    medium-too-small | the medium has too little room, or all media of a set have together | use larger media, or more of them (export --media)
    memory | there is not enough memory
    no-inodes | the file system has too few inodes
    no-space | the file system is full
    public-too-small | copies of the files do not fit into the public directory
    too-many-bundles | the media hold too many bundles | name fewer
    too-many-files | a list has too many files
    too-many-proofs | a composed snapshot has too many proofs | ask the exporter for one of fewer states
    too-many-packages | the indexes list more packages, or a package names more in one field, than are read | choose from fewer snapshots, or filter the package out
    too-many-left-out | more is left out than can be recorded | make a snapshot of each suite
    zstd-window | unpacking needs too much memory
    """

  static let io = """
    image-content | a file changed while the image was written | run the command again
    target-mixed | what lies at a target is neither what clients get now nor what comes next | aptferry target check --repair
    store-range | the object store gave another part of an object than was asked for | run the same command again
    store-unreachable | the object store cannot be reached | run the same command again when it answers; what was done is used again
    store-refused | the object store did not do what it was asked for | see what its log says
    store-answer | the object store answered what cannot be read, or a list that does not end | see whether something else answers at the endpoint
    listen | the server cannot listen there | name another address with --listen, or end what listens there
    permission | the system does not permit it | check owner and mode of what is named
    agent | the gpg-agent of a home does not end | end it with gpgconf --kill gpg-agent
    audit-outcome | the command did its work, and its audit record could not be written | run aptferry audit verify
    catalogue | the catalogue could not be read or written
    chunks | a chunk could not be written
    gnupg | gpg failed | check the GnuPG home, and run the command again
    not-found | a file or directory is gone
    proxy | the way to the proxy could not be opened | check the proxy settings, and run the command again
    results | the results could not be written to standard output
    list-unreadable | a list of a bundle could be read only the second time | run the same command again; copy the medium if it is told again
    short-read | a file became shorter while it was read | run the same command again when nothing writes there
    short-write | less was written than there was | use another device
    system | the system refused to read or write | check permissions, the device and the path
    temporary | a temporary directory could not be made | check TMPDIR
    upstream-slow | the upstream sends too slowly | try again later, or lower --least-rate
    upstream-unreachable | the upstream does not answer | check network, proxy and address
    """

  static let state = """
    bundle-retracted | the bundle was retracted | export its snapshots again
    one-medium | the bundle was written on one medium | copy it from there, or resend chunks of it
    target-exists | another target has this name | choose another name, or remove it
    target-state | what a target says of its publication cannot be read | see who else writes there
    target-conflict | clients of a target may still ask for a path with other content | publish there under another prefix, or wait until those generations have gone
    publication-on-targets | a publication that is to go lives on targets | take it away there first: target remove NAME --publication PREFIX
    target-ahead | a target has what this depot does not know of any more | publish what clients are to get; or let them go back: --take-over
    target-writer | another depot publishes at that place of a target | publish to another prefix; or take its place: --take-over
    changed-meanwhile | a package that was chosen is not there any more | run the same command again
    token-exists | there is a token of that name | choose another name, or remove it
    tokens | the depot's list of tokens is damaged | put it back from a backup, or make the tokens anew
    trust-changed | the pinned keys changed while the media were read | run the same command again
    audit-log | the audit log is not as the command needs it | aptferry audit verify
    backup-format | the backup has a format that this program does not know | use a newer aptferry
    no-backup | there is no backup here | name the directory that has one
    package-exists | the repository has another package of that name, version and architecture | give the new one a version of its own, or say --replace
    repo-conflict | two packages of a repository have different files of one name in the pool | give one of them another version; an epoch is no part of a file's name
    repo-in-use | there are snapshots of the repository | they would stay; to remove it all the same, say --force
    repo-exists | there is a repository of that name | choose another name
    no-evidence | the depot no longer has what the evidence needs
    other-backup | the directory has backups of another depot, or of the other kind | name another directory
    restore-unfinished | a restore was interrupted | run the same depot restore again
    audit-outcome | the command did its work, and its audit record could not be written | run aptferry audit verify
    base-gone | the list of a snapshot that the increment relies on is gone | export with --full
    receipt-exists | the object store has something else under the name of this receipt | find out who else writes there
    bundle-exists | the medium, or the object store, has something else with the name of this bundle | use another directory
    catalogue-damaged | the catalogue has a record that cannot be read | restore the depot from a backup
    catalogue-missing | the depot has no catalogue | restore the depot from a backup
    chunk-differs | a chunk cannot be made again byte for byte: another version of zstd compresses here now | export a new bundle
    configuration | the depot has content, and its depot.conf is missing or wrong | restore depot.conf from a backup
    conflict | what is to be published together, or to be in one snapshot, does not fit together
    constraint | the catalogue refuses the change
    current-key | this is the key that the depot signs with now | rotate first: aptferry key rotate
    depot-exists | there is a depot here, with another configuration | choose another directory, or edit depot.conf
    foreign-file | something else lies where the publication is to be | choose another prefix, or move it away
    foreign-link | the link "current" of a publication was changed by somebody else | find out who; remove it and publish again
    generation | a generation is missing, or there are no more numbers
    incomplete-depot | the depot lacks one of its directories | restore it from a backup
    key-exists | there are keys in this home already
    key-material | apt cannot use the pinned key | pin the key again from a file that apt can read
    listing | a stored list is not the one the catalogue names | restore the depot from a backup
    listing-damaged | the list of a snapshot is damaged | restore the depot from a backup
    lists-gone | the lists of a bundle are no longer in this depot | export a new bundle
    metapackage-exists | a package of that name and version is there, with other bytes | raise the version, or add --replace
    mirror-exists | there is a mirror with that name | choose another name
    mirror-kind | the mirror takes a kind of files that this program does not know | use a newer aptferry
    missing-object | the depot lacks an object | aptferry depot check --repair-from DIR
    nested-prefix | one publication cannot lie inside another | choose another prefix
    newer-depot | the depot was used with a newer version of this program | use that version
    no-depot | there is no depot here | name it with --depot or APTFERRY_DEPOT, or make one: aptferry init
    no-distribution | a published snapshot has no such distribution
    no-generation | the catalogue does not know the generation | restore the depot from a backup
    no-head | a receipt says nothing about this depot's audit log | use a receipt of another site
    no-links | objects are not files here, so published files cannot be links | publish with --files copies
    no-release | a snapshot lacks the Release file of a distribution
    no-signing-key | there is no key to sign with | name one: aptferry publication edit --signing-key
    no-snapshot | a snapshot is gone, or another one has its name
    no-statement | the depot has stated nothing about its keys | nothing needs to be done
    image-exists | another file has the name of the image of a disc | move it away, or name another directory
    not-empty | the directory has other things in it | choose an empty directory
    not-mirrored | the suite was never mirrored completely | aptferry mirror update NAME
    not-taken | a file that was to be recorded is no longer in the depot | run the command again
    nothing-seen | no suite of this vendor has come here yet | give --suite, --origin or --label instead
    nothing-to-publish | the bundles bring no snapshot to publish
    other-key | the depot signs with another key already | aptferry key rotate
    other-links | a publication cannot change between links and no links | publish at another prefix
    other-program | another package of the program is on the medium | remove the directory aptferry-program from the medium
    other-site | the bundle was made for other sites | check which site the receipt is from
    pinned-keys | the pinned keys do not read back as they were pinned | restore the depot from a backup
    pool-conflict | two files want the same path in the pool
    public-directory | the public directory lacks publications that should be there | restore it, or check Public in depot.conf
    sequence | the stream has used its last number | start another stream
    sequence-used | the number in the stream belongs to another bundle | run the command again
    signing-key | the depot's secret key is missing or damaged | restore the GnuPG home from a backup; see docs/key-emergencies.md
    snapshot-exists | a snapshot with that name has other content | choose another name
    snapshot-in-use | a publication needs this snapshot | publish another one there, or remove the publication first
    too-many-snapshots | a receipt cannot list that many snapshots | remove some
    unfinished | an interrupted command left something unfinished | run that command again
    unknown-bundle | no such bundle was made here | check the line or file, and which depot made the bundle
    unknown-generation | clients see a generation that the catalogue does not know | restore the catalogue from a backup
    """
}
