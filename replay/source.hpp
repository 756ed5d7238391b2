// Where the bytes of a trace come from. Files and pipes are read by the command line.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "core/result.hpp"

namespace tripcurve::replay {

class Source {
 public:
  virtual ~Source() = default;
  // Reads some bytes into `buffer`, which is not empty; 0 at the end, and from then on.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> buffer) = 0;
};

// The same bytes unpacked, if they are packed with gzip or zstd, which their first bytes say.
[[nodiscard]] std::unique_ptr<Source> unpacked(std::unique_ptr<Source> packed);

}  // namespace tripcurve::replay
