extension CodeTable {
  static let trust = """
    armor-header | a signed message has an armor header that is not allowed
    bad-signature | a signature does not fit the content | treat the file as altered; get it by another route
    control-character | a signed message has control characters
    duplicate-signer | several signatures are by the same key and count once | get signatures by different keys
    empty-signature | the signature file is empty
    expired-key | the signer's key has expired | get the extended key by another route, and pin it again
    fingerprint | the file has no key with this fingerprint
    key-too-large | the key file is too long
    key-version | the file has only keys of an OpenPGP version that is not supported | use version 4 keys
    keybox | the file is gpg's own database | export the key: gpg --export --armor FINGERPRINT
    malformed-signature | the signature file holds something other than signatures
    may-not-vouch | the bundle has a suite without a vendor's signature, and the exporter may not vouch for it | allow it, if you mean to: aptferry trust edit FPR --may-vouch SNAPSHOT/SUITE
    no-exporter | no key is known that could have signed the bundle | give --keyring, or pin the exporter: aptferry trust add
    no-keyring | the sources file names keys by fingerprint, and apt has no keyring with them | give --keyring
    no-keys | there is no key to check signatures with
    no-signature | there is no signature | get the signature file; unsigned content needs --allow-unsigned where that exists
    no-site | no site's key is pinned here | pin it: aptferry trust add FILE --role site --name SITE
    no-statement | nothing in the file is a statement about a key that is pinned here
    no-upload-key | the repository takes signed uploads only, and no key is pinned for it | pin the uploader's key: aptferry repo edit NAME --keyring FILE
    no-upstream-key | no key is pinned for this upstream | pin it: aptferry trust add FILE --role upstream --name VENDOR
    no-usable-key | no key of the file can be pinned: expired, revoked or too weak
    not-a-key | the file has no OpenPGP public key
    not-armored | the signature file is not armored; apt refuses it too
    not-clearsigned | the file is not a clearsigned message
    not-detached | the file is a signed message, not a detached signature
    unsigned-upload | the repository takes signed uploads only, and this has no signature | sign the .changes with debsign, and add that
    not-verified | gpg could not verify the signature
    other-key | a receipt names another key than the one that signed it
    other-signer | a key statement is signed by another key than the one it is about
    other-site | a receipt is signed by a key that is pinned for another site
    other-stream | the exporter's key is pinned for other streams | pin it for this stream: aptferry trust edit FPR --stream
    other-suite | the vendor's key is not pinned for this suite | the message has the command that allows it
    other-vendor | another vendor signed this than before, or than the suite belongs to | find out why; --change-vendor allows it
    pinned-key | the stored keys are not those that were pinned | restore the depot from a backup
    revoked-key | the key was revoked | use the successor; see docs/key-emergencies.md
    secret-key | the file has a secret key | destroy this copy, and ask for the public key
    signature-too-large | a signature is too long
    signature-type | the signature is not one over a file
    signature-version | the signature has an OpenPGP version that is not supported
    successor | the new key in a statement cannot be used, or is not the one it names
    threshold | fewer keys have signed than must
    too-large | a signed message or a line of it is too long
    too-many-keys | there are too many keys
    too-many-packets | the key is flooded with signatures | get a clean copy of the key
    too-many-signatures | there are too many signatures
    truncated-key | the key file ends in the middle
    truncated-signature | the signature ends in the middle
    unchecked-signature | a signature could not be checked
    unexpected-dash | a signed message has a line that begins with a dash
    unknown-signer | no pinned key has signed this | if you expect the signer, compare its fingerprint by another route, and pin it
    unsigned | the vendor did not sign this | --allow-unsigned takes it where that is meant; clients need a signature of this site
    unvouched-package | no vendor vouches for packages of a composed snapshot, and the exporter may not | ask whose they are; allow it, if you mean to: aptferry trust edit FPR --may-vouch SNAPSHOT/SUITE
    unsigned-text | there is text outside the signed part
    unusable-key | a key has no user id with a valid signature of its own, or cannot sign
    unusable-signature | a signature by this key does not count
    upstream-not-pinned | the vendor's key is not pinned here | the message has the command that pins it; compare the fingerprint first
    weak-digest | the signature uses a weak digest
    weak-hashes | the Release file lists neither SHA-256 nor SHA-512; apt refuses it too
    weak-key | the key is too weak
    wrong-key-usage | the key is not one for signing
    """

  static let policy = """
    medium-place | the server takes bundles only from where media are mounted | mount the medium there, or name its place with aptferry serve --media
    format | the file has a format that this program does not know | use a newer aptferry
    not-confirmed | you did not confirm what was asked | run the command again, and answer yes
    other-site | the bundle is for other sites than this one | ask the exporter for a bundle for this site
    releaseinfo-change | the suite calls itself differently than before | --allow-releaseinfo-change, if that is announced
    requires | the file requires a feature that this program does not know | use a newer aptferry
    vanished | a suite, component or architecture is gone | --allow-removal, if that is meant
    """
}
