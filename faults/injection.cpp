#include "faults/injection.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tripcurve::faults {

std::optional<Error> Injection::set(PhaseSpec change, TimePoint now) {
  if (change.errors && change.errors->ramps()) {
    return Error{"errors that change while a phase lasts cannot be injected: no phase ends",
                 "inject a share such as 50%"};
  }
  const auto before = std::max(now.time_since_epoch(), Duration{1});  // no phase has no length
  change.name = "injected by hand";
  change.length = Duration::max() - before;  // so that its end is `never`
  std::vector<PhaseSpec> phases{{.name = "before", .length = before}, std::move(change)};
  if (auto mistake = contradiction(planned_.upstream(), phases)) {
    return mistake;
  }
  auto next =
      std::make_shared<Current>(Plan(planned_.upstream(), std::move(phases), planned_.random()));
  const std::lock_guard lock(mutex_);
  current_ = std::move(next);
  is_set_.store(true, std::memory_order_relaxed);
  return std::nullopt;
}

void Injection::clear() {
  const std::lock_guard lock(mutex_);
  is_set_.store(false, std::memory_order_relaxed);
  current_ = nullptr;
}

std::shared_ptr<Injection::Current> Injection::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace tripcurve::faults
