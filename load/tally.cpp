#include "load/tally.hpp"

#include <algorithm>
#include <array>

#include "core/ensure.hpp"

namespace tripcurve::load {
namespace {

constexpr std::array fields{
    &Counts::calls,  &Counts::fail_fast,      &Counts::dropped,     &Counts::sent,
    &Counts::ok,     &Counts::error_answers,  &Counts::timeouts,    &Counts::resets,
    &Counts::closed, &Counts::connect_failed, &Counts::bad_answers, &Counts::unfinished,
};
static_assert(sizeof(Counts) == fields.size() * sizeof(std::uint64_t), "every counter is listed");

}  // namespace

void Counts::note(CallEnd end) {
  switch (end.kind) {
    case CallEnd::Kind::answer:
      ++(is_failure(end) ? error_answers : ok);
      return;
    case CallEnd::Kind::timeout:
      ++timeouts;
      return;
    case CallEnd::Kind::reset:
      ++resets;
      return;
    case CallEnd::Kind::closed:
      ++closed;
      return;
    case CallEnd::Kind::connect_failed:
      ++connect_failed;
      return;
    case CallEnd::Kind::bad_answer:
      ++bad_answers;
      return;
  }
}

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

void Tally::merge(const Tally& other) {
  ENSURE(phases.size() == other.phases.size() && endpoints.size() == other.endpoints.size());
  for (std::size_t i = 0; i < phases.size(); ++i) {
    phases[i].counts += other.phases[i].counts;
    phases[i].response.merge(other.phases[i].response);
    phases[i].service.merge(other.phases[i].service);
    phases[i].schedule_error.merge(other.phases[i].schedule_error);
  }
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    endpoints[i] += other.endpoints[i];
  }
  response.merge(other.response);
}

void Snapshot::merge(const Snapshot& other) {
  ENSURE(endpoints.size() == other.endpoints.size());
  at = std::max(at, other.at);
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    endpoints[i] += other.endpoints[i];
  }
  response.merge(other.response);
  in_flight += other.in_flight;
}

Counts Snapshot::total() const {
  Counts sum;
  for (const auto& endpoint : endpoints) {
    sum += endpoint;
  }
  return sum;
}

}  // namespace tripcurve::load
