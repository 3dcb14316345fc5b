#if Network
internal import AsyncHTTPClient
internal import NIOCore
internal import SafeIO

/// An answer that comes, watched for servers that stall.
extension HTTPUpstream {
  final class Answer: UpstreamAnswer {
    let head: AnswerHead
    private let exchange: HTTPExchange
    private let task: HTTPClient.Task<Void>
    private let settings: Settings
    // Seconds spent waiting, and bytes that came meanwhile: what is too slow is stalled.
    private var waited = 0.0
    private var received: UInt64 = 0
    private var rate: LeastRate.Watch

    init(
      _ head: AnswerHead,
      _ exchange: HTTPExchange,
      _ task: HTTPClient.Task<Void>,
      _ settings: Settings,
      _ meter: LeastRate.Meter
    ) {
      rate = LeastRate.Watch(settings.leastRate, meter)
      self.head = head
      self.exchange = exchange
      self.task = task
      self.settings = settings
    }

    func read(_ body: (RawSpan) throws(Failure) -> Void) throws(ReadError) -> Bool {
      let watch = Stopwatch()
      let reception = HTTPUpstream.wait(exchange, settings.timeout)
      let seconds = watch.seconds
      waited += seconds
      switch reception {
      case .element(.body(let buffer)):
        try watchRate(buffer.readableBytes, after: seconds)
        do throws(Failure) {
          try buffer.withBytes(body)
        } catch {
          throw .failure(error)
        }
        return true
      case .element(.end): return false
      case .element(.failed(let reason)): throw .trouble(UpstreamTrouble(reason))
      case .element(.head), .ended: throw .trouble(UpstreamTrouble("the answer broke off"))
      case .timedOut:
        throw .trouble(
          UpstreamTrouble("nothing came for \(Int(settings.timeout)) seconds")
        )
      }
    }

    private func watchRate(_ count: Int, after seconds: Double) throws(ReadError) {
      do throws(UpstreamTrouble) {
        try rate.came(count, after: seconds)
      } catch {
        throw .trouble(error)
      }
      received += UInt64(count)
      // Of this connection alone little is enough, others may have the line.
      guard waited >= settings.timeout, settings.leastRate.bytesPerSecond > 0 else { return }
      guard received >= settings.leastBytes else {
        throw .trouble(
          UpstreamTrouble("only \(received) bytes came in \(Int(waited)) seconds", isSlow: true)
        )
      }
      (waited, received) = (0, 0)
    }

    func abandon() {
      exchange.abandon()
      task.cancel()
    }
  }
}
#endif
