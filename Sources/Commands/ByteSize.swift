internal import ArgumentParser
internal import SafeIO

extension ByteSize: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }

  var defaultValueDescription: String { ByteSize.text(bytes) }
}
