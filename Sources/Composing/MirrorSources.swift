internal import DebianRepository
internal import Depot
internal import Objects
internal import SafeIO
internal import VendorChain

extension SourceSnapshots {
  /// What states of a mirror have.
  init(mirror name: String, states: [MirrorState], in depot: Depot) throws(Failure) {
    var suites: [(suite: SuiteRecord, list: FileList, leftOut: [LeftOut])] = []
    for state in states {
      let list = try depot.catalogue.fileList(
        state.listing,
        name: "the listing of mirror \(name), \(state.suite.distribution)"
      )
      suites.append((state.suite, list, state.leftOut))
    }
    // A flat repository has no name that a suite of ours could have.
    let called =
      states.map(\.suite.distribution) + states.flatMap { [$0.names.codename, $0.names.suite] }
    self.init(
      mirror: name,
      suites,
      named: called.first { Distribution.isName($0) && !Distribution.isFlat($0) } ?? name,
      opening: SourceSnapshots.opening(depot.objects)
    )
  }
}
