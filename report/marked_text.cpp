#include "report/marked_text.hpp"

#include "core/ensure.hpp"

namespace tripcurve::report {

Ink ink_of(breaker::State state) {
  switch (state) {
    case breaker::State::closed:
    case breaker::State::disabled:
      return Ink::good;
    case breaker::State::open:
    case breaker::State::forced_open:
      return Ink::bad;
    case breaker::State::half_open:
      return Ink::caution;
  }
  ENSURE(false);
}

Ink ink_of(Judged::Result result) {
  switch (result) {
    case Judged::Result::pass:
      return Ink::good;
    case Judged::Result::fail:
      return Ink::bad;
    case Judged::Result::inconclusive:
      return Ink::caution;
  }
  ENSURE(false);
}

Ink ink_of(Verdict::Result result) {
  switch (result) {
    case Verdict::Result::finished:
      return Ink::strong;
    case Verdict::Result::pass:
      return Ink::good;
    case Verdict::Result::fail:
    case Verdict::Result::unhealthy:
      return Ink::bad;
    case Verdict::Result::inconclusive:
    case Verdict::Result::interrupted:
    case Verdict::Result::terminated:
    case Verdict::Result::stopped:
      return Ink::caution;
  }
  ENSURE(false);
}

MarkedText& MarkedText::operator+=(const std::string& plain) {
  text += plain;
  return *this;
}

MarkedText& MarkedText::operator+=(const MarkedText& more) {
  const auto shift = text.size();
  text += more.text;
  for (const auto& [begin, end, ink] : more.marks) {
    marks.push_back({shift + begin, shift + end, ink});
  }
  return *this;
}

MarkedText& MarkedText::mark(std::size_t begin, std::size_t size, Ink ink) {
  ENSURE(begin + size <= text.size());
  if (size > 0) {
    marks.push_back({begin, begin + size, ink});
  }
  return *this;
}

MarkedText& MarkedText::mark_last(std::string_view word, Ink ink) {
  const auto begin = text.rfind(word);
  return begin == std::string::npos ? *this : mark(begin, word.size(), ink);
}

}  // namespace tripcurve::report
