#include "trial/watch.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "core/text.hpp"
#include "through/claimed.hpp"
#include "through/observe.hpp"

namespace tripcurve::trial {
namespace {

constexpr Duration between_looks = std::chrono::milliseconds(200);
// Threads write down what they see moments later.
constexpr Duration moments = std::chrono::milliseconds(50);

void leave_out_since(through::Seen& seen, TimePoint until) {
  std::erase_if(seen.calls, [&](const through::Call& call) { return call.sent >= until; });
  for (auto& call : seen.calls) {
    if (call.ended >= until) {
      call.ended = never;
      call.end.reset();
      call.good = false;
    }
  }
  std::erase_if(seen.arrivals, [&](const through::Arrival& one) { return one.at >= until; });
  std::erase_if(seen.shut, [&](const through::Shut& one) { return one.from >= until; });
}

load::BreakerEvent event_of(const through::Change& change, std::size_t breaker) {
  const auto& [from, to, when, cause, probes, most_probes] = change;
  return {.breaker = breaker,
          .transition = {when.latest, from, to,
                         fmt::format("after {:.3f} s: {}",
                                     to_seconds(when.earliest.time_since_epoch()), cause)},
          .probes = probes,
          .most_probes = most_probes,
          .earliest = when.earliest};
}

// A dependency that nothing arrived at in the whole run.
std::string not_called(const Watched& dependency) {
  return "nothing arrived at " + dependency.address +
         ", so the service's breaker for it was not seen; have the service call that address";
}

}  // namespace

void Watch::look(TimePoint now, load::BreakerBank& bank) {
  if (now >= next_look_) {
    tell(now - moments, bank);
    next_look_ = now + between_looks;
  }
}

void Watch::tell(TimePoint now, load::BreakerBank& bank) {
  auto seen = log_.seen();
  leave_out_since(seen, now);
  std::vector<load::BreakerEvent> events;
  for (std::size_t i = 0; i < dependencies_.size(); ++i) {
    auto& one = dependencies_[i];
    const auto own = through::seen_at(seen, static_cast<std::uint32_t>(i));
    learn_how_it_calls(one, own, now);
    if (now < through::calibrated_until(one.timetable)) {
      continue;
    }
    const auto changes = through::changes(own, one.timetable);
    for (; one.told < changes.size(); ++one.told) {
      events.push_back(event_of(changes[one.told], i));
    }
  }
  std::ranges::stable_sort(events, {},
                           [](const load::BreakerEvent& event) { return event.transition.at; });
  for (const auto& event : events) {
    bank.note(event);
  }
}

std::vector<std::string> Watch::unfit(TimePoint now) {
  if (is_fit_ || now < next_look_) {
    return {};
  }
  const auto seen = log_.seen();
  is_fit_ = !seen.arrivals.empty();
  return through::unfit(seen, dependencies_.front().address);
}

void Watch::learn_how_it_calls(Watched& dependency, const through::Seen& seen, TimePoint now) {
  auto& [name, address, timetable, told, has_news] = dependency;
  if (!has_news) {
    return;
  }
  has_news = now < through::calibrated_until(timetable);
  if (const auto words = through::several_per_call(seen, timetable)) {
    news_.push_back((dependencies_.size() > 1 ? name + ": " : "") + *words);
    has_news = false;
  }
}

std::string Watch::instance_of(const std::vector<Header>& headers, const std::string& peer) const {
  if (instances_ == "address") {
    return peer;
  }
  const auto found = std::ranges::find_if(
      headers, [&](const Header& header) { return same_word(header.name, instances_); });
  return instances_.empty() || found == headers.end() ? "" : visible(found->value);
}

through::Observed Watch::observed_at(std::uint32_t dependency, TimePoint now) const {
  const auto& one = dependencies_[dependency];
  const auto seen = through::seen_at(log_.seen(), dependency);
  auto observed = through::observe(seen, one.timetable, now);
  if (seen.arrivals.empty() && dependency > 0) {
    observed.notes = {not_called(one)};
  }
  if (!instances_.empty()) {
    observed.instances = through::instances(seen, through::calibrated_until(one.timetable), now);
    const auto how =
        instances_ == "address" ? "the address that they come from" : "the field " + instances_;
    for (auto& words : through::instance_words(observed.instances, how)) {
      observed.notes.push_back(std::move(words));
    }
  }
  return observed;
}

void Watch::add_to(report::Summary& summary, TimePoint now) const {
  auto observed = observed_at(0, now);
  for (const auto& claims : claims_) {
    auto readings = claims.readings();
    std::erase_if(readings, [&](const claims::Reading& one) { return one.answered > now; });
    observed.claimed.push_back(
        through::compare_claims(claims::text_of(claims.source()), readings, observed.spells));
  }
  report::add_through(summary, std::move(observed));
  for (std::uint32_t i = 1; i < dependencies_.size(); ++i) {
    const auto& dependency = dependencies_[i];
    report::DependencySummary one{
        .name = dependency.name, .address = dependency.address, .observed = observed_at(i, now)};
    const auto& phases = dependency.timetable.phases();
    for (std::size_t p = 0; p < phases.size(); ++p) {
      one.phases.push_back({phases[p].name, phases[p].fault, one.observed.phases[p]});
    }
    report::add_dependency(summary, std::move(one));
  }
}

}  // namespace tripcurve::trial
