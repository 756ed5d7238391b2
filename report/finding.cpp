#include "report/finding.hpp"

#include <utility>

namespace tripcurve::report {

std::string Scope::text() const {
  std::string text;
  for (const auto& [what, name] : {std::pair{"phase ", &phase}, std::pair{"endpoint ", &endpoint},
                                   std::pair{"breaker ", &breaker}}) {
    if (!name->empty()) {
      text += (text.empty() ? "" : ", ") + std::string(what) + *name;
    }
  }
  return text.empty() ? "the run" : text;
}

std::string_view name(Finding::Result result) {
  switch (result) {
    case Finding::Result::pass:
      return "pass";
    case Finding::Result::fail:
      return "fail";
    case Finding::Result::inconclusive:
      return "inconclusive";
  }
  return "unknown";
}

}  // namespace tripcurve::report
