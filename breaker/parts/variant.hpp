// Keys that belong to one of a dialect's variants: to AdvancedCircuitBreaker, to SamplingBreaker.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

#include "breaker/settings.hpp"

namespace tripcurve::breaker {

// Refuses the keys that only this variant has when another is chosen, and the lack of those that it
// needs when it is.
inline void check_variant(SettingsReader& read, std::string_view variant, bool chosen,
                          std::initializer_list<std::string_view> own,
                          std::initializer_list<std::string_view> needed) {
  for (const auto key : own) {
    if (!chosen && read.is_given(key)) {
      read.refuse(key, fmt::format("belongs to {}, which is not chosen", variant),
                  fmt::format("leave it out, or choose {}", variant));
    }
  }
  for (const auto key : needed) {
    if (chosen && !read.is_given(key)) {
      read.refuse(key, fmt::format("{} needs it", variant), "it has no default");
    }
  }
}

}  // namespace tripcurve::breaker
