// A flag's text into a value, where it was given.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/result.hpp"

namespace tripcurve::cli {

// What is wrong with it, with the flag in front; nothing if it is right or was not given.
template <typename Value, typename Parse>
std::optional<Error> read_flag(Value& value, const char* flag,
                               const std::optional<std::string>& given, Parse parse) {
  if (!given) {
    return std::nullopt;
  }
  auto read = parse(*given);
  if (!read) {
    return read.error().in(flag);
  }
  value = *std::move(read);
  return std::nullopt;
}

}  // namespace tripcurve::cli
