// The formats of a result that a flag can name a file for: the only list of them. The flags of run,
// simulate and report, and the outputs of an experiment, are made of it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "report/summary.hpp"

namespace tripcurve::report {

struct Format {
  std::string_view name;     // "json", as an experiment's outputs call it
  std::string_view flag;     // "--json"
  std::string_view summary;  // for help
  std::string_view ending;   // ".json", of its files
  std::string (*write)(const Summary& summary);
};

// In the order they are listed and written.
[[nodiscard]] std::span<const Format> formats();

}  // namespace tripcurve::report
