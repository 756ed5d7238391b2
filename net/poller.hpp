// Asks a URL again and again, on a thread of its own, for what others say of themselves while a run
// goes on. Only http: nothing of it is secret.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "core/result.hpp"
#include "core/time.hpp"
#include "net/client.hpp"
#include "net/clock.hpp"

namespace tripcurve::net {

class Poller {
 public:
  // The answer's body, or of a stream the whole lines that came, between two times: it was asked,
  // and had answered. The Error has the system's words, or the status if that is not 2xx. On the
  // thread of the poller.
  using Told =
      std::function<void(TimePoint asked, TimePoint answered, const Result<std::string>& body)>;

  // Asks `every` so often from time zero on; what does not answer is waited for at most
  // `longest_answer`. A stream is opened once, and again after `every` when it ends. `clock` must
  // outlive it.
  Poller(Target target, Duration every, bool streams, const SteadyClock& clock, Told told);
  ~Poller();  // ends it, after `longest_answer` at the latest
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  static constexpr Duration longest_answer = std::chrono::seconds(1);

 private:
  void ask(const std::stop_token& stop);
  void follow(const std::stop_token& stop);
  bool pause(const std::stop_token& stop, TimePoint until) const;

  Target target_;
  Duration every_;
  const SteadyClock& clock_;
  Told told_;
  std::jthread thread_;
};

}  // namespace tripcurve::net
