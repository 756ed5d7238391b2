#include "faults/virtual_time.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace tripcurve::faults {
namespace {

std::optional<Error> not_simulated(const Errors& errors) {
  const auto found = std::ranges::find_if(errors.items(), [](const ErrorItem& item) {
    return !item.fault.kind().not_simulated.empty();
  });
  const auto* schedule = errors.schedule();
  if (schedule != nullptr && schedule->per() == Schedule::Per::connection) {
    return Error{quoted(errors.text()) +
                     " cannot be simulated: in virtual time there are no connections that could be "
                     "used again",
                 "write per=request or per=client, or do a real run with tripcurve run"};
  }
  if (found == errors.items().end()) {
    return std::nullopt;
  }
  return Error{quoted(found->kind()) +
                   " cannot be simulated: " + std::string(found->fault.kind().not_simulated),
               "leave it out, or do a real run with tripcurve run"};
}

}  // namespace

std::optional<Error> not_simulated(const Upstream& upstream, const std::vector<PhaseSpec>& phases) {
  if (auto error = not_simulated(upstream.normal.errors)) {
    return error;
  }
  for (const auto& rule : upstream.rules) {
    if (auto error = rule.errors ? not_simulated(*rule.errors) : std::nullopt) {
      return error->in("rule " + quoted(rule.match.text()));
    }
  }
  for (const auto& phase : phases) {
    if (auto error = phase.errors ? not_simulated(*phase.errors) : std::nullopt) {
      return error->in("phase " + quoted(phase.name));
    }
  }
  return std::nullopt;
}

}  // namespace tripcurve::faults
