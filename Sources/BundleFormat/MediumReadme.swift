/// README.txt of a bundle: how to verify and unpack it with nothing but stock tools.
///
/// The commands between the lines of `$` are run, as they stand, by our own tests.
package enum MediumReadme {
  /// The text; `relied` is how many files have no place in the bundle.
  package static func text(
    stream: String,
    sequence: UInt64,
    hasChunks: Bool = true,
    relied: UInt64 = 0
  ) -> [UInt8] {
    let increment = """

      THIS IS AN INCREMENT: \(relied) files of its snapshots are not in it, since the site that it is
      for has them already. ENTRIES.zst lists them with "-" as their place; "aptferry import" takes
      them from the depot. Alone it gives only the files that are new.

      """
    let chunks = """
      3. Are all chunks here and undamaged? (One medium alone: add --ignore-missing.)

      $ sha256sum -c SHA256SUMS

      """
    let noChunks = """
      3. There are no chunks that could be checked.

      """
    // Of an increment only what was carried can be compared.
    let placed = relied == 0 ? "" : "$3 != \"-\" "
    return Array(
      """
      This directory is bundle \(sequence) of the stream "\(stream)", or a part of it.
      It was made by aptferry and carries Debian package repositories. With aptferry:

          aptferry inspect .     what it is and whether it is all here
          aptferry verify .      checks everything
          aptferry import .      takes it into this site's depot
      \(relied > 0 ? increment : "")
      WITHOUT APTFERRY
      ================
      gpgv, sha256sum, zstd, tar, awk and cat are enough. Bring the exporter's public key on another
      way, as the binary file exporter.gpg ("aptferry key export exporter.gpg" writes one; an
      armored key becomes one with "gpg --dearmor"). If the bundle came on several media, first copy
      all of their chunks/ directories into one. Then, in this directory:

      1. Who made it? This must say "Good signature" with the key that you expect:

      $ gpgv --keyring ./exporter.gpg MANIFEST.asc MANIFEST

      2. Are the lists the ones that were signed?

      $ awk '$1=="Entries:"{print $2"  ENTRIES.zst"} $1=="Sums:"{print $2"  SHA256SUMS"}' MANIFEST | sha256sum -c
      $ awk '$1=="Readme:"{print $2"  README.txt"}' MANIFEST | sha256sum -c

      \(hasChunks ? chunks : noChunks)
      4. Unpack into ./unpacked, one directory for each snapshot:

      $ mkdir unpacked
      $ for c in chunks/*.tar; do [ ! -e "$c" ] || tar -xf "$c" -C unpacked; done
      $ for c in chunks/*.tar.zst; do [ ! -e "$c" ] || zstd -dcq "$c" | tar -xf - -C unpacked; done

      5. Put together the files that were split over several chunks:

      $ find unpacked -name '*.aptferry-part-0001' | while read -r p; do f=${p%.aptferry-part-0001}; cat "$f".aptferry-part-* > "$f" && rm "$f".aptferry-part-*; done

      6. Is every file the one that was signed?

      $ zstd -dcq ENTRIES.zst | awk '\(placed){h=$1; sub(/^[^ ]+ [^ ]+ [^ ]+ /, ""); print h "  " $0}' > unpacked.sums
      $ (cd unpacked && sha256sum --quiet -c ../unpacked.sums) && echo complete

      Each directory in ./unpacked is then an APT repository, with the vendor's own signature in
      dists/*/InRelease. The format is described in aptferry's docs/bundle-format.md.

      """.utf8
    )
  }
}
