internal import Documents
internal import Publishing

/// A directory as a page: a sorted list of links, as people and `wget -r` expect it.
struct DirectoryPage {
  private let components: [String]
  private let children: [ServedDirectory.Child]

  /// The page of a directory; `components` lead to it.
  init(_ components: [String], _ children: [ServedDirectory.Child]) {
    (self.components, self.children) = (components, children)
  }

  /// The page.
  var text: String {
    let title = "Index of /" + components.map { $0 + "/" }.joined()
    let up: HTML = components.isEmpty ? "" : "<a href=\"../\">../</a>\n"
    return
      ("""
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><title>\(title)</title></head>
    <body><h1>\(title)</h1>
    <pre>\(up)\(HTML.joined(children.map(DirectoryPage.line)))</pre>
    </body></html>

    """ as HTML).text
  }

  private static func line(_ child: ServedDirectory.Child) -> HTML {
    let slash = child.size == nil ? "/" : ""
    let gap = String(repeating: " ", count: max(1, 60 - child.name.unicodeScalars.count))
    let size = child.size.map { String($0) } ?? "-"
    return "<a href=\"\(encoded(child.name) + slash)\">\(child.name + slash)</a>\(gap)\(size)\n"
  }

  /// A name as a part of a path in an address: nothing in it ends the part or begins a scheme.
  static func encoded(_ name: String) -> String {
    let hex = Array("0123456789ABCDEF")
    var result = ""
    for byte in name.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e, 0x2b:
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += "%" + String(hex[Int(byte >> 4)]) + String(hex[Int(byte & 15)])
      }
    }
    return result
  }
}
