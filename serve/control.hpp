// The control of an upstream while it runs, over HTTP: what it does now and what it has done, the
// fault that is injected by hand, and the phase it is in. For programs, the paths are described in
// openapi.json, which is served, too; for people there is a page at / that calls them. The page
// says nothing of the upstream by itself, so it needs no token; who opens it types it in.
//
// What is injected are the settings of a phase, written as in flags and files: errors
// "503:20%,reset:1%", latency "p50=20ms,p99=400ms".
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "serve/http_server.hpp"
#include "serve/settings.hpp"

namespace tripcurve::serve {

// An upstream as it is now.
struct ControlledState {
  struct Phase {
    std::string name;
    std::string text;  // as it was written
    TimePoint begin;
    TimePoint end;  // `never` for one that does not end
    std::uint64_t arrived = 0;
    std::uint64_t served = 0;
    std::vector<std::pair<std::string, std::uint64_t>> injected{};  // by kind
  };
  TimePoint now{};  // in the time of its plan
  std::uint64_t seed = 0;
  std::size_t phase = 0;  // the one it is in
  std::vector<Phase> phases{};
  Settings injected{};  // empty: nothing is
  std::string plan{};   // what it implies, for people
};

// Called on the server's threads, one at a time.
struct FaultControls {
  std::function<std::optional<ControlledState>()> state;  // empty: there is none for now
  // What these do not name is as it normally is.
  std::function<std::optional<Error>(const Settings& settings)> inject;
  Settings examples;            // of all that can be injected
  std::function<void()> clear;  // what was injected
  // Begins that phase now. Empty: its phases follow the clock.
  std::function<void(std::size_t phase)> go_to;
  // Sets it back to its beginning: nothing injected, its first phase, its counts at zero, and the
  // faults of its first request next. Empty: it cannot be.
  std::function<void()> reset;
};

// Thread-safe.
class Control {
 public:
  // Without a token everybody on this machine may change something.
  Control(FaultControls controls, std::string token)
      : controls_(std::move(controls)), token_(std::move(token)) {}

  [[nodiscard]] Answer answer(const PageRequest& request);

 private:
  [[nodiscard]] std::string page() const;
  [[nodiscard]] Answer at_faults(const PageRequest& request);
  [[nodiscard]] Answer put(const std::string& body, bool keeps_others);
  [[nodiscard]] Answer go_to(const std::string& body);
  [[nodiscard]] Answer reset();

  FaultControls controls_;
  std::string token_;
  std::mutex mutex_;  // held while a request is answered: a change is whole for others
};

}  // namespace tripcurve::serve
