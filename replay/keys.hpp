// Which breaker guards a call: the numbers of instances and endpoints, as they occur in a trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "load/breaker_bank.hpp"

namespace tripcurve::replay {

class Keys {
 public:
  // `by_instance`, `by_endpoint`: what has a breaker of its own. With neither, one is there for
  // all.
  Keys(bool by_instance, bool by_endpoint, std::uint32_t most)
      : by_instance_(by_instance), by_endpoint_(by_endpoint), most_(most) {}

  // The breaker's number; none when there would be more than `most`.
  [[nodiscard]] std::optional<std::uint32_t> of(std::string_view instance,
                                                std::string_view endpoint);

  // "client", "/pay", "pod-1", "pod-1 /pay".
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // How many there may be.
  [[nodiscard]] std::uint32_t most() const { return by_instance_ || by_endpoint_ ? most_ : 1; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  bool by_instance_;
  bool by_endpoint_;
  std::uint32_t most_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
  std::string name_;  // kept, so that nothing is allocated per call
};

}  // namespace tripcurve::replay
