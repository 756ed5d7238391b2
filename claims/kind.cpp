#include "claims/kind.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "claims/kinds/all.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::claims {

std::span<const Kind> kinds() {
  static const std::array all{prometheus(), actuator(), hystrix(), envoy()};
  return all;
}

Result<const Kind*> find_kind(const std::string& name) {
  const auto all = kinds();
  const auto found = std::ranges::find(all, name, &Kind::name);
  if (found != all.end()) {
    return &*found;
  }
  std::vector<std::string_view> names;
  for (const auto& kind : all) {
    names.push_back(kind.name);
  }
  return Error{quoted(name) + " is no kind of source that says a breaker's state",
               did_you_mean(name, names)};
}

}  // namespace tripcurve::claims
