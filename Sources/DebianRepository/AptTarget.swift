/// The files beside Release that clients ask a repository for, by the names that their
/// configuration and `Targets:` in a sources file have for them.
///
/// apt itself has the first three; apt-file, appstream and command-not-found bring the others.
package enum AptTarget: String, Hashable, Sendable, CaseIterable {
  case packages = "Packages"
  case sources = "Sources"
  case translations = "Translations"
  case contents = "Contents-deb"
  /// Contents at the top of a tree, for which apt-file has another target.
  case oldContents = "Contents-deb-legacy"
  case sourceContents = "Contents-dsc"
  case udebContents = "Contents-udeb"
  case commands = "CNF"
  case appStream = "DEP-11"
  case smallIcons = "DEP-11-icons-small"
  case icons = "DEP-11-icons"
  case iconsHiDPI = "DEP-11-icons-hidpi"
  case largeIcons = "DEP-11-icons-large"
  case largeIconsHiDPI = "DEP-11-icons-large-hidpi"

  /// Whether only clients with `deb-src` ask for it.
  package var isOfSources: Bool { self == .sources || self == .sourceContents }

  /// The icons by the names of their files.
  fileprivate static let iconFiles: [String: AptTarget] = [
    "icons-48x48.tar": .smallIcons, "icons-64x64.tar": .icons, "icons-64x64@2.tar": .iconsHiDPI,
    "icons-128x128.tar": .largeIcons, "icons-128x128@2.tar": .largeIconsHiDPI,
  ]
}

extension IndexPath {
  /// What clients ask for this file as; nil for a file that no client asks for.
  package var target: AptTarget? {
    switch kind {
    case .packages: .packages
    case .sources: .sources
    // Of a flat repository apt asks for a file that is called like the language alone.
    case .translation: layout == .tree ? .translations : nil
    case .contents: architecture == "source" ? .sourceContents : .contents
    case .udebContents: .udebContents
    case .components: .appStream
    case .appStream: name.flatMap { AptTarget.iconFiles[$0] }
    case .commands: .commands
    case .udebs, .installer, .directoryRelease, .strayPackages, .straySources: nil
    }
  }
}
