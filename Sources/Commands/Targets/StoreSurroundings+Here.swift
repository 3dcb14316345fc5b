internal import Operations

extension StoreSurroundings {
  /// Those of this command line.
  static var here: StoreSurroundings {
    var around = StoreSurroundings()
    around.userAgent = Version.userAgent
    for variable in variables {
      if let value = Surroundings.current.variable(variable) {
        around.environment[variable] = value
      }
    }
    return around
  }
}

/// What a person named as a medium: an address in an object store stays as it is.
func mediumPath(_ text: String) -> String {
  StoreAddress.isOne(text) ? text : absolutePath(text)
}

/// Where a receipt goes that a person named: a file, a directory in an object store, or standard output.
func receiptDestination(_ text: String) -> ReceiptDestination {
  if Output.isStandard(text) { return .caller }
  return StoreAddress.isOne(text) ? .store(text) : .file(absolutePath(text))
}
