// Circuit breakers in the configuration formats of their libraries, ready to paste: the opposite of
// the importer. Reading what was written gives the same breaker again, where a format can be
// imported.
//
// Only what was given is written: what is left at its default is left out there as well.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/registry.hpp"
#include "core/result.hpp"

namespace tripcurve::exporter {

struct Exported {
  std::string text;  // ends in a newline
  // Settings that the format cannot hold, by their names: what was written is another breaker.
  std::vector<std::string> left_out{};
};

struct Format {
  std::string_view name;                      // "resilience4j-yaml"
  std::string_view title;                     // "resilience4j in Spring Boot, application.yml"
  std::span<const std::string_view> endings;  // of a file's name: ".yml"
  bool can_be_imported = true;
  bool (*takes)(std::string_view dialect) = nullptr;
  // `instance` is what the breaker is called there.
  Exported (*write)(const breaker::Choice& choice, std::string_view instance) = nullptr;
};

// In the order they are listed; the last is tripcurve's own, which takes every dialect.
[[nodiscard]] std::span<const Format> formats();

// Those that take this breaker, the library's usual one first.
[[nodiscard]] std::vector<const Format*> formats_of(const breaker::Choice& choice);

// The one that a file of that name has: by its ending, the first that takes the breaker.
[[nodiscard]] Result<const Format*> format_for(const breaker::Choice& choice,
                                               std::string_view file);

}  // namespace tripcurve::exporter
