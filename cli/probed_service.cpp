#include "cli/probed_service.hpp"

#include <algorithm>
#include <csignal>

namespace tripcurve::cli {
namespace {

// Calls that were made at the same time have all arrived, or will not, when nothing happened for
// so long; or for some times as long as the slowest call took that was answered at once.
constexpr Duration least_quiet = std::chrono::milliseconds(60);
constexpr int calls_of_quiet = 3;
constexpr Duration most_quiet = std::chrono::milliseconds(500);
constexpr Duration longest_rush = std::chrono::seconds(2);
constexpr Duration between_looks = std::chrono::milliseconds(50);

constexpr std::uint32_t held_slot = 1000;  // beside those of calls that are made together

faults::Treatment treatment_of(const probe::Reply& reply) {
  faults::Treatment treatment{{.delay = reply.after}};
  switch (reply.end.kind()) {
    case CallEnd::Kind::answer:
      treatment.status = reply.end.status();
      break;
    case CallEnd::Kind::timeout:
      treatment.fate = faults::Fate::hang;
      break;
    case CallEnd::Kind::closed:
      treatment.fate = faults::Fate::empty;
      break;
    case CallEnd::Kind::reset:
    case CallEnd::Kind::connect_failed:
    case CallEnd::Kind::bad_answer:
      treatment.fate = faults::Fate::reset;
      break;
  }
  return treatment;
}

topology::Topology lone_service(const breaker::Choice& choice) {
  topology::Service service{.name = "service",
                            .links = {{.to = topology::upstream, .breaker = choice}},
                            .routes = {{.calls = {{.link = 0}}}}};
  return {.services = {std::move(service)}};
}

faults::Plan endless_plan() {
  return {faults::Upstream{}, {{.name = "probe", .length = std::chrono::hours(1)}}, Random(0)};
}

}  // namespace

bool ProbedService::over() const {
  if (signal_ == 0) {
    const auto signal = signals_.wait(Duration{});
    signal_ = signal && *signal != SIGWINCH ? *signal : 0;
  }
  return signal_ != 0;
}

template <typename Condition>
bool ProbedService::pass_until(Condition holds, Duration longest) {
  const auto end = clock_.now() + longest;
  while (!holds()) {
    const auto now = clock_.now();
    if (now >= end || over()) {
      return false;
    }
    (void)ends_.step(std::min(end, now + between_looks));
  }
  return true;
}

void ProbedService::pass(TimePoint until) {
  (void)pass_until([&] { return clock_.now() >= until; }, until - clock_.now());
}

void ProbedService::take_turn() {
  pass(next_call_);
  next_call_ = clock_.now() + pace_;
}

void ProbedService::treat_with(const probe::Reply& reply) {
  const bool is_answered = reply.end.kind() != CallEnd::Kind::timeout;
  ends_.treat(is_answered ? std::optional(treatment_of(reply)) : std::nullopt);
  if (reply.only_first) {
    ends_.treat_others({});
  }
}

// A service that still waits for an answer, when nobody waits for its own, is not kept busy.
void ProbedService::let_go_after(const probe::Reply& reply) {
  if (reply.end.kind() == CallEnd::Kind::timeout) {
    ends_.release(faults::Treatment{{.fate = faults::Fate::reset}});
  }
}

std::uint32_t ProbedService::under_way(std::uint32_t calls) const {
  std::uint32_t count = 0;
  for (std::uint32_t slot = 0; slot < calls; ++slot) {
    count += ends_.ended(slot) ? 0U : 1U;
  }
  return count;
}

// Until the first so many calls have ended, or their callers have left.
void ProbedService::await(std::uint32_t calls, const probe::Reply& reply) {
  const auto longest = reply.caller_leaves.value_or(patience());
  if (!pass_until([&] { return under_way(calls) == 0; }, longest)) {
    for (std::uint32_t slot = 0; slot < calls; ++slot) {
      if (!ends_.ended(slot)) {
        ends_.give_up(slot);
      }
    }
  }
}

probe::Seen ProbedService::call(const probe::Reply& reply) {
  take_turn();
  const auto before = ends_.arrivals().size();
  const auto at_first = ends_.arrived_at_first();
  const auto began = clock_.now();
  treat_with(reply);
  ends_.call(0, way_);
  await(1, reply);
  const auto& arrivals = ends_.arrivals();
  probe::Seen seen{.arrivals = static_cast<std::uint32_t>(arrivals.size() - before),
                   .status = ends_.ended(0)->status(),
                   .took = clock_.now() - began,
                   .gap = {},
                   .at_first = static_cast<std::uint32_t>(ends_.arrived_at_first() - at_first)};
  if (seen.arrivals > 1) {
    seen.gap = arrivals[before + 1] - arrivals[before];
  }
  if (seen.arrivals == 1 && !reply.takes_time()) {
    slowest_ = std::max(slowest_ * 9 / 10, seen.took);
  }
  let_go_after(reply);
  return seen;
}

probe::Crowd ProbedService::together(std::uint32_t calls, const probe::Reply& reply) {
  take_turn();
  const auto began = clock_.now();
  const auto quiet = std::clamp(slowest_ * calls_of_quiet, least_quiet, most_quiet);
  const auto before = ends_.arrivals().size();
  const auto arrived = [&] { return static_cast<std::uint32_t>(ends_.arrivals().size() - before); };
  if (reply.takes_time()) {
    treat_with(reply);
  } else {
    ends_.treat(std::nullopt);
  }
  for (std::uint32_t slot = 0; slot < calls; ++slot) {
    ends_.call(slot, way_);
  }
  const auto end = clock_.now() + reply.caller_leaves.value_or(longest_rush);
  for (auto known = calls + 1; clock_.now() < end && !over();) {
    const auto now_known = arrived() + under_way(calls);
    if (now_known == known) {
      break;
    }
    known = now_known;
    wait(std::min(quiet, end - clock_.now()));
  }
  probe::Crowd crowd{.first = arrived()};
  if (!reply.takes_time()) {
    ends_.treat(treatment_of(reply));
    ends_.release(treatment_of(reply));
  }
  await(calls, reply);
  let_go_after(reply);
  crowd.all = arrived();
  crowd.took = clock_.now() - began;
  return crowd;
}

bool ProbedService::hold() {
  take_turn();
  const auto before = ends_.arrivals().size();
  ends_.treat(std::nullopt);
  ends_.call(held_slot, way_);
  (void)pass_until(
      [&] { return ends_.arrivals().size() > before || ends_.ended(held_slot).has_value(); },
      longest_rush);
  return ends_.arrivals().size() > before;
}

void ProbedService::let_go(const probe::Reply& reply) {
  ends_.release(treatment_of(reply));
  if (!pass_until([&] { return ends_.ended(held_slot).has_value(); }, longest_rush)) {
    ends_.give_up(held_slot);
  }
}

OwnService::OwnService(const breaker::Choice& choice, const net::SteadyClock& clock)
    : topology_(lone_service(choice)),
      plan_(endless_plan()),
      injector_(plan_),
      load_{.timetable = plan_.timetable(), .loop = load::OpenLoop{}},
      services_(topology_, load_, injector_, clock) {}

}  // namespace tripcurve::cli
