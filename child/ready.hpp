// When a program that was started can be used: a URL answers, a line is printed, or a port opens.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "child/child.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace tripcurve::child {

// All that are given must come true; with none it is ready as soon as it runs.
struct ReadyWhen {
  std::string url{};       // answers with a status below 500
  std::string line{};      // is part of a line in its output, which must go to a file
  std::uint16_t port = 0;  // of 127.0.0.1, or of ::1, accepts connections
  Duration within = std::chrono::seconds(30);
  friend bool operator==(const ReadyWhen&, const ReadyWhen&) = default;
};

// Waits until `child` is ready. The Error says what is still missing, with the last lines of its
// output: it has ended, or the time is over. `pause` waits so long, and says false to give up.
[[nodiscard]] std::optional<Error> wait_until_ready(
    Child& child, const ReadyWhen& when, const std::function<bool(Duration longest)>& pause);

// The last lines of a file, for messages; empty when there is nothing to read.
[[nodiscard]] std::string last_lines(const std::string& path, std::size_t lines = 10);

}  // namespace tripcurve::child
