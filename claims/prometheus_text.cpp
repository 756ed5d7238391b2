#include "claims/prometheus_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "core/text.hpp"

namespace tripcurve::claims {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

// What is left of a line is read from its front.
class SampleLine {
 public:
  explicit SampleLine(std::string_view rest) : rest_(rest) {}

  std::optional<Sample> read() {
    Sample sample;
    skip_blanks();
    if (take('{') && !read_labels(sample)) {
      return std::nullopt;
    }
    skip_blanks();
    const auto number = rest_.substr(0, rest_.find_first_of(" \t"));
    const auto value = number_in(number);
    if (!value) {
      return std::nullopt;
    }
    sample.value = *value;
    return sample;  // a time and an exemplar may follow
  }

 private:
  static std::optional<double> number_in(std::string_view text) {
    for (const auto& [word, value] : {std::pair<std::string_view, double>{"NaN", not_a_number},
                                      {"+Inf", infinite},
                                      {"-Inf", -infinite}}) {
      if (same_word(text, word)) {
        return value;
      }
    }
    if (text.starts_with('+')) {
      text.remove_prefix(1);
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
  }

  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
  }

  bool take(char c) {
    const bool there = rest_.starts_with(c);
    rest_.remove_prefix(there ? 1 : 0);
    return there;
  }

  // name="value", and after the last one a comma or not.
  bool read_labels(Sample& sample) {
    for (;;) {
      skip_blanks();
      if (take('}')) {
        return true;
      }
      const auto equals = rest_.find('=');
      if (equals == std::string_view::npos) {
        return false;
      }
      std::string name(trim(rest_.substr(0, equals)));
      rest_.remove_prefix(equals + 1);
      skip_blanks();
      auto value = quoted_text();
      if (!value) {
        return false;
      }
      sample.labels.emplace_back(std::move(name), *std::move(value));
      skip_blanks();
      if (!take(',') && !rest_.starts_with('}')) {
        return false;
      }
    }
  }

  std::optional<std::string> quoted_text() {
    if (!take('"')) {
      return std::nullopt;
    }
    std::string text;
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') {
        return text;
      }
      if (c == '\\') {
        if (rest_.empty()) {
          return std::nullopt;
        }
        c = rest_.front() == 'n' ? '\n' : rest_.front();
        rest_.remove_prefix(1);
      }
      text += c;
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

}  // namespace

std::string_view Sample::label(std::string_view name) const {
  const auto found = std::ranges::find(labels, name, &std::pair<std::string, std::string>::first);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

Result<std::vector<Sample>> samples_of(std::string_view text, std::string_view name) {
  std::vector<Sample> samples;
  while (!text.empty()) {
    auto line = trim(take_until(text, "\n"));
    if (!line.starts_with(name)) {
      continue;
    }
    const auto rest = line.substr(name.size());
    if (rest.empty() || (rest.front() != '{' && rest.front() != ' ' && rest.front() != '\t')) {
      continue;
    }
    auto sample = SampleLine(rest).read();
    if (!sample) {
      return Error{"the line " + quoted(visible(line)) + " is no sample", {}};
    }
    samples.push_back(*std::move(sample));
  }
  return samples;
}

}  // namespace tripcurve::claims
