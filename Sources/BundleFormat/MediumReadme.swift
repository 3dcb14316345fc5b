/// README.txt of a bundle: how to verify and unpack it with nothing but stock tools.
///
/// The commands between the lines of `$` are run, as they stand, by our own tests.
package enum MediumReadme {
  /// The text; `relied` is how many files have no place in the bundle.
  ///
  /// Without parity the text does not mention it.
  package static func text(
    stream: String,
    sequence: UInt64,
    hasChunks: Bool = true,
    relied: UInt64 = 0,
    hasParity: Bool = false
  ) -> [UInt8] {
    // Of an increment only what was carried can be compared.
    let placed = relied == 0 ? "" : "$3 != \"-\" "
    return Array(
      """
      This directory is bundle \(sequence) of the stream "\(stream)", or a part of it.
      It was made by aptferry and carries Debian package repositories. With aptferry:

          aptferry inspect .                  what it says it is, and whether it is all here
          aptferry verify . --keyring FILE    checks everything; FILE is the exporter's public key
          aptferry import .                   takes it into this site's depot\(hasParity ? repairLine : "")
      \(relied > 0 ? increment(without: relied) : "")
      WITHOUT APTFERRY
      ================
      gpgv, sha256sum, zstd, tar, awk, find and cat are enough. Bring the exporter's public key by
      another way than this medium, as a binary file ("aptferry key export exporter.gpg" writes one;
      an armored key becomes one with "gpg --dearmor"). If the bundle came on several media, first
      copy all of their chunks/ directories into one. Nothing is written here: this may be a disc.

      Go to this directory and type what stands behind each "$", in one shell. Stop when a step fails.
      The first two lines say where the key is, and where everything shall go: a directory that does
      not exist yet. Write other names there if you like.

      $ K=$HOME/exporter.gpg
      $ W=$HOME/unpacked

      1. Take the lists, so that what is checked is what is used:

      $ mkdir -m 700 "$W" "$W/tree"
      $ cp MANIFEST MANIFEST.asc ENTRIES.zst SHA256SUMS "$W"

      2. Who made it? This must say "Good signature" with the key that you expect. Then compare the 16
      digits with those that the engineer who made it reads to you:

      $ gpgv --keyring "$K" "$W/MANIFEST.asc" "$W/MANIFEST"
      $ sha256sum "$W/MANIFEST" | cut -c1-16

      3. Are the lists, and this text, the ones that were signed?

      $ (cd "$W" && awk '/^Entries: /{print $2"  ENTRIES.zst"} /^Sums: /{print $2"  SHA256SUMS"}' MANIFEST | sha256sum -c)
      $ awk '/^Readme: /{print $2"  README.txt"}' "$W/MANIFEST" | sha256sum -c

      4. What lies here that is no part of the bundle? This lists it; open none of it:

      $ find . -mindepth 1 | awk -v sums="$W/SHA256SUMS" 'BEGIN{split("MANIFEST MANIFEST.asc ENTRIES.zst SHA256SUMS README.txt chunks files\(hasParity ? parityNames : "")", n); for (i in n) own["./" n[i]]; while ((getline l < sums) > 0) own["./" substr(l, 67)]} !($0 in own) && !/^[.][/]files[/][0-9a-f]+$/\(hasParity ? parityFiles : "") {print "STRANGER: " $0}' | cat -v

      \(hasChunks ? chunkSteps : noChunkSteps)
      7. Put together the files that were split over several chunks:

      $ find "$W/tree" -name '*.aptferry-part-0001' | while IFS= read -r p; do f=${p%.aptferry-part-0001}; cat "$f".aptferry-part-* > "$f" && rm "$f".aptferry-part-*; done

      8. Is every file the one that was signed?

      $ zstd -dcq "$W/ENTRIES.zst" | awk '\(placed){h=$1; sub(/^[^ ]+ [^ ]+ [^ ]+ /, ""); print h "  " $0}' > "$W/files"
      $ (cd "$W/tree" && sha256sum --quiet -c ../files) && echo complete

      Each directory in $W/tree is then an APT repository, with the vendor's own signature in
      dists/*/InRelease. The format is described in aptferry's docs/bundle-format.md.

      """.utf8
    )
  }

  /// What is to be known of an increment.
  private static func increment(without relied: UInt64) -> String {
    """

    THIS IS AN INCREMENT: \(relied) files of its snapshots are not in it, since the site that it is
    for has them already. ENTRIES.zst lists them with "-" as their place; "aptferry import" takes
    them from the depot. Alone it gives only the files that are new.

    """
  }

  /// How chunks are checked and unpacked.
  private static let chunkSteps = """
    5. Are all chunks here and undamaged? (One medium alone: add --ignore-missing.)

    $ sha256sum -c "$W/SHA256SUMS"

    6. Unpack. Each chunk is copied and checked by itself; what is not in the list is never touched. A
    bundle has plain files alone: a link that comes out of a chunk ends it, before anything can follow it:

    $ (while read -r h c; do echo "$c"; cat "$c" > "$W/chunk" && echo "$h  $W/chunk" | sha256sum --quiet -c && case $c in *.zst) zstd -dcq "$W/chunk";; *) cat "$W/chunk";; esac | tar -xkf - --no-same-owner -C "$W/tree" && [ -z "$(find "$W/tree" ! -type f ! -type d)" ] || { echo "NOT UNPACKED: $c"; exit 1; }; done < "$W/SHA256SUMS") && rm "$W/chunk"

    """

  /// The same steps where there are none.
  private static let noChunkSteps = """
    5. There are no chunks that could be checked.

    6. There are no chunks to unpack.

    """

  /// How parity is used.
  private static let repairLine = """

        aptferry repair . --to DIR          makes chunks that are damaged or lost again, from parity/
    """

  /// The names that parity adds to those at the top of a bundle.
  private static let parityNames = " PARITY.txt PARITY.blocks parity"

  /// The condition by which awk passes over the files in `parity`.
  private static let parityFiles =
    " && !/^[.][/]parity[/]([0-9]+[.]par|MANIFEST|MANIFEST[.]asc|ENTRIES[.]zst|SHA256SUMS|README[.]txt|PARITY[.]txt|PARITY[.]blocks)$/"
}
