#include "faults/injection.hpp"

#include <utility>

namespace tripcurve::faults {

std::optional<Error> Injection::set(Behaviour behaviour) {
  if (behaviour.errors.refuse()) {
    return Error{"refuse cannot be injected: only a phase can close the port",
                 "inject reset:100%, or write a phase with errors=refuse"};
  }
  if (behaviour.errors.fills_backlog()) {
    return Error{"full-backlog cannot be injected: only a phase can stop accepting",
                 "write a phase with errors=full-backlog"};
  }
  if (behaviour.errors.ramps()) {
    return Error{"errors that change while a phase lasts cannot be injected: no phase ends",
                 "inject a share such as 50%"};
  }
  auto next = std::make_shared<const Behaviour>(std::move(behaviour));
  const std::lock_guard lock(mutex_);
  behaviour_ = std::move(next);
  is_set_.store(true, std::memory_order_relaxed);
  return std::nullopt;
}

void Injection::clear() {
  const std::lock_guard lock(mutex_);
  is_set_.store(false, std::memory_order_relaxed);
  behaviour_ = nullptr;
}

std::shared_ptr<const Behaviour> Injection::current() const {
  const std::lock_guard lock(mutex_);
  return behaviour_;
}

}  // namespace tripcurve::faults
