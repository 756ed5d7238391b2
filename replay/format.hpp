// The formats of traces: their list, and how a person names one with what it needs to know.
//
//   csv
//   csv,time=ts,latency=dur_ms,status=code
//
// A new format is a file under formats/, one line each in formats/formats.hpp and format.cpp.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "replay/line_parser.hpp"

namespace tripcurve::replay {

// "key=value" by key, in the order in which they were given.
using FormatOptions = std::vector<std::pair<std::string, std::string>>;

// What a parser is made of.
struct Beginning {
  std::span<const std::string> lines;  // the first of the trace, empty ones left out
  std::optional<Zone> zone{};          // of times that do not say theirs
};

struct Format {
  std::string_view name;
  std::string_view summary;                   // one line, for help
  std::span<const std::string_view> options;  // the keys it takes
  bool (*is_like)(std::span<const std::string> lines);
  Result<std::unique_ptr<LineParser>> (*make)(const FormatOptions& options,
                                              const Beginning& beginning);
};

// In the order in which they are tried.
[[nodiscard]] std::span<const Format> formats();

// A format and its options; `format` is null where the first lines shall tell.
struct FormatChoice {
  const Format* format = nullptr;
  FormatOptions options{};
};

// "auto", "combined", "csv,time=ts,...". Refuses an unknown format or key (did you mean) and a key
// given twice; values are looked at when the parser is made.
[[nodiscard]] Result<FormatChoice> parse_format(std::string_view text);

struct Opened {
  const Format* format = nullptr;
  std::unique_ptr<LineParser> parser{};
};
// The parser of a trace that begins like that.
[[nodiscard]] Result<Opened> open_format(const FormatChoice& choice, const Beginning& beginning);

// An option's value, if it was given.
[[nodiscard]] std::optional<std::string> option(const FormatOptions& options, std::string_view key);

}  // namespace tripcurve::replay
