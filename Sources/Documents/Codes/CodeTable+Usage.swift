extension CodeTable {
  static let usage = """
    parity-media | so many media of parity are not possible among those that were named | name more media, or fewer of parity
    media | this is no list of media | name sizes such as 25GB or presets such as bd25, or directories with --to
    no-terminal | each medium is asked for, and there is no terminal | name all with --to, or give --media-dir
    unmount | no medium is mounted there | leave --unmount out, or name where the medium is mounted
    bucket-address | this is not the address of a bucket | write it like s3://packages/debian
    endpoint | this is not the address of an object store | write it like https://s3.example, without a path
    target-name | the name of a target cannot be
    no-target | no target has this name | aptferry target list shows them all
    listen | the server cannot listen at such an address | write it like 127.0.0.1:8080, [::]:8080 or unix:/run/aptferry/http.sock
    auth-word | apt cannot send such a name or password | take printable ASCII characters without spaces
    no-disc | what is named is no directory, no disc and no image of one | name a mounted medium, an image, or the drive
    image-name | an image cannot have such a file name, or has it twice
    image-label | a disc cannot have such a label | use at most 32 characters of ASCII
    no-token | there is no token of that name | see aptferry token list
    token-name | a token cannot be called so | name it with lower-case letters, digits, dots, hyphens, underscores
    token-prefix | this is no prefix that a token can be for | write a prefix like debian, or debian/*
    token-expires | a token would have ended already | name a later time
    no-address | the publication has no such address, or it is not held | see aptferry publication show
    not-confirmed | a question was not answered, and there is no terminal to ask | add --yes
    directory-exists | the directory exists already | name a new one
    inside-backup | the directory lies in the backup | choose another directory
    no-command | there is no such command | see aptferry --help
    repeated-option | an option with one value was given twice | give it once
    unknown-site | the site is neither pinned nor in the ledger | correct the name, pin the site, or add --new-site
    address | the upstream's address cannot be used | give http://, https:// or file: with a path
    arguments | an option or argument is missing, unknown, or does not fit the others
    chunk-size | the chunk size is too small, too large, or gives too many chunks | choose another --chunk-size
    composed-mode | a composed snapshot can only be published under this site's signature | say --mode resigned
    component | this cannot be the name of a component
    filter-words | a query stands where the new snapshot's name is wanted | name the sources, a new name, then the queries
    no-origin | there is no snapshot and no mirror of that name | aptferry snapshot list and mirror list show them
    no-packages | there is no package file at the path, or nothing that is asked for | name package files, or what the source has
    no-repo | there is no repository of that name | aptferry repo list shows them all
    repo-name | a repository's name has characters that it may not have
    credentials | an address has a user name or password in it | put them into /etc/apt/auth.conf.d
    fingerprint-needed | a key is to be pinned and no terminal can ask for the fingerprint | give --fingerprint
    language | this is not the code of a language | use codes such as de or pt_BR
    last-distribution | the publication has no other distribution | remove the publication instead
    manifest-limits | MANIFEST would exceed a limit that every reader checks | export fewer snapshots in one bundle
    manifest-too-long | MANIFEST would be too long | export fewer snapshots in one bundle, or use larger chunks
    metapackage | the file cannot be read as a meta-package; the message names the line | correct the line
    metapackage-pin | the versions of the snapshots cannot be written into one package | see the message: another snapshot, or --architecture
    mirror-name | this cannot be the name of a mirror | use letters, digits and ._+~-, at most 100
    name | this cannot be the name of a stream or site | use lower-case letters, digits and hyphens
    no-base | neither a snapshot nor a bundle has the name given to --since | see aptferry ledger show
    no-bundle | this depot has made no bundle with that name | see aptferry ledger show
    no-code | there is no such code | see aptferry codes
    no-component | the snapshot has no such component | see aptferry snapshot show
    no-directory | the directory does not exist
    no-distribution | there is no such distribution in the snapshot or publication | see aptferry snapshot show, publication show
    no-file | there is no file at the path, or something else than a file | name a file that is there
    no-generation | the publication has no such generation | see aptferry publication show
    no-mirror | there is no mirror with that name | see aptferry mirror list
    no-package | the file is not a Debian package | name the .deb of aptferry-isolated
    no-such-package | no package of that name and version is here, or ever was | aptferry package search shows what is here
    no-publication | nothing is published at this prefix | see aptferry publication list
    no-snapshot | there is no snapshot with that name | see aptferry snapshot list
    no-source | the sources file names no repository
    no-such-key | this key was never pinned here, or never a key of this depot | see aptferry trust list, key show
    no-view | nothing of this publication is published in this mode | see aptferry publication show
    not-found | a file that the command line names does not exist
    not-utf8 | an argument or path is not UTF-8 text | reach the directory by a symbolic link with a plain name
    not-verbatim | a verbatim publication cannot change the vendor's Release | use --mode resigned or both
    nothing-to-sign | only the vendor's signature is published there | publish with --mode resigned or both
    pattern | a pattern is empty or too long, has control characters, or nothing that is exported is of this kind
    prefix | this cannot be a prefix | use names of letters, digits and ._+~- joined by slashes
    public-directory | the public directory must be an absolute path of printable characters
    qr-length | the text is too long for a QR code | use --to FILE
    qr-text | only printable ASCII can be shown as a QR code
    query | the query of packages has a mistake; the message names the column | see docs/reference/queries.md
    same-distribution | two of the snapshots have the same distribution | name one, or use --component
    same-key | this key is, or was, the depot's key | name another key
    several-bundles | the media hold several bundles, and the command is about one | name one bundle's directory
    several-keys | the file has several keys | give --fingerprint for those you mean, or --all
    several-pins | the key is pinned in several ways | say which with --role and --of
    site-name | this cannot be the name of a site | use 1 to 40 lower-case letters, digits and hyphens
    sites | a site is named twice
    snapshot-name | this cannot be the name of a snapshot | use letters, digits and ._+~-, at most 100
    snapshots | a snapshot is named twice
    suite | this cannot be the name of a suite, component or architecture
    typed-receipt | the typed line has a typing error | compare it letter by letter, and type it again
    url | the address where clients reach a publication is missing or cannot be used | give --url
    user-id | a key's user id is empty, too long, or has control characters
    vendor-name | this cannot be the name of a vendor | use 1 to 40 letters, digits and ._+-
    no-medium | there is no such directory of a medium | mount the medium, and open the page again
    which-distribution | --component needs one distribution | add --distribution NAME
    widens-pin | the key is pinned already, for less than this | add --reason TEXT
    zstd-level | the compression level is out of range
    """

  static let configuration = """
    mirror-list | a list of mirrors gives no single address | name one of the mirrors
    unmount | this account may not unmount the medium | unmount it by hand before it is removed
    no-credentials | nobody says who asks the object store | name a file at target create, or have systemd or the environment say it
    credentials-mode | others may read the file with credentials | chmod 600, and change the keys if others had the time
    credentials | the file with credentials cannot be used
    store-denied | the object store refuses who asks | check the keys, the region, and the policy of the bucket
    no-target-above | no target says how an address in an object store is reached | say it: aptferry target create
    two-targets-above | several targets say how an address in an object store is reached | remove those that are not meant
    no-bucket | the object store has no such bucket | make it with the means of the store
    store-lacks | the object store cannot do that | use another store
    tls | the server's certificate and key cannot be used | both are PEM; the certificate comes first in its file
    tls-key-readable | everybody can read the server's private key | chmod 0600, or 0640 with a group of its own
    access-file | the server's file of users or rights cannot be read | check its path, owner and mode
    users | a line of the server's file of users is not as it should be | write it with htpasswd -B
    users-weak | a password is kept in a way that protects nothing | set it anew with htpasswd -B
    rights | a line of the server's file of rights is not as it should be | see aptferry serve --help
    passwords-in-clear | passwords could be read on the way | serve HTTPS, listen on this machine alone, or say --passwords-in-clear
    machine-state | a file does not say of which architecture its machine is | give dpkg's status, or what aptferry machine state wrote
    solver | libsolv on this machine lacks Debian's rules | apt-get install libsolv1
    permission | this account may not read or write what the command needs | run it as the depot's owner, or let a group read the depot
    aptferry-conf | aptferry.conf has an unknown field or a wrong value | correct it; see aptferry.conf(5)
    gnupg | gpg is missing or too old | install gnupg 2.2.40 or newer
    gnupg-died | gpg ended before it was done | run the command again; if it stays, check the GnuPG home
    gnupg-time | gpg took too long and was ended | check the gpg-agent, and run the command again
    gpgme | gpgme is missing or too old | install libgpgme11 1.18 or newer
    no-filter | libarchive on this machine cannot unpack this compression | install Debian's libarchive13
    no-network | this program was built without network access | use aptferry, not aptferry-isolated, on the connected side
    no-secret-key | the secret key is not in the GnuPG home | name the right home with --gnupg-home
    passphrase | the signing key needs a passphrase that was not given, or was wrong | unlock the key in gpg-agent first
    proxy | the proxy setting cannot be used | correct http_proxy or apt.conf
    selection | the upstream lacks a component or architecture that the mirror selects | correct the mirror's selection
    sources-file | apt would not read this sources file either | correct it
    token | the smart card or token with the signing key does not work | insert it, and check gpg --card-status
    tls-file | a certificate or key file that apt.conf names cannot be used | it must be PEM, and readable for this user
    tor | the address asks for Tor | name the plain address, and set all_proxy=socks5h://HOST:PORT
    unreadable | the configuration of this machine cannot be read | check the file and its permissions
    unusable-secret-key | gpg cannot sign with this key | check gpg --list-secret-keys
    weak-digest | gpg signed with a weak digest | remove digest settings from that home's gpg.conf
    world-writable | everybody may write to the directory | take the permission away, or choose another directory
    """
}
