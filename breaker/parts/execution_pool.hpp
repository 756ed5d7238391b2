// The places in which calls run at the same time: Hystrix's execution semaphore or thread pool,
// hystrix-go's tickets. A call that finds none is refused, or waits in the queue of a thread pool.
#pragma once

#include <cstdint>

namespace tripcurve::breaker {

class ExecutionPool {
 public:
  struct Size {
    std::uint64_t threads = 0;       // run at once
    std::uint64_t most_threads = 0;  // so many once the queue is full, and they stay
    std::uint64_t queue = 0;         // calls that may wait for a thread ...
    std::uint64_t queue_limit = 0;   // ... and how many may before the next is refused
  };
  enum class Answer : std::uint8_t { runs, waits, refused };

  explicit ExecutionPool(const Size& size) : size_(size), threads_(size.threads) {}

  [[nodiscard]] Answer enter() {
    if (size_.queue > 0 && waiting_ >= size_.queue_limit) {
      return Answer::refused;
    }
    if (running_ == threads_ && waiting_ < size_.queue) {
      ++waiting_;
      return Answer::waits;
    }
    if (running_ == threads_ && threads_ < size_.most_threads) {
      ++threads_;
    }
    return run();
  }

  // Asks again for one that waits.
  [[nodiscard]] Answer enter_from_queue() {
    if (running_ == threads_) {
      return Answer::waits;
    }
    --waiting_;
    return run();
  }

  void leave() { --running_; }

 private:
  Answer run() {
    if (running_ == threads_) {
      return Answer::refused;
    }
    ++running_;
    return Answer::runs;
  }

  Size size_;
  std::uint64_t threads_;
  std::uint64_t running_ = 0;
  std::uint64_t waiting_ = 0;
};

}  // namespace tripcurve::breaker
