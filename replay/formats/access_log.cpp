// The access logs of nginx and Apache: common (NCSA) and combined, with or without a number at the
// end that says how long the request took.
//
// nginx writes $request_time there, seconds with three digits, and its $time_local is when the
// request ended. Apache writes %D, whole microseconds, and its %t is when the request began.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "replay/formats/formats.hpp"
#include "replay/formats/tokens.hpp"
#include "replay/values.hpp"

namespace tripcurve::replay {
namespace {

constexpr std::array<std::string_view, 3> access_options{"unit", "stamp", "instance"};

// nginx: the client closed the connection, as one does whose timeout is over.
constexpr std::uint16_t client_closed = 499;

struct AccessLine {
  std::string_view address, time, request, status, trailing;
  int words_behind = 0;    // the status and the size, `trailing` included
  bool is_quoted = false;  // the referer and the user agent are there
};

std::optional<AccessLine> split(std::string_view line) {
  AccessLine parts;
  auto rest = line;
  const auto address = take_word(rest);
  const auto user = take_words(rest, 2);
  const bool is_time_next = rest.starts_with('[');
  const auto time = take_word(rest);
  const bool is_request_next = trim(rest).starts_with('"');
  const auto request = take_word(rest);
  const auto status = take_word(rest);
  const auto size = take_word(rest);
  if (!address || !user || !is_time_next || !time || !is_request_next || !request || !status ||
      !size) {
    return std::nullopt;
  }
  parts = {*address, *time, *request, *status, {}};
  while (!trim(rest).empty()) {
    parts.is_quoted = parts.is_quoted || trim(rest).starts_with('"');
    const auto word = take_word(rest);
    if (!word) {
      return std::nullopt;
    }
    parts.trailing = *word;
    ++parts.words_behind;
  }
  return parts;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

class AccessLogParser final : public LineParser {
 public:
  struct Shape {
    std::optional<LatencyUnit> unit{};  // of the number at the end
    Stamp stamp = Stamp::ends;
    bool tells_instance = false;
  };
  AccessLogParser(const Shape& shape, const std::optional<Zone>& zone)
      : shape_(shape), times_(TimeForm::clf, zone) {}

  std::optional<std::string> parse(std::string_view line, Fields& fields) override {
    const auto parts = split(line);
    if (!parts) {
      return "it is no line like: ADDRESS - USER [TIME] \"REQUEST\" STATUS SIZE ...";
    }
    if (auto error = times_.read(parts->time, fields.time)) {
      return error;
    }
    if (shape_.unit) {
      if (auto error = read_latency(parts->trailing, *shape_.unit, fields.latency)) {
        return error;
      }
    }
    if (auto error = read_end(parts->status, fields)) {
      return error;
    }
    if (fields.end.kind() == CallEnd::Kind::answer && fields.end.status() == client_closed) {
      fields.end = {CallEnd::Kind::timeout, 0};
    }
    fields.endpoint = path_of_request(parts->request);
    fields.instance = shape_.tells_instance ? parts->address : std::string_view();
    return std::nullopt;
  }

  [[nodiscard]] Stamp stamp() const override { return shape_.stamp; }
  [[nodiscard]] const TimeReader& times() const override { return times_; }
  [[nodiscard]] bool tells_latency() const override { return shape_.unit.has_value(); }
  [[nodiscard]] bool tells_endpoint() const override { return true; }
  [[nodiscard]] bool tells_instance() const override { return shape_.tells_instance; }
  [[nodiscard]] std::string reading() const override {
    return fmt::format(
        "time of the {}, latency: {}", shape_.stamp == Stamp::begins ? "begin" : "end",
        shape_.unit ? fmt::format("the last word ({})", name(*shape_.unit)) : std::string("none"));
  }

 private:
  Shape shape_;
  TimeReader times_;
};

// Nothing but numbers stands at the end of these lines.
std::optional<std::string_view> trailing_number(std::span<const std::string> lines) {
  std::optional<std::string_view> number;
  for (const auto& line : lines) {
    if (const auto parts = split(line); parts && parts->words_behind > 0) {
      if (!is_number(parts->trailing)) {
        return std::nullopt;
      }
      number = parts->trailing;
    }
  }
  return number;
}

Result<std::unique_ptr<LineParser>> make_access_log(const FormatOptions& options,
                                                    const Beginning& beginning) {
  AccessLogParser::Shape shape;
  if (const auto number = trailing_number(beginning.lines)) {
    const bool is_apache = number->find('.') == std::string_view::npos;
    shape.unit = is_apache ? LatencyUnit::us : LatencyUnit::s;
    shape.stamp = is_apache ? Stamp::begins : Stamp::ends;
  }
  if (const auto given = option(options, "unit")) {
    const auto unit = parse_latency_unit(*given);
    if (!unit) {
      return unit.error();
    }
    shape.unit = *unit;
  }
  if (const auto given = option(options, "stamp")) {
    const auto stamp = parse_stamp(*given);
    if (!stamp) {
      return stamp.error();
    }
    shape.stamp = *stamp;
  }
  if (const auto given = option(options, "instance")) {
    if (*given != "address") {
      return Error{"an access log tells no " + tripcurve::quoted(*given), "write instance=address"};
    }
    shape.tells_instance = true;
  }
  return std::unique_ptr<LineParser>(std::make_unique<AccessLogParser>(shape, beginning.zone));
}

std::optional<AccessLine> first_access_line(std::span<const std::string> lines) {
  return lines.empty() ? std::nullopt : split(lines.front());
}

bool is_combined(std::span<const std::string> lines) {
  const auto parts = first_access_line(lines);
  return parts && parts->is_quoted;
}

bool is_common(std::span<const std::string> lines) {
  const auto parts = first_access_line(lines);
  return parts && !parts->is_quoted;
}

}  // namespace

Format common_format() {
  return {"common", "access logs of nginx and Apache; a number at the end is the latency",
          access_options, is_common, make_access_log};
}

Format combined_format() {
  return {"combined", "the same with referer and user agent, as nginx writes by default",
          access_options, is_combined, make_access_log};
}

}  // namespace tripcurve::replay
