#if Network
private import Glibc
internal import SafeIO

/// Where media are mounted: pages take bundles from there, and from nowhere else of the machine.
struct MediaPlaces: Sendable {
  /// Where systems mount what somebody plugs in.
  static let standard = ["/media", "/mnt", "/run/media"]

  private let roots: [String]

  init(_ roots: [String]) { self.roots = roots }

  /// The real path of a directory below one of the places.
  func checked(_ path: String) throws(Failure) -> String {
    guard path.hasPrefix("/"), let real = MediaPlaces.real(path) else {
      throw Failure(
        .usage,
        "no-medium",
        "there is no such directory",
        subject: path,
        hint: "mount the medium, and open the page again"
      )
    }
    let isBelow = roots.compactMap(MediaPlaces.real).contains {
      real == $0 || real.hasPrefix($0 + "/")
    }
    guard isBelow else {
      throw Failure(
        .policy,
        "medium-place",
        "pages take bundles from \(roots.joined(separator: ", ")) only",
        subject: path,
        hint: "mount the medium there, name its place with aptferry serve --media, or import with "
          + "the command"
      )
    }
    return real
  }

  /// The directories at hand that have something which may be a bundle, sorted.
  func found() -> [String] {
    var found: [String] = []
    func look(_ path: String, _ depth: Int) {
      let names = MediaPlaces.names(path)
      if names.contains(where: { MediaPlaces.exists("\(path)/\($0)/MANIFEST") }) {
        found.append(path)
        return
      }
      guard depth > 0 else { return }
      for name in names { look("\(path)/\(name)", depth - 1) }
    }
    for root in roots { look(root, 2) }
    return found.sorted()
  }

  private static func real(_ path: String) -> String? {
    guard !path.utf8.contains(0), let raw = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(raw) }
    let real = unsafe String(cString: raw)
    do throws(Failure) {
      return try Directory(opening: real).path.isEmpty ? nil : real
    } catch {
      return nil
    }
  }

  /// What cannot be looked at is no medium.
  private static func names(_ path: String) -> [String] {
    do throws(Failure) {
      return try Directory(opening: path).list().prefix(200)
        .filter { $0.kind == .directory && !$0.name.hasPrefix(".") }.map(\.name).sorted()
    } catch {
      return []
    }
  }

  private static func exists(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }
}
#endif
