internal import DebianRepository
internal import OpenPGP
internal import SafeIO

/// The Release files of one suite as they lie in the tree, unverified.
struct ReleaseTexts {
  let distribution: String
  let directory: String
  let inRelease: [UInt8]?
  private(set) var release: [UInt8]?
  private(set) var signature: [UInt8]?
  /// What InRelease does not vouch for, and is left out.
  private(set) var notes: [Note] = []

  init(of distribution: String, files: some ReleaseSource) throws(Failure) {
    guard Distribution.isName(distribution) else {
      throw Failure(
        .usage,
        "suite",
        "this is not the name of a suite",
        subject: distribution,
        hint: "name it as apt does: bookworm, bookworm/updates, or ./ for a flat repository"
      )
    }
    self.distribution = distribution
    directory = Distribution.directory(of: distribution)
    inRelease = try files.contents(of: directory + "InRelease", limit: ReleaseFile.longest)
    do {
      release = try files.contents(of: directory + "Release", limit: ReleaseFile.longest)
      signature = try files.contents(of: directory + "Release.gpg", limit: 1 << 20)
    } catch {
      // Beside InRelease nobody asks for them.
      guard inRelease != nil, [.unsafe, .integrity].contains(error.kind) else { throw error }
      notes.append("\(error.subject ?? directory): left out, apt reads InRelease: \(error.reason)")
    }
    if inRelease == nil && release == nil { throw absent }
  }

  var hasSignature: Bool { inRelease != nil || signature != nil }

  /// Leaves out a Release file that says anything else than InRelease, with its signature: apt reads
  /// InRelease alone, and nothing vouches for the other text.
  mutating func dropReleaseUnlessSame(as verified: [UInt8]) {
    guard let present = release,
      ReleaseTexts.canonical(present) != ReleaseTexts.canonical(verified)
    else { return }
    notes.append(
      .note("\(directory)Release: left out, it does not say the same as InRelease, which apt reads")
    )
    (release, signature) = (nil, nil)
  }

  /// Checks Release.gpg beside an InRelease that was verified; leaves it out when it is not good, and
  /// answers what its signatures came to else.
  mutating func keepSignature(
    checkedBy verifier: Verifier,
    _ policy: SignaturePolicy
  ) throws(Failure) -> SignatureReport? {
    guard let present = signature, let release else { return nil }
    do {
      return try check(present, of: release, verifier, policy)
    } catch {
      guard [.trust, .integrity, .freshness, .unsafe].contains(error.kind) else { throw error }
      notes.append(
        .note("\(directory)Release.gpg: left out, apt reads InRelease: \(error.reason)")
      )
      signature = nil
      return nil
    }
  }

  func check(
    _ signature: [UInt8],
    of release: [UInt8],
    _ verifier: Verifier,
    _ policy: SignaturePolicy
  ) throws(Failure) -> SignatureReport {
    // apt takes no binary Release.gpg; with one, the tree would be of no use inside.
    guard signature.starts(with: Array("-----BEGIN PGP SIGNATURE-----".utf8)) else {
      throw Failure(
        .trust,
        "not-armored",
        "the signature file does not begin with an armored signature; apt refuses it too",
        subject: directory + "Release.gpg"
      )
    }
    return try verifier.verifyDetached(
      signature: signature,
      of: release,
      name: directory + "Release.gpg",
      policy: policy
    )
  }

  /// The lines without white space at their ends and without empty lines at the end: what a
  /// clear-signed message and a plain file of the same text have in common.
  private static func canonical(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines = text.split(separator: 0x0a, omittingEmptySubsequences: false)
    for index in lines.indices {
      while let last = lines[index].last, last == 0x20 || last == 0x09 || last == 0x0d {
        lines[index].removeLast()
      }
    }
    while let last = lines.last, last.isEmpty { lines.removeLast() }
    return lines
  }

  var withoutPinnedSignature: Failure {
    Failure(
      .trust,
      "unsigned",
      "the suite has no signature by a pinned key",
      subject: directory
    )
  }

  var absent: Failure {
    Failure(
      .incomplete,
      .noRelease,
      "the tree has neither InRelease nor Release of this suite",
      subject: directory + "InRelease",
      hint: "check the names of the tree and of the suite; where a vendor makes no Release file, "
        + "copy the directory, make one (apt-ftparchive release DIR > Release) or have one made: "
        + "aptferry snapshot create NAME --tree DIR --suite ./ --allow-unsigned --make-release"
    )
  }

  var files: [ExpectedFile] {
    // A Release.gpg without the file that it signs could not be verified, and is not carried.
    let signature = release == nil ? nil : signature
    return [("InRelease", inRelease), ("Release", release), ("Release.gpg", signature)].compactMap {
      name,
      bytes in
      bytes.map {
        ExpectedFile(
          path: directory + name,
          size: UInt64($0.count),
          sha256: SHA256Digest.of($0)
        )
      }
    }
  }
}
