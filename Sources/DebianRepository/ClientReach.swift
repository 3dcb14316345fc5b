internal import SafeIO

/// What the clients of a suite may ask of it, and what of that is there.
///
/// It is what the Release file lists, as far as apt's targets go; who makes the value says what is there.
/// apt asks for nothing that Release does not list. What it does list and the tree does not have
/// is an error of `apt-get update` for each client that asks.
package struct ClientReach: Sendable {
  /// A file that a client may ask for.
  package struct Question: Hashable, Sendable {
    /// What it asks for it as.
    package let target: AptTarget
    /// Where the plain file lies, below the suite's directory.
    package let path: String
    /// The component in whose directory it lies; nil at the top and in flat repositories.
    package let component: String?
    /// The architecture; nil for what is about none.
    package let architecture: String?
    /// The language of descriptions.
    package let language: String?
    /// The forms that Release lists, in apt's order.
    package let forms: [ListedFile]
    /// Whether one of the forms is there.
    package let isAnswered: Bool
  }

  /// All questions, by path.
  package let questions: [Question]
  /// The components that Release names and nothing of which is there.
  package let absentComponents: [String]
  /// The architectures that Release names and no packages of which are there.
  package let absentArchitectures: [String]

  /// - Parameters:
  ///   - release: the suite's Release file.
  ///   - isFlat: whether it is a flat repository.
  ///   - has: whether the tree has a listed file as it is listed.
  package init(of release: ReleaseFile, isFlat: Bool, has: (ListedFile) -> Bool) {
    let all = ClientReach.listed(in: release, isFlat: isFlat).compactMap { place, forms in
      ClientReach.question(place, forms, release, has)
    }
    // The Contents at the top are asked for where no component has its own.
    let hasOwn = all.contains { $0.target == .contents && $0.component != nil }
    questions = all.filter { !hasOwn || $0.target != .oldContents }
    let answered = questions.filter { $0.isAnswered && $0.target.listsPackages }
    let components = Set(answered.compactMap(\.component))
    absentComponents =
      isFlat
      ? []
      : release.components.filter { name in
        !components.contains { $0 == name || $0[...] == name.split(separator: "/").last }
      }
    let architectures = Set(answered.compactMap(\.architecture))
    absentArchitectures =
      isFlat
      ? []
      : release.architectures.filter {
        !["all", "source"].contains($0) && !architectures.contains($0)
      }
  }

  /// Whether clients ask for packages for all architectures in a list of their own, and in vain.
  package var lacksAll: Bool {
    unanswered.contains { question in
      question.target == .packages && question.architecture == "all"
        && !absentComponents.contains { $0 == question.component }
    }
  }

  /// The questions that are not answered.
  package var unanswered: [Question] { questions.filter { !$0.isAnswered } }

  /// The questions of a client with these components and architectures.
  package func questions(
    components: Set<String>,
    architectures: Set<String>,
    withSources: Bool
  ) -> [Question] {
    questions.filter { question in
      (withSources || !question.target.isOfSources)
        && (question.component.map { components.contains($0) } ?? true)
        && (question.architecture.map {
          ["all", "source"].contains($0) || architectures.contains($0)
        }
          ?? true)
    }
  }

  /// A place that clients may ask for, as its path or, in a flat repository, its name says.
  private struct Place: Hashable {
    var target: AptTarget
    var path: String
    var component: String?
    var architecture: String?
    var language: String?

    init?(_ path: String, isFlat: Bool) {
      if isFlat, Place.isLanguage(path) {
        (target, self.path, language) = (.translations, path, path)
        return
      }
      guard let index = IndexPath(path), let target = index.target else { return nil }
      if isFlat || index.component != nil || target.listsPackages {
        self.target = target
      } else {
        // At the top of a tree clients look for Contents alone.
        guard target == .contents else { return nil }
        self.target = .oldContents
      }
      self.path = index.plain.text
      component = index.component
      architecture = index.architecture
      language = index.language
    }

    /// `de`, `pt_BR`: what apt asks a flat repository for.
    private static func isLanguage(_ name: String) -> Bool {
      let parts = name.split(separator: "_", omittingEmptySubsequences: false)
      guard let first = parts.first, (2...3).contains(first.utf8.count), parts.count <= 2,
        first.utf8.allSatisfy({ (0x61...0x7a).contains($0) })
      else { return false }
      return parts.count == 1
        || parts[1].utf8.count == 2 && parts[1].utf8.allSatisfy { (0x41...0x5a).contains($0) }
    }
  }

  private static func listed(
    in release: ReleaseFile,
    isFlat: Bool
  ) -> [(Place, [ListedFile])] {
    var forms: [String: [ListedFile]] = [:]
    var places: [String: Place] = [:]
    for file in release.files {
      guard let place = Place(file.path.text, isFlat: isFlat) else { continue }
      places[place.path] = place
      forms[place.path, default: []].append(file)
    }
    return places.values.sorted { $0.path < $1.path }.map { place in
      (place, (forms[place.path] ?? []).sorted { rank($0) < rank($1) })
    }
  }

  /// The order in which apt tries the forms, unless it was told another one.
  private static let endings = [".xz", ".bz2", ".lzma", ".gz", ".lz4", ".zst"]

  private static func rank(_ file: ListedFile) -> Int {
    endings.firstIndex { file.path.text.hasSuffix($0) } ?? endings.count
  }

  private static func question(
    _ place: Place,
    _ forms: [ListedFile],
    _ release: ReleaseFile,
    _ has: (ListedFile) -> Bool
  ) -> Question? {
    if place.architecture == "all" {
      // A client asks for it where Release says that there is such an architecture.
      guard release.architectures.contains("all") else { return nil }
      let without = (release.noSupportForArchitectureAll ?? "").split { $0 == " " || $0 == "," }
      guard !without.contains(where: { $0 == place.target.rawValue }) else { return nil }
    }
    // Each form is looked at: clients may prefer another one.
    let isAnswered = !forms.filter(has).isEmpty
    // apt knows without asking what an empty file is.
    if !isAnswered, forms.contains(where: { $0.path.text == place.path && $0.size == 0 }) {
      return nil
    }
    return Question(
      target: place.target,
      path: place.path,
      component: place.component,
      architecture: place.architecture,
      language: place.language,
      forms: forms,
      isAnswered: isAnswered
    )
  }
}

extension AptTarget {
  /// Whether it lists packages, of whatever sort, for somebody who installs or builds.
  package var listsPackages: Bool { self == .packages || self == .sources }
}
