#include "replay/keys.hpp"

namespace tripcurve::replay {

std::optional<std::uint32_t> Keys::of(std::string_view instance, std::string_view endpoint) {
  if (!by_instance_ && !by_endpoint_) {
    if (names_.empty()) {
      names_.emplace_back("all calls");
    }
    return 0;
  }
  name_.assign(by_instance_ ? instance : std::string_view());
  if (by_endpoint_) {
    name_ += name_.empty() ? "" : " ";
    name_ += endpoint;
  }
  if (const auto found = numbers_.find(std::string_view(name_)); found != numbers_.end()) {
    return found->second;
  }
  if (names_.size() == most_) {
    return std::nullopt;
  }
  const auto number = static_cast<std::uint32_t>(names_.size());
  numbers_.emplace(name_, number);
  names_.push_back(name_);
  return number;
}

}  // namespace tripcurve::replay
