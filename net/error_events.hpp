// Finds an event that says that a stream of server-sent events has failed, as APIs of language
// models send it midway: a line "event: error".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tripcurve::net {

class ErrorEvents {
 public:
  // Reads on in the body.
  void take(std::string_view bytes) {
    for (const char byte : bytes) {
      if (byte == '\n' || byte == '\r') {
        found_ = found_ || line_ == "event: error" || line_ == "event:error";
        line_.clear();
      } else if (line_.size() < longest) {
        line_ += byte;
      }
    }
  }

  [[nodiscard]] bool found() const { return found_; }

 private:
  static constexpr std::size_t longest = 16;  // of a line, what matters

  std::string line_;
  bool found_ = false;
};

}  // namespace tripcurve::net
