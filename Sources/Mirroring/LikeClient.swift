package import DebianRepository
package import SafeIO

/// What a machine inside asks its repositories for, as its apt configuration says.
///
/// The files are read here and not by `apt-config`: what that says depends on the machine where it
/// runs, which is another one than the client, and may have no apt. `#include` is not followed.
package struct LikeClient: Sendable {
  /// The kinds of files, lists of packages not among them.
  package private(set) var kinds: Set<IndexFamily> = []
  /// Languages of descriptions beside English.
  package private(set) var languages: [String] = []
  /// Its architectures, its own one first; empty when the configuration names none.
  package private(set) var architectures: [String] = []
  /// What it says that cannot be known here.
  package private(set) var notes: [Note] = []

  /// Reads an `apt.conf` file, a directory of such files, or one that has `apt.conf.d` and
  /// `apt.conf` in it.
  package init(reading path: String) throws(Failure) {
    var configuration = AptConfiguration()
    let files = try LikeClient.files(of: path)
    guard !files.isEmpty else {
      throw Failure(
        .usage,
        .notFound,
        "there is no apt configuration",
        subject: path,
        hint: "name an apt.conf file, an apt.conf.d directory, or a copy of a machine's /etc/apt"
      )
    }
    for file in files {
      guard let text = try AptSettings.contents(file) else {
        throw Failure(.usage, .notFound, "there is no such file", subject: file)
      }
      try configuration.read(text, including: AptSettings.included)
    }
    self.init(configuration)
  }

  /// What a configuration asks for.
  package init(_ configuration: AptConfiguration) {
    chooseLanguages(configuration)
    chooseTargets(configuration)
    let own = configuration.value("APT::Architecture").map { [$0] } ?? []
    for architecture in own + configuration.list("APT::Architectures")
    where !architectures.contains(architecture) {
      architectures.append(architecture)
    }
  }

  private static func files(of path: String) throws(Failure) -> [String] {
    do throws(Failure) {
      let directory = try Directory(opening: path)
      let whole = try directory.status("apt.conf") == nil ? [] : [path + "/apt.conf"]
      guard try directory.directoryIfPresent("apt.conf.d") != nil else {
        return try whole + AptSettings.parts(path, suffix: ".conf", orNone: true)
      }
      return try AptSettings.parts(path + "/apt.conf.d", suffix: ".conf", orNone: true) + whole
    } catch  where error.name == .noDirectory {
      return [path]
    }
  }

  /// As apt: those up to `none` are fetched; without a list, the user's own and English.
  private mutating func chooseLanguages(_ configuration: AptConfiguration) {
    let list = configuration.list("Acquire::Languages")
    let fetched = list.prefix { $0 != "none" }
    if list.isEmpty || fetched.contains("environment") {
      notes.append(
        Note(
          .note,
          "client-language",
          "the client takes descriptions in the language of whoever runs apt: name it with --language"
        )
      )
    }
    if list.isEmpty || fetched.contains("en") { kinds.insert(.descriptions) }
    languages = fetched.filter {
      !["en", "environment"].contains($0) && MirrorKinds.isLanguage($0)
    }
  }

  private mutating func chooseTargets(_ configuration: AptConfiguration) {
    for (type, isOfSources) in [("deb", false), ("deb-src", true)] {
      let scope = "Acquire::IndexTargets::" + type
      for target in configuration.scopes(below: scope) {
        let isOn = configuration.value("\(scope)::\(target)::DefaultEnabled")
        guard !LikeClient.isFalse(isOn),
          let key = configuration.value("\(scope)::\(target)::MetaKey")
        else { continue }
        guard let place = LikeClient.place(key), place.kind != .packages else {
          if LikeClient.place(key) == nil {
            notes.append(
              Note(
                .note,
                "client-target",
                "no kind of files is known for the target \(target): \(key)"
              )
            )
          }
          continue
        }
        // The contents of source packages come with these alone.
        if isOfSources || place.kind == .translation { continue }
        kinds.insert(place.kind == .components ? .dep11Data : place.family)
      }
    }
    if kinds.contains(.dep11) { kinds.insert(.dep11Data) }
  }

  /// What a target's path stands for, with any names in place of its variables.
  private static func place(_ key: String) -> IndexPath? {
    var path = key
    for (variable, word) in [
      ("$(COMPONENT)", "main"), ("$(ARCHITECTURE)", "amd64"), ("$(NATIVE_ARCHITECTURE)", "amd64"),
      ("$(LANGUAGE)", "en"),
    ] {
      path = path.replacing(variable, with: word)
    }
    return IndexPath(path)
  }

  /// What apt takes for no.
  private static func isFalse(_ value: String?) -> Bool {
    ["no", "false", "without", "off", "disable", "0"].contains(value?.lowercased() ?? "")
  }
}
