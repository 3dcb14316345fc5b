private import CFuzzer
private import Glibc

// What `scripts/fuzz` runs: one parser against libFuzzer.
//
//   fuzz-formats list                     the parsers
//   fuzz-formats PARSER [libFuzzer's arguments]

guard CommandLine.argc > 1, CommandLine.arguments[1] != "list" else {
  for parser in FuzzedParser.allCases { print(parser.rawValue) }
  exit(0)
}
guard FuzzedParser.chosen != nil else {
  print("fuzz-formats: there is no parser “\(CommandLine.arguments[1])”; see fuzz-formats list")
  exit(2)
}

// libFuzzer sees its own arguments only.
var count = CommandLine.argc - 1
var arguments = unsafe CommandLine.unsafeArgv + 1
unsafe arguments[0] = unsafe CommandLine.unsafeArgv[0]
let status = unsafe withUnsafeMutablePointer(to: &arguments) { pointer in
  unsafe pointer.withMemoryRebound(
    to: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?.self,
    capacity: 1
  ) { pointer in
    unsafe LLVMFuzzerRunDriver(&count, pointer) { data, size in
      let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: size))
      FuzzedParser.chosen?.run(bytes)
      return 0
    }
  }
}
exit(status)
