// Where the body of an answer comes from, piece by piece, as fast as its client takes it.
//
// Lives on the thread of the connection that it is for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace tripcurve::net {

class BodySource {
 public:
  virtual ~BodySource() = default;

  // How many bytes can be read at once; with none, whether there are none to come, or only later.
  struct Ready {
    std::uint64_t bytes = 0;
    bool ended = false;
  };
  [[nodiscard]] virtual Ready ready() const = 0;
  // Appends the next `count` bytes, which are ready, to `out`. Nothing is asked of it before its
  // client has taken what it gave, so that it may keep its own source waiting.
  virtual void read(std::size_t count, std::string& out) = 0;
};

// A text, or filler of any length: lines of letters.
class CannedBody final : public BodySource {
 public:
  explicit CannedBody(std::string text) : text_(std::move(text)) {}
  CannedBody() = default;  // filler, endless

  [[nodiscard]] Ready ready() const override;
  void read(std::size_t count, std::string& out) override;

 private:
  std::optional<std::string> text_{};  // none: filler
  std::size_t at_ = 0;
};

}  // namespace tripcurve::net
