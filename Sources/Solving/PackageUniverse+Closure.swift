package import SafeIO

extension PackageUniverse {
  /// What a request needs, chosen as `apt` chooses, and proved: every set that comes back was checked
  /// by other means than those that made it.
  ///
  /// - Throws: `internal` when the check fails.
  package func closure(of request: ClosureRequest) throws(Failure) -> PackageClosure {
    var work = ClosureWork(request)
    work.collectRoots(self)
    try work.settle(self)
    if request.allAlternatives { work.addAlternatives(self) }
    return work.result(self)
  }
}
