#if Network
internal import Depot
internal import ObjectStoreClient
internal import SafeIO

/// A directory in an object store: its address, and the target of this depot that says how it is reached.
struct StorePlace: Sendable {
  /// `s3://bucket/path`, without a slash at the end.
  let name: String
  let target: TargetRecord
  let client: StoreClient
  private let address: BucketAddress

  /// Finds the target for an address: of those that lie there or above, the nearest.
  init(_ text: String, _ depot: Depot, _ around: StoreSurroundings) throws(Failure) {
    address = try BucketAddress(text)
    name = address.text
    let name = name
    let above = try depot.catalogue.targets().filter { target in
      name == target.address || name.hasPrefix(target.address + "/")
    }
    let longest = above.map(\.address.utf8.count).max() ?? 0
    let nearest = above.filter { $0.address.utf8.count == longest }
    guard let target = nearest.first else {
      throw Failure(
        .configuration,
        "no-target-above",
        "no target of this depot says how this is reached",
        subject: name,
        hint: "say it: aptferry target create NAME s3://\(address.bucket) --endpoint URL"
      )
    }
    guard nearest.count == 1 else {
      throw Failure(
        .configuration,
        "two-targets-above",
        "several targets say how this is reached: "
          + nearest.map(\.name).joined(separator: ", "),
        subject: name,
        hint: "remove those that are not meant: aptferry target remove NAME"
      )
    }
    self.target = target
    client = try target.client(around)
  }

  /// The key of something below.
  func key(_ path: String) -> String { address.key(path) }

  /// What the keys in a directory below begin with; empty for the whole bucket.
  func prefix(_ path: String) -> String {
    let key = address.key(path)
    return key.isEmpty || key.hasSuffix("/") ? key : key + "/"
  }
}
#endif
