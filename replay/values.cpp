#include "replay/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::replay {
namespace {

constexpr std::array<std::string_view, 4> unit_words{"ns", "us", "ms", "s"};
constexpr std::array<std::int64_t, 4> unit_ns{1, 1'000, 1'000'000, ns_per_second};
constexpr std::array<std::size_t, 4> unit_places{0, 3, 6, 9};
constexpr std::int64_t longest_ns = std::int64_t{10'000} * 3600 * ns_per_second;

struct EndWord {
  std::string_view word;
  CallEnd end;
  bool is_rejected = false;
};
using Kind = CallEnd::Kind;
// gRPC's codes as HTTP statuses, as its gateway maps them.
constexpr std::array end_words{
    EndWord{"ok", {}},
    EndWord{"success", {}},
    EndWord{"true", {}},
    EndWord{"error", {Kind::answer, 500}},
    EndWord{"failure", {Kind::answer, 500}},
    EndWord{"failed", {Kind::answer, 500}},
    EndWord{"false", {Kind::answer, 500}},
    EndWord{"timeout", {Kind::timeout, 0}},
    EndWord{"reset", {Kind::reset, 0}},
    EndWord{"closed", {Kind::closed, 0}},
    EndWord{"connect_failed", {Kind::connect_failed, 0}},
    EndWord{"bad_answer", {Kind::bad_answer, 0}},
    EndWord{"rejected", {}, true},
    EndWord{"-", {Kind::closed, 0}},
    EndWord{"cancelled", {Kind::timeout, 0}},
    EndWord{"unknown", {Kind::answer, 500}},
    EndWord{"invalid_argument", {Kind::answer, 400}},
    EndWord{"deadline_exceeded", {Kind::timeout, 0}},
    EndWord{"not_found", {Kind::answer, 404}},
    EndWord{"already_exists", {Kind::answer, 409}},
    EndWord{"permission_denied", {Kind::answer, 403}},
    EndWord{"unauthenticated", {Kind::answer, 401}},
    EndWord{"resource_exhausted", {Kind::answer, 429}},
    EndWord{"failed_precondition", {Kind::answer, 400}},
    EndWord{"aborted", {Kind::answer, 409}},
    EndWord{"out_of_range", {Kind::answer, 400}},
    EndWord{"unimplemented", {Kind::answer, 501}},
    EndWord{"internal", {Kind::answer, 500}},
    EndWord{"unavailable", {Kind::answer, 503}},
    EndWord{"data_loss", {Kind::answer, 500}},
};

bool is_digit_of(char c) { return c >= '0' && c <= '9'; }

std::string no_latency(std::string_view text, std::string_view why) {
  return fmt::format("{} is no latency{}", tripcurve::quoted(visible(text)), why);
}

// "13ms", which some programs write.
std::optional<std::string> read_duration(std::string_view text, Duration& latency) {
  const auto duration = parse_duration(text);
  if (!duration) {
    return no_latency(text, "");
  }
  latency = *duration;
  return std::nullopt;
}

bool has_unit(std::string_view text) {
  return text.ends_with('s') || text.ends_with('m') || text.ends_with('h');
}

// "1.25e-05", which others write.
std::optional<std::string> read_scientific(std::string_view text, std::int64_t unit,
                                           Duration& latency) {
  double value = 0;
  const auto* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, value);
  const double ns = value * static_cast<double>(unit);
  if (error != std::errc{} || after != end || !(ns >= 0) || ns > static_cast<double>(longest_ns)) {
    return no_latency(text, "");
  }
  latency = Duration(static_cast<std::int64_t>(ns));
  return std::nullopt;
}

}  // namespace

Result<LatencyUnit> parse_latency_unit(std::string_view text) {
  const auto found = std::ranges::find(unit_words, text);
  return found == unit_words.end()
             ? Result<LatencyUnit>(Error{"there is no unit " + tripcurve::quoted(text),
                                         "write unit=ms, s, us or ns"})
             : static_cast<LatencyUnit>(found - unit_words.begin());
}

std::string_view name(LatencyUnit unit) { return unit_words[static_cast<std::size_t>(unit)]; }

std::optional<std::string> read_latency(std::string_view text, std::optional<LatencyUnit> of_all,
                                        Duration& latency) {
  if (has_unit(text)) {
    return read_duration(text, latency);
  }
  if (!of_all) {
    return no_latency(text, ", because it has no unit; say unit=ms, s, us or ns in --format");
  }
  const auto unit = *of_all;
  const auto ns = unit_ns[static_cast<std::size_t>(unit)];
  std::int64_t whole = 0;
  const auto* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, whole);
  if (error != std::errc{}) {
    return text.starts_with('.') ? read_scientific(text, ns, latency) : no_latency(text, "");
  }
  if (whole < 0 || text.front() == '-') {
    return no_latency(text, ", because it is negative");
  }
  if (whole > longest_ns / ns) {
    return no_latency(text, ", because it is longer than 10000h");
  }
  std::int64_t fraction = 0;
  if (after != end) {
    if (*after != '.') {
      return read_scientific(text, ns, latency);
    }
    const auto places = unit_places[static_cast<std::size_t>(unit)];
    std::size_t count = 0;
    const auto* at = after + 1;
    for (; at != end && is_digit_of(*at); ++at, ++count) {
      fraction = count < places ? fraction * 10 + (*at - '0') : fraction;
    }
    if (at != end) {
      return read_scientific(text, ns, latency);
    }
    for (; count < places; ++count) {
      fraction *= 10;
    }
  }
  latency = Duration(whole * ns + fraction);
  return std::nullopt;
}

std::optional<std::string> read_end(std::string_view text, Fields& fields) {
  fields.is_rejected = false;
  if (text.size() == 3 && is_digit_of(text[0]) && is_digit_of(text[1]) && is_digit_of(text[2])) {
    const auto status = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    if (status >= 100) {
      fields.end = {CallEnd::Kind::answer, static_cast<std::uint16_t>(status)};
      return std::nullopt;
    }
  }
  if (text == "0" || text == "000") {
    fields.end = {CallEnd::Kind::closed, 0};
    return std::nullopt;
  }
  const auto found = std::ranges::find_if(
      end_words, [&](const EndWord& known) { return same_word(known.word, text); });
  if (found == end_words.end()) {
    return fmt::format("{} is neither a status nor an end that is known",
                       tripcurve::quoted(visible(text)));
  }
  fields.end = found->end;
  fields.is_rejected = found->is_rejected;
  return std::nullopt;
}

Result<Stamp> parse_stamp(std::string_view text) {
  if (text == "begin" || text == "end") {
    return text == "begin" ? Stamp::begins : Stamp::ends;
  }
  return Error{"a call has no " + tripcurve::quoted(text), "write stamp=begin or stamp=end"};
}

}  // namespace tripcurve::replay
