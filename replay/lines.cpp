#include "replay/lines.hpp"

#include <algorithm>
#include <cstring>

#include "core/ensure.hpp"

namespace tripcurve::replay {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace

// Reads more behind what is there, and moves that to the front if need be. False at the end.
bool Lines::fill() {
  if (is_over_ || error_) {
    return false;
  }
  if (buffer_.size() - end_ < buffer_.size() / 4 && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    is_moved_ = true;
  }
  const auto got = source_->read(std::span(buffer_).subspan(end_));
  if (!got) {
    error_ = got.error();
    return false;
  }
  end_ += *got;
  is_over_ = *got == 0;
  return !is_over_;
}

// What is left of a line that was cut.
void Lines::skip_rest() {
  for (is_cut_ = false;;) {
    const auto* const from = buffer_.data() + begin_;
    const void* const found = std::memchr(from, '\n', end_ - begin_);
    if (found != nullptr) {
      begin_ += static_cast<std::size_t>(static_cast<const char*>(found) - from) + 1;
      return;
    }
    begin_ = end_;
    if (!fill()) {
      return;
    }
  }
}

bool Lines::next(std::string_view& line) {
  if (is_cut_) {
    skip_rest();
  }
  std::size_t searched = 0;
  for (;;) {
    const auto there = end_ - begin_;
    const auto* const from = buffer_.data() + begin_;
    const void* const found = std::memchr(from + searched, '\n', there - searched);
    if (found != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - from);
      line = {from, length};
      begin_ += length + 1;
      break;
    }
    if (there > longest) {
      line = {from, longest + 1};
      is_cut_ = true;
      break;
    }
    searched = there;
    if (!fill()) {
      if (error_ || end_ == begin_) {
        return false;
      }
      line = {buffer_.data() + begin_, end_ - begin_};
      begin_ = end_;
      break;
    }
  }
  ++number_;
  if (number_ == 1 && line.starts_with(byte_order_mark)) {
    line.remove_prefix(byte_order_mark.size());
  }
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  is_too_long_ = line.size() > longest;
  return true;
}

void Lines::rewind() {
  ENSURE(!is_moved_);
  begin_ = 0;
  is_cut_ = false;
  number_ = 0;
}

}  // namespace tripcurve::replay
