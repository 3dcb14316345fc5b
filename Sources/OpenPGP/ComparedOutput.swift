internal import CGPGME
internal import SafeIO

/// What gpg writes, compared with what is expected of it while it comes, and kept nowhere.
@safe final class ComparedOutput {
  let handle: gpgme_data_t
  private let progress: Progress
  private let callbacks: UnsafeMutablePointer<gpgme_data_cbs>

  /// How much came, and whether all of it was as expected; what the C callback holds.
  private final class Progress {
    let expected: [UInt8]
    var count = 0
    var isSame = true

    init(_ expected: [UInt8]) { self.expected = expected }

    func take(_ bytes: UnsafeRawBufferPointer) {
      guard isSame, bytes.count <= expected.count - count else {
        isSame = false
        return
      }
      isSame = unsafe expected[count..<(count + bytes.count)].elementsEqual(bytes)
      count += bytes.count
    }
  }

  init(_ expected: [UInt8]) throws(Failure) {
    progress = Progress(expected)
    unsafe callbacks = UnsafeMutablePointer.allocate(capacity: 1)
    unsafe callbacks.initialize(to: gpgme_data_cbs())
    unsafe callbacks.pointee.write = { box, buffer, size in
      guard let box = unsafe box else { return -1 }
      let progress = unsafe Unmanaged<Progress>.fromOpaque(box).takeUnretainedValue()
      unsafe progress.take(UnsafeRawBufferPointer(start: buffer, count: size))
      // What differs is swallowed: gpg shall come to its end, and its verdict be heard.
      return size
    }
    var created: gpgme_data_t?
    // The box lives as long as this object, which frees the handle first.
    let box = unsafe Unmanaged.passUnretained(progress).toOpaque()
    let error = unsafe gpgme_data_new_from_cbs(&created, callbacks, box)
    guard error == 0, let created = unsafe created else {
      unsafe callbacks.deallocate()
      throw .gnupg("take data", error, subject: nil)
    }
    unsafe handle = unsafe created
  }

  deinit {
    unsafe gpgme_data_release(handle)
    unsafe callbacks.deallocate()
  }

  /// Whether exactly the expected bytes came.
  var isWhole: Bool { progress.isSame && progress.count == progress.expected.count }
}
