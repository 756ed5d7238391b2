#include "report/judged.hpp"

#include <utility>

namespace tripcurve::report {

std::string Scope::text() const {
  std::string text;
  for (const auto& [what, name] : {std::pair{"phase ", &phase}, std::pair{"endpoint ", &endpoint},
                                   std::pair{"breaker ", &breaker}, std::pair{"service ", &service},
                                   std::pair{"link ", &link}}) {
    if (!name->empty()) {
      text += (text.empty() ? "" : ", ") + std::string(what) + *name;
    }
  }
  return text.empty() ? "the run" : text;
}

std::string_view name(Judged::Result result) {
  switch (result) {
    case Judged::Result::pass:
      return "pass";
    case Judged::Result::fail:
      return "fail";
    case Judged::Result::inconclusive:
      return "inconclusive";
  }
  return "unknown";
}

}  // namespace tripcurve::report
