#include "trial/by_hand.hpp"

#include <algorithm>

#include "core/units.hpp"

namespace tripcurve::trial {
namespace {

// `normal` with what was typed.
Result<faults::Behaviour> changed(faults::Behaviour normal, const std::string& errors,
                                  const std::string& latency) {
  if (!errors.empty()) {
    auto parsed = faults::parse_errors(errors);
    if (!parsed) {
      return parsed.error().in("errors");
    }
    normal.errors = *std::move(parsed);
  }
  if (!latency.empty()) {
    auto parsed = faults::parse_latency(latency);
    if (!parsed) {
      return parsed.error().in("latency");
    }
    normal.latency = *std::move(parsed);
  }
  return normal;
}

std::optional<Error> without_tls(const faults::Errors& errors) {
  for (const auto& item : errors.items()) {
    if (item.fault.kind().needs_tls) {
      return Error{item.kind() + " is about the TLS handshake, and the upstream speaks plain HTTP",
                   "start it with --tls, or inject reset:" + format_share(item.share)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> ByHand::inject(const std::string& errors, const std::string& latency,
                                    TimePoint now) {
  auto behaviour = changed(normal_, errors, latency);
  if (!behaviour) {
    return behaviour.error();
  }
  if (auto mistake = speaks_tls_ ? std::nullopt : without_tls(behaviour->errors)) {
    return mistake->in("errors");
  }
  const auto text = "injected by hand: latency=" + behaviour->latency.text() +
                    " errors=" + behaviour->errors.text();
  const std::lock_guard lock(mutex_);
  const bool faulty = behaviour->is_worse_than(normal_);
  if (auto error = injection_.set(*std::move(behaviour))) {
    return error;
  }
  interventions_.push_back({.at = now, .text = text, .faulty = faulty});
  return std::nullopt;
}

void ByHand::clear(TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (injection_.current() != nullptr) {
    injection_.clear();
    interventions_.push_back({.at = now, .text = "cleared by hand", .faulty = false});
  }
}

std::optional<ByHand::Injected> ByHand::injected() const {
  const auto behaviour = injection_.current();
  if (!behaviour) {
    return std::nullopt;
  }
  return Injected{behaviour->errors.text(), behaviour->latency.text()};
}

void ByHand::went_to(const std::string& phase, TimePoint now) {
  const std::lock_guard lock(mutex_);
  interventions_.push_back({.at = now, .text = "sent to phase " + phase, .faulty = false});
}

void ByHand::began_anew(TimePoint now) {
  const std::lock_guard lock(mutex_);
  interventions_.push_back({.at = now, .text = "set back to its beginning", .faulty = false});
}

std::vector<report::Intervention> ByHand::since(std::size_t first) const {
  const std::lock_guard lock(mutex_);
  const auto begin = std::min(first, interventions_.size());
  return {interventions_.begin() + static_cast<std::ptrdiff_t>(begin), interventions_.end()};
}

}  // namespace tripcurve::trial
