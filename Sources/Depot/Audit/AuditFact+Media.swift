package import SafeIO

extension AuditFact {
  /// A medium of a bundle that was written.
  package struct WrittenMedium: Hashable, Sendable {
    /// The bundle's stream.
    package let stream: String
    /// The bundle's number in the stream.
    package let sequence: UInt64
    /// The bundle's payload digest: SHA-256 of MANIFEST.
    package let manifest: SHA256Digest
    /// Which medium of the set, from 1.
    package let number: Int
    /// How many media the set has.
    package let count: Int
    /// Where it was written.
    package let place: String
    /// The device, in its own words.
    package let device: NamedDevice
    /// How far it was read again: `medium`, `cache` or `none`.
    package let readBack: String

    package init(
      of bundle: ExportRecord,
      number: Int,
      count: Int,
      place: String,
      device: NamedDevice,
      readBack: String
    ) {
      (stream, sequence, manifest) = (bundle.stream, bundle.sequence, bundle.manifest)
      (self.number, self.count, self.place) = (number, count, place)
      (self.device, self.readBack) = (device, readBack)
    }

    var members: [WrittenFact.Member] {
      [
        ("stream", .text(stream)), ("sequence", .number(sequence)),
        ("manifest", .digest(manifest)), ("number", .number(UInt64(clamping: number))),
        ("of", .number(UInt64(clamping: count))), ("place", .text(NamedDevice.cut(place))),
      ] + device.members + [("read-back", .text(readBack))]
    }
  }

  /// A medium that was read for what a bundle brings.
  package struct ReadMedium: Hashable, Sendable {
    /// The bundle's stream.
    package let stream: String
    /// The bundle's number in the stream.
    package let sequence: UInt64
    /// The bundle's payload digest: SHA-256 of MANIFEST.
    package let manifest: SHA256Digest
    /// Where it was.
    package let place: String
    /// The device, in its own words.
    package let device: NamedDevice

    package init(
      stream: String,
      sequence: UInt64,
      manifest: SHA256Digest,
      place: String,
      device: NamedDevice
    ) {
      (self.stream, self.sequence, self.manifest) = (stream, sequence, manifest)
      (self.place, self.device) = (place, device)
    }

    var members: [WrittenFact.Member] {
      [
        ("stream", .text(stream)), ("sequence", .number(sequence)),
        ("manifest", .digest(manifest)), ("place", .text(NamedDevice.cut(place))),
      ] + device.members
    }
  }

  /// What a device says that it is; nil where the system does not say.
  package struct NamedDevice: Hashable, Sendable {
    /// The maker and model.
    package let model: String?
    /// The serial number.
    package let serial: String?

    package init(model: String?, serial: String?) { (self.model, self.serial) = (model, serial) }

    package init(_ device: MediumDevice?) { self.init(model: device?.name, serial: device?.serial) }

    fileprivate var members: [WrittenFact.Member] {
      [("model", model), ("serial", serial)].compactMap { name, value in
        value.map { (name, .text(NamedDevice.cut($0))) }
      }
    }

    private static let longest = 100

    /// A text from outside, short enough that the fact has room for all of its members.
    fileprivate static func cut(_ text: String) -> String {
      let scalars = text.unicodeScalars
      return scalars.count > longest ? String(scalars.prefix(longest)) + "…" : text
    }
  }
}
