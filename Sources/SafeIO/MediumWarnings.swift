/// What should make people look twice at the media of a set before they trust them.
package enum MediumWarnings {
  /// A medium as it lies before us.
  package struct Place: Sendable {
    /// The number of the medium in its set, from 1.
    package let number: Int
    /// The path that people named.
    package let path: String
    /// What it lies on, as far as that is known.
    package let device: MediumDevice?

    package init(number: Int, path: String, device: MediumDevice?) {
      self.number = number
      self.path = path
      self.device = device
    }
  }

  /// What is odd about places that are all at hand.
  package static func notes(_ places: [Place]) -> [Note] {
    places.compactMap(onSystemDisk) + oneDevice(places)
  }

  /// A place on the machine's own disk is no medium that anybody can carry away.
  private static func onSystemDisk(_ place: Place) -> Note? {
    guard let device = place.device, device.isSystemDisk else { return nil }
    let what =
      device.isRootFileSystem
      ? "lies on the root file system of this machine"
      : "lies on the same device as the root file system of this machine"
    return Note(
      .warning,
      "medium-on-system-disk",
      "\(place.path) \(what): is the medium mounted there?"
    )
  }

  /// Media that are one device are lost together.
  private static func oneDevice(_ places: [Place]) -> [Note] {
    var notes: [Note] = []
    for (index, place) in places.enumerated() {
      guard let device = place.device,
        let earlier = places[..<index].first(where: {
          $0.device?.isOneDevice(with: device) ?? false
        })
      else { continue }
      notes.append(
        Note(
          .warning,
          "media-one-device",
          "media \(earlier.number) and \(place.number) are one device"
            + (device.disk.map { " (\($0))" } ?? "")
            + ": \(earlier.path), \(place.path)"
        )
      )
    }
    return notes
  }

  /// Whether a medium is the device that was another number of the set before.
  ///
  /// - Parameters:
  ///   - place: the medium that is at hand now.
  ///   - written: the serial numbers of the media that were written, by number.
  /// - Returns: a note for each of them that has this serial number.
  package static func notes(
    _ place: Place,
    written: [(number: Int, serial: String)]
  ) -> [Note] {
    guard let serial = place.device?.serial else { return [] }
    return written.filter { $0.serial == serial && $0.number != place.number }.map { earlier in
      Note(
        .warning,
        "medium-serial-again",
        "medium \(place.number) (\(place.path)) has the serial number of medium \(earlier.number), "
          + "\(serial): is it the right one?"
      )
    }
  }
}
