// Where the body of an answer comes from, piece by piece, as fast as its client takes it.
//
// Lives on the thread of the session that reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tripcurve::net {

class BodySource {
 public:
  virtual ~BodySource() = default;

  enum class Got : std::uint8_t {
    some,   // at least a byte
    later,  // nothing yet: whoever owns both calls Session::body_is_ready()
    end,    // there is no more
  };
  // Appends the next bytes, at most `most`, to `out`. Nothing is asked of it before its client has
  // taken what it gave, so that it may keep its own source waiting.
  virtual Got read(std::size_t most, std::string& out) = 0;
};

// A text, or filler of any length: lines of letters.
class CannedBody final : public BodySource {
 public:
  explicit CannedBody(std::string text) : text_(std::move(text)) {}
  CannedBody() = default;  // filler, endless

  Got read(std::size_t most, std::string& out) override;

 private:
  std::string text_;  // empty: filler
  std::size_t at_ = 0;
};

}  // namespace tripcurve::net
