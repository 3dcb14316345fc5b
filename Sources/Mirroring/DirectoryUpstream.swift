internal import SafeIO

/// A tree of this machine as an upstream: `file:`.
final class DirectoryUpstream: Upstream {
  private let root: Directory

  init(_ address: UpstreamAddress) throws(Failure) {
    root = try Directory(opening: address.directory)
    prefix = address
  }

  private let prefix: UpstreamAddress

  func send(_ request: UpstreamRequest) throws(UpstreamTrouble) -> any UpstreamAnswer {
    let path = String(request.address.directory.dropFirst(prefix.directory.count))
    let relative = path.drop { $0 == "/" }
    do throws(Failure) {
      guard RelativePath(relative) != nil,
        let file = try root.fileThroughInsideLinks(String(relative))
      else { return FileAnswer(AnswerHead(status: 404), nil, 0) }
      let size = try file.status().size
      var head = AnswerHead(status: 200)
      guard request.offset > 0 else {
        head.contentLength = size
        return FileAnswer(head, SharedFile(file), 0)
      }
      guard request.offset < size else { return FileAnswer(AnswerHead(status: 416), nil, 0) }
      head.status = 206
      head.contentLength = size - request.offset
      head.range = (request.offset, size)
      return FileAnswer(head, SharedFile(file), request.offset)
    } catch {
      throw UpstreamTrouble(error.reason)
    }
  }

  private final class FileAnswer: UpstreamAnswer {
    let head: AnswerHead
    private let file: SharedFile?
    private var offset: UInt64
    private let block = Block(capacity: 1 << 18)

    init(_ head: AnswerHead, _ file: SharedFile?, _ offset: UInt64) {
      self.head = head
      self.file = file
      self.offset = offset
    }

    func read(_ body: (RawSpan) throws(Failure) -> Void) throws(ReadError) -> Bool {
      guard let file else { return false }
      let block = self.block
      block.clear()
      let count: Int
      do throws(Failure) {
        count = try file.file.read(into: block, at: offset)
      } catch {
        throw .trouble(UpstreamTrouble(error.reason))
      }
      guard count > 0 else { return false }
      offset += UInt64(count)
      let bytes = block.bytes
      do throws(Failure) {
        try body(bytes)
      } catch {
        throw .failure(error)
      }
      return true
    }

    func abandon() {}
  }
}
