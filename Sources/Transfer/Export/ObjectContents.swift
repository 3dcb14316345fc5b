internal import BundleMedium
internal import Depot
internal import SafeIO

/// The depot's objects as an exporter's source.
struct ObjectContents: ContentSource {
  private let objects: ObjectStore

  init(_ objects: ObjectStore) { self.objects = objects }

  func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile { try objects.open(digest) }
}
