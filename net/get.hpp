// One request with a connection of its own, for what tripcurve wants from others while it waits:
// whether a service is up, what it says of itself, that it does something else.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"
#include "core/time.hpp"
#include "net/client.hpp"

namespace tripcurve::net {

struct Answer {
  std::uint16_t status = 0;
  std::string body{};
};

struct Question {
  std::string method = "GET";
  std::string body{};           // of type application/json; empty: none
  std::string authorization{};  // empty: no such field
};

// Asks `target` at its path, and returns within `longest` in any case. Resolves its host if that
// was not done. The Error says what went wrong, in the system's words.
[[nodiscard]] Result<Answer> ask(Target target, const Question& question, Duration longest);
[[nodiscard]] Result<Answer> get(Target target, Duration longest);

}  // namespace tripcurve::net
