#include "net/poller.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/none.hpp>

#include "net/get.hpp"
#include "net/lone_request.hpp"

namespace tripcurve::net {
namespace {

namespace http = boost::beast::http;

// A line that is longer is no event.
constexpr std::size_t longest_line = std::size_t{4} << 20U;

std::optional<Error> no_success(unsigned status) {
  return status / 100 == 2 ? std::nullopt
                           : std::optional(Error{"it answers " + std::to_string(status), {}});
}

// One answer that does not end, whose lines are told as they come.
class EventStream {
 public:
  EventStream(const Target& target, std::function<void(Result<std::string>)> told)
      : told_(std::move(told)), asked_(target) {
    asked_.request.set(http::field::accept, "text/event-stream");
    asked_.answer.body_limit(boost::none);
  }

  // Until it ends, or somebody stops it.
  void run(const std::stop_token& stop) {
    constexpr auto between_looks = std::chrono::milliseconds(50);
    asked_.send([this](const Code& error) {
      if (!over(error)) {
        read_head();
      }
    });
    while (!over_ && !stop.stop_requested()) {
      asked_.io.run_for(between_looks);
      if (asked_.io.stopped()) {
        asked_.io.restart();
      }
    }
  }

 private:
  using Code = LoneRequest::Code;

  bool over(const Code& error) {
    if (error) {
      end(Error{error == http::error::end_of_stream ? "the stream has ended" : error.message(),
                {}});
    }
    return over_;
  }

  void end(const Error& error) {
    over_ = true;
    told_(error);
  }

  void read_head() {
    http::async_read_header(asked_.stream, asked_.buffer, asked_.answer,
                            [this](const Code& error, std::size_t) {
                              if (!over(error)) {
                                begin();
                              }
                            });
  }

  void begin() {
    if (const auto error = no_success(asked_.answer.get().result_int())) {
      end(*error);
    } else {
      read();
    }
  }

  void read() {
    http::async_read_some(asked_.stream, asked_.buffer, asked_.answer,
                          [this](const Code& error, std::size_t) {
                            tell();
                            if (over(error)) {
                              return;
                            }
                            if (asked_.answer.is_done()) {
                              end({"the stream has ended", {}});
                            } else if (asked_.answer.get().body().size() > longest_line) {
                              end({"a line of the stream does not end", {}});
                            } else {
                              read();
                            }
                          });
  }

  void tell() {
    auto& body = asked_.answer.get().body();
    if (const auto last = body.rfind('\n'); last != std::string::npos) {
      told_(body.substr(0, last + 1));
      body.erase(0, last + 1);
    }
  }

  std::function<void(Result<std::string>)> told_;
  LoneRequest asked_;
  bool over_ = false;
};

}  // namespace

Poller::Poller(Target target, Duration every, bool streams, const SteadyClock& clock, Told told)
    : target_(std::move(target)), every_(every), clock_(clock), told_(std::move(told)) {
  thread_ = std::jthread([this, streams](const std::stop_token& stop) {
    if (!pause(stop, TimePoint{})) {
      return;
    }
    if (streams) {
      follow(stop);
    } else {
      ask(stop);
    }
  });
}

Poller::~Poller() = default;

// False when it was stopped meanwhile.
bool Poller::pause(const std::stop_token& stop, TimePoint until) const {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_until(lock, stop, clock_.real(until), [] { return false; });
  return !stop.stop_requested();
}

void Poller::ask(const std::stop_token& stop) {
  auto due = TimePoint{};
  do {
    const auto asked = clock_.now();
    const auto answer = get(target_, longest_answer);
    const auto answered = clock_.now();
    if (!answer) {
      told_(asked, answered, answer.error());
    } else if (const auto error = no_success(answer->status)) {
      told_(asked, answered, *error);
    } else {
      told_(asked, answered, answer->body);
    }
    // What could not be asked in time is not asked later.
    due = std::max(due + every_, clock_.now());
  } while (pause(stop, due));
}

void Poller::follow(const std::stop_token& stop) {
  do {
    auto before = clock_.now();
    EventStream events(target_, [&](const Result<std::string>& lines) {
      const auto now = clock_.now();
      told_(before, now, lines);
      before = now;
    });
    events.run(stop);
  } while (pause(stop, clock_.now() + every_));
}

}  // namespace tripcurve::net
