#include "trial/by_hand.hpp"

#include <algorithm>
#include <utility>

namespace tripcurve::trial {
namespace {

Result<faults::PhaseSpec> phase_of(const faults::Settings& settings,
                                   faults::Plan::Answers answers) {
  if (settings.empty()) {
    return Error{"nothing to inject", "give errors, such as 503:100%, or a latency, such as 2s"};
  }
  faults::PhaseSpec phase;
  for (const auto& [name, text] : settings) {
    if (auto mistake = faults::read_setting(phase, name, text)) {
      return *std::move(mistake);
    }
  }
  if (answers == faults::Plan::Answers::of_service) {
    if (auto mistake = faults::not_of_service(phase.shape)) {
      return *std::move(mistake);
    }
  }
  return phase;
}

}  // namespace

std::optional<Error> ByHand::inject(const faults::Settings& settings, faults::Plan::Answers answers,
                                    TimePoint now) {
  auto phase = phase_of(settings, answers);
  if (!phase) {
    return phase.error();
  }
  const std::lock_guard lock(mutex_);
  if (auto mistake = injection_.set(*std::move(phase), now)) {
    return mistake;
  }
  const auto current = injection_.current();
  std::string text = "injected by hand:";
  for (const auto& [name, written] : faults::settings_of(current->phase())) {
    text += " " + name + "=" + written;
  }
  interventions_.push_back({.at = now, .text = std::move(text), .faulty = current->is_fault()});
  return std::nullopt;
}

void ByHand::clear(TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (injection_.current() != nullptr) {
    injection_.clear();
    interventions_.push_back({.at = now, .text = "cleared by hand", .faulty = false});
  }
}

faults::Settings ByHand::injected() const {
  const auto current = injection_.current();
  return current ? faults::settings_of(current->phase()) : faults::Settings{};
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
