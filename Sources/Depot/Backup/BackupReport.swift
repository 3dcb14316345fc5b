package import SafeIO

/// What a backup did, or would do.
package struct BackupReport: Sendable {
  /// Where it lies.
  package let place: String
  /// The number of the state; nil when nothing was written.
  package let state: UInt64?
  /// Whether all objects are in it.
  package let hasObjects: Bool
  /// How many objects it holds.
  package var objects: UInt64 = 0
  /// How many of them were copied now.
  package var copied: UInt64 = 0
  /// Their bytes.
  package var copiedBytes: UInt64 = 0
  /// How many objects of earlier backups went, since nothing needs them any more.
  package var removed: UInt64 = 0
  /// Objects that the depot needs and has not, or has damaged.
  package var lost: [SHA256Digest] = []
  /// Those of them that the backup has not either.
  package var absent: Set<SHA256Digest> = []

  package init(place: String, state: UInt64?, hasObjects: Bool) {
    (self.place, self.state, self.hasObjects) = (place, state, hasObjects)
  }

  /// Refuses to be content when the depot lacks something that it needs, though the backup has it.
  package func requireWhole() throws(Failure) {
    guard !lost.isEmpty else { return }
    let have =
      absent.isEmpty ? "the backup has them all" : "the backup lacks \(absent.count) of them too"
    throw Failure(
      .integrity,
      "depot-damaged",
      "the depot lacks \(lost.count) objects or has them damaged; \(have)"
        + (state == nil ? "" : ", and nothing was removed from it"),
      subject: place,
      hint: "run: aptferry depot check --repair-from "
        + (absent.count < lost.count ? place : "DIR") + ", then make the backup again",
      details: lost.map {
        "missing object \($0.hex)" + (absent.contains($0) ? "" : ", which the backup has")
      }
    )
  }
}
