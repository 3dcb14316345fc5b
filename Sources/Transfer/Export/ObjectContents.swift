internal import BundleMedium
internal import Depot
internal import Objects
internal import SafeIO

/// The depot's objects as an exporter's source.
struct ObjectContents: ContentSource {
  private let objects: any ObjectStore

  init(_ objects: any ObjectStore) { self.objects = objects }

  func open(_ digest: SHA256Digest) throws(Failure) -> OpenFile { try objects.open(digest) }
}
