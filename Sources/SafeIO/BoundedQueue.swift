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
    // Waiting must not depend on somebody setting the clock.
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(changed, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
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
      return takeFirst()
    }
  }

  /// What came of waiting for an element.
  package enum Reception {
    case element(Element)
    /// The queue is finished and empty, or was cancelled.
    case ended
    /// Nothing came in time.
    case timedOut
  }

  /// Waits for the next element, but not longer than some seconds.
  package func receive(within seconds: Double) -> Reception {
    var end = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &end)
    let limited = max(0, min(seconds, 1e6))
    let nanoseconds = end.tv_nsec + Int(limited.truncatingRemainder(dividingBy: 1) * 1e9)
    end.tv_sec += Int(limited) + nanoseconds / 1_000_000_000
    end.tv_nsec = nanoseconds % 1_000_000_000
    return locked {
      while head == elements.count && !isFinished && !isCancelled {
        if unsafe pthread_cond_timedwait(changed, mutex, &end) == ETIMEDOUT { return .timedOut }
      }
      return takeFirst().map { .element($0) } ?? .ended
    }
  }

  private func takeFirst() -> Element? {
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
