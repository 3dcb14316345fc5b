private import Glibc

/// A queue between threads that holds at most `limit` elements: the slower side sets the pace.
///
/// Either side can end it: the sender by `finish`, anybody by `cancel`, after which waiting
/// senders and receivers return at once. Elements are never lost before `cancel`.
// Unchecked: every access to the state is under the POSIX mutex, which the compiler cannot see.
@safe package final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
  private let limit: Int
  private var elements: [Element] = []
  private var head = 0
  private var isFinished = false
  private var isCancelled = false
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>

  /// A queue of at most `limit` waiting elements.
  package init(limit: Int) {
    self.limit = max(1, limit)
    unsafe mutex = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(changed, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(changed)
    unsafe pthread_mutex_destroy(mutex)
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Waits for room and appends; false when the queue was cancelled.
  package func send(_ element: Element) -> Bool {
    locked {
      while elements.count - head >= limit && !isCancelled {
        unsafe pthread_cond_wait(changed, mutex)
      }
      guard !isCancelled else { return false }
      precondition(!isFinished, "a finished queue takes no more elements")
      elements.append(element)
      unsafe pthread_cond_broadcast(changed)
      return true
    }
  }

  /// Waits for the next element; nil when the queue is finished and empty, or was cancelled.
  package func receive() -> Element? {
    locked {
      while head == elements.count && !isFinished && !isCancelled {
        unsafe pthread_cond_wait(changed, mutex)
      }
      guard !isCancelled, head < elements.count else { return nil }
      let element = elements[head]
      head += 1
      if head == elements.count {
        elements.removeAll(keepingCapacity: true)
        head = 0
      } else if head >= 64 {
        elements.removeFirst(head)
        head = 0
      }
      unsafe pthread_cond_broadcast(changed)
      return element
    }
  }

  /// Says that no more elements come.
  package func finish() {
    locked {
      isFinished = true
      unsafe pthread_cond_broadcast(changed)
    }
  }

  /// Ends the queue for both sides; what waits in it is dropped.
  package func cancel() {
    locked {
      isCancelled = true
      elements.removeAll()
      head = 0
      unsafe pthread_cond_broadcast(changed)
    }
  }
}
