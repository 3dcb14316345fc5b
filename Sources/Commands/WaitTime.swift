internal import ArgumentParser
internal import SafeIO

/// How long a command waits for another one, as `--wait` has it: `30s`, `10m`.
struct WaitTime: ExpressibleByArgument {
  let seconds: Double

  init?(argument: String) {
    do {
      seconds = Double(try TimeLength.seconds(argument))
    } catch {
      return nil
    }
  }
}
