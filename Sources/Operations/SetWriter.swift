internal import Depot
internal import SafeIO
internal import Transfer

/// Writes the media of a set, one after the other; what meets one of them costs only that one.
struct SetWriter {
  private let job: Job
  private let writing: MediaSetWriting
  private let media: MediaChoice
  private let isDiscarding: Bool

  init(_ job: Job, _ writing: MediaSetWriting, _ media: MediaChoice, isDiscarding: Bool) {
    (self.job, self.writing, self.media, self.isDiscarding) = (job, writing, media, isDiscarding)
  }

  /// Writes what is missing, as far as the media come.
  ///
  /// - Parameters:
  ///   - ask: asks a person for a medium.
  ///   - first: called with the place of the first medium, before it is written.
  /// - Returns: what met media that could not be written.
  /// - Throws: an interruption alone; the media that are written stand.
  func run(
    _ ask: (MediumCall) throws(Failure) -> MediumAnswer,
    first: (String) throws(Failure) -> Void
  ) throws(Failure) -> [(number: Int, failure: Failure)] {
    var failures: [(number: Int, failure: Failure)] = []
    let missing = writing.record.missing
    if case .here(let paths) = media.place { try check(paths, for: missing) }
    for (index, medium) in missing.enumerated() {
      guard let place = try place(of: medium, at: index) else { break }
      do throws(Failure) {
        if case .oneByOne = media.place {
          guard try write(medium, asking: ask, at: place, first) else { break }
        } else {
          try write(medium, to: place, first)
        }
      } catch {
        // Nobody inserts another object store: the same command goes on.
        guard error.kind != .interrupted, error.kind != .terminated, !media.isStore else {
          throw error
        }
        failures.append((medium.number, error))
        job.session.tell(
          Note(
            .warning,
            "medium-failed",
            "medium \(medium.number) (\(medium.label)): \(error.reason)"
          )
        )
      }
    }
    return failures
  }

  private func check(
    _ paths: [String],
    for missing: [MediaSetRecord.Medium]
  ) throws(Failure) {
    guard Set(paths).count == paths.count else {
      throw Failure(.usage, "media", "name each medium once")
    }
    for path in paths.dropFirst(missing.count) {
      job.session.tell(.note("no medium is needed at \(path)"))
    }
    var places: [MediumWarnings.Place] = []
    for (medium, path) in zip(missing, paths) {
      let device = MediumDevice(of: try Directory(opening: path))
      places.append(MediumWarnings.Place(number: medium.number, path: path, device: device))
    }
    for note in MediumWarnings.notes(places) { job.session.tell(note) }
  }

  /// Where the medium is or will be; nil when there are no more.
  private func place(of medium: MediaSetRecord.Medium, at index: Int) throws(Failure) -> String? {
    switch media.place {
    case .here(let paths): return index < paths.count ? paths[index] : nil
    case .oneByOne(let path), .images(let path), .store(let path): return path
    case .below(let path):
      let parent = try Directory(opening: path)
      try job.depot.requireOutside(parent)
      if try parent.makeDirectory(medium.label) { try parent.sync() }
      return parent.describe(medium.label)
    }
  }

  /// Asks until the medium is written; false when nothing more is to be written now.
  private func write(
    _ medium: MediaSetRecord.Medium,
    asking ask: (MediumCall) throws(Failure) -> MediumAnswer,
    at place: String,
    _ first: (String) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    var problem: Failure?
    while true {
      let call = MediumCall(
        number: medium.number,
        count: writing.record.media.count,
        label: medium.label,
        bytes: medium.bytes,
        place: place,
        problem: problem
      )
      switch try ask(call) {
      case .skip: return true
      case .stop: return false
      case .ready: break
      }
      do throws(Failure) {
        try write(medium, to: place, first)
        return true
      } catch {
        guard error.kind != .interrupted, error.kind != .terminated else { throw error }
        problem = error
      }
    }
  }

  private func write(
    _ medium: MediaSetRecord.Medium,
    to place: String,
    _ first: (String) throws(Failure) -> Void
  ) throws(Failure) {
    if media.isStore { return try send(medium, to: place) }
    if medium.number == 1 {
      try job.depot.requireOutside(try Directory(opening: place))
      try first(place)
    }
    let progress = job.session.progress ?? { _ in }
    let written: MediaSetRecord.Written
    if case .images = media.place {
      written = try writing.writeImage(medium.number, to: place, now: .now(), progress: progress)
    } else {
      written = try writing.write(
        medium.number,
        to: place,
        now: .now(),
        device: try lookAtDevice(of: medium, at: place),
        discardingPartial: isDiscarding,
        progress: progress
      )
    }
    note(medium, written)
    tell(medium, written)
    if media.isUnmounted { try unmount(place) }
  }

  private func send(_ medium: MediaSetRecord.Medium, to address: String) throws(Failure) {
    let written = try writing.send(
      medium.number,
      to: try job.depot.farDestination(address, media.around),
      now: .now(),
      progress: job.session.progress ?? { _ in }
    )
    note(medium, written)
    tell(medium, written)
  }

  /// Says for the audit log that a medium is written.
  private func note(_ medium: MediaSetRecord.Medium, _ written: MediaSetRecord.Written) {
    let device = [written.model, written.serial].compactMap { $0 }
    job.record("medium \(medium.number)", [medium.label, written.place] + device)
    let (number, count) = (medium.number, writing.record.media.count)
    job.facts.add(
      .mediumWritten(AuditFact.WrittenMedium(of: writing.exported, number, of: count, written))
    )
  }

  /// What the device says of itself; where it was another medium of the set before, that is told.
  private func lookAtDevice(
    of medium: MediaSetRecord.Medium,
    at place: String
  ) throws(Failure) -> MediumDevice? {
    let directory = try Directory(opening: place)
    // A directory beside its fellows is no medium yet: its device says nothing of the one that it goes on.
    if case .below(let path) = media.place,
      try directory.status().device == Directory(opening: path).status().device
    {
      return nil
    }
    let device = MediumDevice(of: directory)
    let written = writing.record.media.compactMap { medium in
      medium.written?.serial.map { (number: medium.number, serial: $0) }
    }
    let here = MediumWarnings.Place(number: medium.number, path: place, device: device)
    for note in MediumWarnings.notes(here, written: written) { job.session.tell(note) }
    // Of places that are all at hand this was said before the first.
    if case .oneByOne = media.place {
      for note in MediumWarnings.notes([here]) { job.session.tell(note) }
    }
    // The disk of this machine is no medium that anybody carries away under its serial number.
    return device?.isSystemDisk == true ? nil : device
  }

  /// Unmounts a medium, which makes sure that it may be removed.
  private func unmount(_ place: String) throws(Failure) {
    try MountPoint.unmount(place)
    job.session.tell(.note("\(place) is unmounted: you may remove the medium now"))
  }

  private func tell(_ medium: MediaSetRecord.Medium, _ written: MediaSetRecord.Written) {
    let count = writing.record.media.count
    let text = "medium \(medium.number) of \(count), \(medium.label), is written"
    if let image = written.image {
      job.session.tell(
        .note(
          "image \(medium.number) of \(count) is written: SHA-256 \(image.hex); burn it with xorriso -as "
            + "cdrecord -v dev=/dev/sr0 -dao \(Escaped.shellWord(written.place)), and verify the disc"
        )
      )
      return
    }
    if written.readBack == .server {
      let place = written.place
      job.session.tell(
        .note("\(writing.record.bundle) is at \(place); the store compared its digests")
      )
    } else {
      job.session.tell(Note.readBack(written.readBack, text) ?? .note(text))
    }
  }
}

extension Note {
  /// Says how far a medium that was just written was read again; nil where it was not.
  static func readBack(_ source: MediaSetRecord.ReadBack, _ what: String) -> Note? {
    switch source {
    case .none, .server: nil
    case .medium: .note(what + " and was read back from the medium")
    case .cache:
      Note(
        .warning,
        "read-back-cache",
        what
          + "; reading it back saw only what is kept in memory: unmount it, insert it again and "
          + "run aptferry verify on it"
      )
    }
  }
}
