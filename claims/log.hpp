// Writes down what a source says, on the thread of whoever asks it. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "claims/claim.hpp"
#include "claims/source.hpp"
#include "core/result.hpp"

namespace tripcurve::claims {

class Log {
 public:
  explicit Log(Source source) : source_(std::move(source)) {}

  [[nodiscard]] const Source& source() const { return source_; }

  // The source was asked, and answered with this body, or lines of it if it streams; the Error says
  // why it did not. Lines that say nothing of the breaker are passed over, and written down as a
  // reading without a claim once in a while.
  void answered(TimePoint asked, TimePoint answered, const Result<std::string>& body);

  // A copy, in the order of time.
  [[nodiscard]] std::vector<Reading> readings() const;

 private:
  Source source_;
  mutable std::mutex mutex_;  // guards readings_
  std::vector<Reading> readings_;
};

}  // namespace tripcurve::claims
