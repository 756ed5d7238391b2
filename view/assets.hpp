// The page as embed.py has put it together at build time, cut where page() puts something in. Only
// for page.cpp.
#pragma once

#include <string_view>

namespace tripcurve::view {

struct Assets {
  std::string_view head;    // up to the policy's connect-src
  std::string_view middle;  // from there to the run's data
  std::string_view tail;    // all after it
};

[[nodiscard]] const Assets& assets();

}  // namespace tripcurve::view
