// Shared by the tests of the importer: a text in, a breaker or a complaint out.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "importer/import.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::testing {

inline importer::Imported read_as(const std::string& file, const std::string& text,
                                  const std::optional<std::string>& instance = std::nullopt) {
  auto imported = importer::import_breaker(file, text, {.instance = instance});
  INFO((imported ? "" : imported.error().message + " | " + imported.error().hint));
  REQUIRE(imported);
  return *std::move(imported);
}

inline Error refused_as(const std::string& file, const std::string& text,
                        const std::optional<std::string>& instance = std::nullopt) {
  const auto imported = importer::import_breaker(file, text, {.instance = instance});
  REQUIRE_FALSE(imported);
  return imported.error();
}

// Whether a note says `why` of `what` in that line.
inline bool tells(const std::vector<importer::Note>& notes, std::uint32_t line,
                  const std::string& what, const std::string& why) {
  return std::ranges::any_of(notes, [&](const importer::Note& note) {
    return note.at.line == line && note.what == what && note.why.find(why) != std::string::npos;
  });
}

}  // namespace tripcurve::testing
