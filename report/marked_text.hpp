// Text that knows which of its words are good news and which are bad, for terminals that have
// colours. Everybody else takes the text alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "breaker/breaker.hpp"
#include "report/judged.hpp"
#include "report/verdict.hpp"

namespace tripcurve::report {

// What a colour says; the text must say it, too.
enum class Ink : std::uint8_t { plain, dim, strong, good, bad, caution, fault };

[[nodiscard]] Ink ink_of(breaker::State state);
[[nodiscard]] Ink ink_of(Judged::Result result);
[[nodiscard]] Ink ink_of(Verdict::Result result);

struct MarkedText {
  // Bytes of the text. Marks do not overlap, and come in order.
  struct Mark {
    std::size_t begin = 0, end = 0;
    Ink ink = Ink::plain;
  };

  std::string text{};
  std::vector<Mark> marks{};

  MarkedText() = default;
  MarkedText(std::string plain) : text(std::move(plain)) {}  // NOLINT: plain text is marked text

  MarkedText& operator+=(const std::string& plain);
  MarkedText& operator+=(const MarkedText& more);

  // `size` bytes from `begin` on. Returns the text itself.
  MarkedText& mark(std::size_t begin, std::size_t size, Ink ink);
  // Its last word, before the line's end.
  MarkedText& mark_last(std::string_view word, Ink ink);
};

}  // namespace tripcurve::report
