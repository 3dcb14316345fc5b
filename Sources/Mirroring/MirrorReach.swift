internal import DebianRepository
internal import SafeIO
internal import VendorChain

/// What the clients of a mirror's suite will ask for in vain, though the mirror wants it: the
/// upstream lists it and does not have it.
enum MirrorReach {
  /// A sentence for each kind of thing.
  static func notes(
    on signed: SignedRelease,
    _ list: FileList,
    _ selection: ChainSelection
  ) -> [Note] {
    let (release, name) = (signed.release, signed.suite.distribution)
    let directory = Distribution.directory(of: name)
    let reach = ClientReach(of: release, isFlat: Distribution.isFlat(name)) { file in
      list.index(of: directory + file.path.text) != nil
    }
    let missed = reach.unanswered.filter { question in
      question.forms.contains { selection.wants($0.path, of: release) }
    }
    var notes: [Note] = []
    if !missed.isEmpty {
      notes.append(
        Note(
          .note,
          ClientReach.missCode,
          "\(name): its Release file lists what the upstream does not have: "
            + "\(ClientReach.text(missed)); clients that ask for it end apt-get update with an error, "
            + "outside as inside"
        )
      )
    }
    let components = reach.absentComponents.filter { component in
      selection.components.isEmpty
        || selection.components.contains { ChainSelection.isComponent($0, component) }
    }
    let architectures = reach.absentArchitectures.filter { selection.architectures.contains($0) }
    if let text = ClientReach.text(components, architectures) {
      notes.append(
        Note(.note, ClientReach.missPackagesCode, "\(name): there are no packages for \(text)")
      )
    }
    return notes
  }
}
