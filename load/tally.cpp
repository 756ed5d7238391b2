#include "load/tally.hpp"

#include <algorithm>
#include <array>

#include "core/ensure.hpp"

namespace tripcurve::load {
namespace {

constexpr std::array fields{
    &Counts::calls,         &Counts::fail_fast,     &Counts::rejected_good,
    &Counts::dropped,       &Counts::full,          &Counts::fallback,
    &Counts::fallback_open, &Counts::cached,        &Counts::queued,
    &Counts::cache_misses,  &Counts::queue_full,    &Counts::drained,
    &Counts::lost,          &Counts::sent,          &Counts::ok,
    &Counts::ignored,       &Counts::error_answers, &Counts::timeouts,
    &Counts::resets,        &Counts::closed,        &Counts::connect_failed,
    &Counts::bad_answers,   &Counts::abandoned,     &Counts::unfinished,
    &Counts::handshakes,    &Counts::cut,
};
static_assert(sizeof(Counts) == fields.size() * sizeof(std::uint64_t), "every counter is listed");

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  for (const auto field : fields) {
    this->*field += other.*field;
  }
  return *this;
}

Counts& Counts::operator-=(const Counts& other) {
  for (const auto field : fields) {
    this->*field -= other.*field;
  }
  return *this;
}

void CallTimes::merge(const CallTimes& other) {
  all_.merge(other.all_);
  both_.merge(other.both_);
  response_.merge(other.response_);
  service_.merge(other.service_);
  first_byte_.merge(other.first_byte_);
}

void CallTimes::add_responses_to(Histogram& sum) const {
  sum.merge(all_);
  sum.merge(both_);
  sum.merge(response_);
}

void CallTimes::add_services_to(Histogram& sum) const {
  sum.merge(all_);
  sum.merge(both_);
  sum.merge(service_);
}

void CallTimes::add_first_bytes_to(Histogram& sum) const {
  sum.merge(all_);
  sum.merge(first_byte_);
}

Histogram CallTimes::response() const {
  Histogram sum;
  add_responses_to(sum);
  return sum;
}

void ScheduleError::merge(const ScheduleError& other) {
  on_time_ += other.on_time_;
  late_.merge(other.late_);
}

Histogram ScheduleError::histogram() const {
  auto all = late_;
  all.record(Duration::zero(), on_time_);
  return all;
}

void LimitRange::note(std::uint64_t limit) {
  least = least == 0 ? limit : std::min(least, limit);
  most = std::max(most, limit);
  last = limit;
}

void LimitRange::merge(const LimitRange& other) {
  last += other.last;
  least += other.least;
  most += other.most;
}

void LimitRange::append(const LimitRange& later) {
  if (later.last > 0) {
    note(later.least);
    note(later.most);
    note(later.last);
  }
}

Counts PhaseTally::counts() const {
  Counts sum;
  for (const auto& cell : endpoints) {
    sum += cell.counts;
  }
  return sum;
}

Histogram PhaseTally::response() const {
  Histogram sum;
  for (const auto& cell : endpoints) {
    cell.times.add_responses_to(sum);
  }
  return sum;
}

Histogram PhaseTally::service() const {
  Histogram sum;
  for (const auto& cell : endpoints) {
    cell.times.add_services_to(sum);
  }
  return sum;
}

Histogram PhaseTally::first_byte() const {
  Histogram sum;
  for (const auto& cell : endpoints) {
    cell.times.add_first_bytes_to(sum);
  }
  return sum;
}

void PhaseTally::add_calls(const PhaseTally& other) {
  ENSURE(endpoints.size() == other.endpoints.size());
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    endpoints[i].counts += other.endpoints[i].counts;
    endpoints[i].times.merge(other.endpoints[i].times);
  }
  schedule_error.merge(other.schedule_error);
  fail_fast.merge(other.fail_fast);
  gap.merge(other.gap);
  stale_age.merge(other.stale_age);
  queue_wait.merge(other.queue_wait);
  wasted += other.wasted;
  dropped_trials += other.dropped_trials;
  std::ranges::for_each(other.ends, [this](const AttemptEnds& more) { add_ends(more); });
}

void PhaseTally::add_ends(const AttemptEnds& more) {
  const auto known = std::ranges::find(ends, more.end, &AttemptEnds::end);
  if (known == ends.end()) {
    ends.push_back(more);
  } else {
    known->attempts += more.attempts;
  }
}

void PhaseTally::merge(const PhaseTally& other) {
  add_calls(other);
  peak_in_flight += other.peak_in_flight;
  limit.merge(other.limit);
}

void PhaseTally::append(const PhaseTally& other) {
  add_calls(other);
  peak_in_flight = std::max(peak_in_flight, other.peak_in_flight);
  limit.append(other.limit);
}

std::vector<Counts> Tally::endpoints() const {
  std::vector<Counts> sums(phases.front().endpoints.size());
  for (const auto& phase : phases) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] += phase.endpoints[i].counts;
    }
  }
  return sums;
}

Histogram Tally::response() const {
  Histogram sum;
  for (const auto& phase : phases) {
    for (const auto& cell : phase.endpoints) {
      cell.times.add_responses_to(sum);
    }
  }
  return sum;
}

void Tally::merge(const Tally& other) {
  ENSURE(phases.size() == other.phases.size());
  for (std::size_t i = 0; i < phases.size(); ++i) {
    phases[i].merge(other.phases[i]);
  }
}

void Snapshot::merge(const Snapshot& other) {
  ENSURE(endpoints.size() == other.endpoints.size());
  at = std::max(at, other.at);
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    endpoints[i] += other.endpoints[i];
  }
  response.merge(other.response);
  in_flight += other.in_flight;
  limit += other.limit;
  if (tally && other.tally) {
    tally->merge(*other.tally);
  } else {
    tally.reset();  // half of one is none
  }
}

Counts Snapshot::total() const {
  Counts sum;
  for (const auto& endpoint : endpoints) {
    sum += endpoint;
  }
  return sum;
}

}  // namespace tripcurve::load
