internal import ArgumentParser
internal import BundleFormat

extension ParityShare: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }

  var defaultValueDescription: String { text }
}
