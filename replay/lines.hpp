// The lines of a text of any length, one after the other, in a buffer that does not grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "replay/source.hpp"

namespace tripcurve::replay {

class Lines {
 public:
  // A longer line is cut, and said to be too long.
  static constexpr std::size_t longest = std::size_t{1} << 18U;

  explicit Lines(std::unique_ptr<Source> source) : source_(std::move(source)) {}

  // The next line without its end (LF or CR LF), which stays until the next call; false when there
  // is none, or when there is an error().
  [[nodiscard]] bool next(std::string_view& line);
  // The next line is the first once more. Only before more than half a buffer was read.
  void rewind();

  [[nodiscard]] std::uint64_t number() const { return number_; }  // of the latest, from 1
  [[nodiscard]] bool is_too_long() const { return is_too_long_; }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  [[nodiscard]] bool fill();
  void skip_rest();

  std::unique_ptr<Source> source_;
  std::vector<char> buffer_ = std::vector<char>(4 * longest);
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool is_over_ = false;
  bool is_moved_ = false;
  std::uint64_t number_ = 0;
  bool is_too_long_ = false;
  bool is_cut_ = false;  // what is left of the latest line is to be skipped
  std::optional<Error> error_;
};

}  // namespace tripcurve::replay
