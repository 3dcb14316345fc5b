internal import SafeIO

/// The files and directories of an image, before anything has a sector.
struct DiscTree {
  /// A file or directory.
  struct Node {
    let name: String
    let parent: Int
    /// The length of a file in bytes; nil for a directory.
    let size: UInt64?
    var children: [Int] = []
  }

  /// All of them; the first is the top directory, which is its own parent.
  private(set) var nodes = [Node(name: "", parent: 0, size: nil)]
  /// The files, in the order in which they were given.
  private(set) var files: [Int] = []

  /// The longest name that a directory record of an image has room for, in bytes.
  static let longestName = 120
  /// How many directories a path table can number.
  private static let mostDirectories = 65_535

  init(_ list: [(path: String, size: UInt64)]) throws(Failure) {
    var known: [String: Int] = ["": 0]
    var directories = 1
    for (path, size) in list {
      guard let checked = RelativePath(path) else { throw DiscTree.refusal(path) }
      var (parent, whole) = (0, "")
      let components = checked.components
      for (index, name) in components.enumerated() {
        guard name.utf8.count <= DiscTree.longestName else { throw DiscTree.refusal(path) }
        whole += whole.isEmpty ? name : "/" + name
        let isFile = index == components.count - 1
        if let node = known[whole] {
          guard !isFile, nodes[node].size == nil else { throw DiscTree.taken(path) }
          parent = node
          continue
        }
        known[whole] = nodes.count
        nodes[parent].children.append(nodes.count)
        if isFile { files.append(nodes.count) } else { directories += 1 }
        nodes.append(Node(name: name, parent: parent, size: isFile ? size : nil))
        parent = nodes.count - 1
      }
    }
    guard directories <= DiscTree.mostDirectories else {
      throw Failure(
        .resource,
        "image-directories",
        "an image has no room for more than \(DiscTree.mostDirectories) directories"
      )
    }
  }

  /// How many names a directory or file has: its own, and for a directory those in it and below.
  func links(of node: Int) -> UInt32 {
    guard nodes[node].size == nil else { return 1 }
    return UInt32(2 + nodes[node].children.count { nodes[$0].size == nil })
  }

  /// Gives the names of a directory another order.
  mutating func order(_ directory: Int, _ children: [Int]) { nodes[directory].children = children }

  private static func refusal(_ path: String) -> Failure {
    Failure(
      .usage,
      "image-name",
      "an image cannot have a file of this name: every part of it has at most \(longestName) bytes, "
        + "none is . or .., and none has control characters",
      subject: path
    )
  }

  private static func taken(_ path: String) -> Failure {
    Failure(.usage, "image-name", "an image cannot have two files of one name", subject: path)
  }
}
