#include "experiment/recorded_latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "document/read.hpp"

namespace tripcurve::experiment {
namespace {

using document::Node;
using document::Place;
using durations::Point;

constexpr double longest_measured_ns = 24 * 3600e9;
constexpr std::size_t all_kept = 2000;  // of single durations; of more, evenly spaced ones
constexpr std::size_t tail_kept = 200;  // and the longest of all

struct TimeUnit {
  std::string_view name;
  double ns;
};
constexpr std::array<TimeUnit, 4> time_units_of_files{
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}};
constexpr std::array<std::string_view, 4> unit_names{"ns", "us", "ms", "s"};
constexpr double ns_of_seconds = 1e9;
constexpr double ns_of_milliseconds = 1e6;

std::optional<double> ns_of_unit(std::string_view name) {
  const auto found = std::ranges::find(time_units_of_files, name, &TimeUnit::name);
  return found == time_units_of_files.end() ? std::nullopt : std::optional(found->ns);
}

// A line of the file, and where in it something stands.
struct Line {
  std::string_view text;
  std::uint32_t number = 0;
  const std::shared_ptr<const std::string>& file;

  [[nodiscard]] Error error(std::string_view part, std::string message, std::string hint) const {
    const auto column =
        part.data() >= text.data() ? static_cast<std::uint32_t>(part.data() - text.data()) : 0;
    return Place{file, number, column + 1}.error(std::move(message), std::move(hint));
  }
};

std::vector<Line> lines_of(const std::shared_ptr<const std::string>& file, std::string_view text) {
  std::vector<Line> lines;
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    lines.push_back({take_until(text, "\n"), number, file});
  }
  return lines;
}

std::optional<double> plain_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

// Numbers that are durations in some unit.
Result<Duration> measured(double value, double unit_ns) {
  const double count = value * unit_ns;
  if (!(count >= 0 && count <= longest_measured_ns)) {
    return Error{fmt::format("{} is {}", value, count < 0 ? "negative" : "more than 24h"),
                 "write durations from 0ms to 24h, or another unit="};
  }
  return Duration(std::llround(count));
}

Error no_unit(const Line& line, const char* what) {
  return line.error(line.text, fmt::format("nothing says in what unit {} are", what),
                    "write file(...,unit=ms)");
}

// Keeps those that rise, of one percentile the last, and needs one that is not an end.
Result<std::vector<Point>> rising(std::vector<Point> points, const std::string& file) {
  std::ranges::stable_sort(points, {}, &Point::q);
  std::vector<Point> kept;
  for (const auto& point : points) {
    if (!kept.empty() && point.value < kept.back().value) {
      return Error{fmt::format("{}: the percentiles do not rise", file),
                   "a higher percentile cannot be a shorter duration"};
    }
    if (!kept.empty() && point.q == kept.back().q) {
      kept.back() = point;
    } else {
      kept.push_back(point);
    }
  }
  if (std::ranges::none_of(kept, [](const Point& p) { return p.q > 0 && p.q < 1; })) {
    return Error{fmt::format("{}: no percentile between 0 and 100", file),
                 "write a file of HdrHistogram, fortio or k6, or a CSV of durations"};
  }
  return kept;
}

// Value     Percentile TotalCount 1/(1-Percentile), and lines of four numbers.
Result<std::vector<Point>> read_hgrm(const std::vector<Line>& lines, const std::string& file,
                                     std::string_view unit) {
  const auto unit_ns = ns_of_unit(unit);
  std::vector<Point> points;
  for (const auto& line : lines) {
    auto rest = trim(line.text);
    if (rest.empty() || rest.starts_with('#') || rest.starts_with("Value")) {
      continue;
    }
    if (!unit_ns) {
      return no_unit(line, "these values");
    }
    const auto value_text = take_until(rest, white_space);
    rest = trim(rest);
    const auto share_text = take_until(rest, white_space);
    const auto value = plain_number(value_text);
    const auto share = plain_number(share_text);
    if (!value || !share || *share < 0 || *share > 1) {
      return line.error(value ? share_text : value_text,
                        quoted(visible(value ? share_text : value_text)) +
                            (value ? " is not a percentile from 0 to 1" : " is not a value"),
                        "HdrHistogram writes lines such as '25.6 0.990000000000 1980 100.00'");
    }
    const auto duration = measured(*value, *unit_ns);
    if (!duration) {
      return line.error(value_text, duration.error().message, duration.error().hint);
    }
    points.push_back({*share, *duration});
  }
  return rising(std::move(points), file);
}

// The unit that a column says it has: latency_ms, duration_seconds.
std::optional<double> ns_of_column(std::string_view header) {
  const auto end = header.find_last_of("_ .(");
  auto word = end == std::string_view::npos ? header : header.substr(end + 1);
  word = word.substr(0, word.find(')'));
  for (const auto& [names, unit] :
       {std::pair{std::array<std::string_view, 3>{"ms", "millis", "milliseconds"}, 1e6},
        std::pair{std::array<std::string_view, 3>{"s", "sec", "seconds"}, 1e9},
        std::pair{std::array<std::string_view, 3>{"us", "micros", "microseconds"}, 1e3},
        std::pair{std::array<std::string_view, 3>{"ns", "nanos", "nanoseconds"}, 1.0}}) {
    if (std::ranges::find(names, word) != names.end()) {
      return unit;
    }
  }
  return std::nullopt;
}

// The percentiles of single durations, which are sorted: at the middle of each one's share.
std::vector<Point> percentiles_of(const std::vector<Duration>& sorted) {
  const auto n = sorted.size();
  const auto step = n <= all_kept ? 1 : n / all_kept;
  std::vector<Point> points{{0, sorted.front()}};
  for (std::size_t i = 0; i < n; i += i + tail_kept < n ? step : 1) {
    points.push_back({(static_cast<double>(i) + 0.5) / static_cast<double>(n), sorted[i]});
  }
  points.push_back({1, sorted.back()});
  return points;
}

// One duration a line, in the first column.
Result<std::vector<Point>> read_csv(const std::vector<Line>& lines, std::string_view unit) {
  auto unit_ns = ns_of_unit(unit);
  std::vector<Duration> all;
  for (const auto& line : lines) {
    auto rest = line.text;
    const auto cell = trim(take_until(rest, ",;\t"));
    if (cell.empty() || cell.starts_with('#')) {
      continue;
    }
    const auto value = plain_number(cell);
    if (!value && all.empty()) {
      unit_ns = unit_ns ? unit_ns : ns_of_column(cell);
      continue;
    }
    if (!value) {
      return line.error(cell, quoted(visible(cell)) + " is not a number",
                        "write one duration a line, in the first column");
    }
    if (!unit_ns) {
      return line.error(cell, quoted(visible(cell)) + " has no unit",
                        "write file(...,unit=ms), or a first line that ends with it: latency_ms");
    }
    const auto duration = measured(*value, *unit_ns);
    if (!duration) {
      return line.error(cell, duration.error().message, duration.error().hint);
    }
    all.push_back(*duration);
  }
  if (all.empty()) {
    return lines.front().error(lines.front().text, "no duration in this file",
                               "write one a line, below a first line such as latency_ms");
  }
  std::ranges::sort(all);
  return percentiles_of(all);
}

// Adds the value of a JSON number as a percentile.
std::optional<Error> add(const Node& node, double q, double unit_ns, std::vector<Point>& points) {
  const auto value = node.is_scalar() ? plain_number(node.text) : std::nullopt;
  if (!value) {
    return node.at.error("this is not a number of time", "write one");
  }
  const auto duration = measured(*value, unit_ns);
  if (!duration) {
    return node.at.error(duration.error().message, duration.error().hint);
  }
  points.push_back({q, *duration});
  return std::nullopt;
}

// DurationHistogram: {Min, Max, Data: [{Start, End, Percent, Count}]}, in seconds.
Result<std::vector<Point>> read_fortio(const Node& histogram, const std::string& file) {
  std::vector<Point> points;
  if (const auto* min = histogram.find("Min")) {
    if (auto mistake = add(*min, 0, ns_of_seconds, points)) {
      return *std::move(mistake);
    }
  }
  const auto* data = histogram.find("Data");
  if (data == nullptr || !data->is_list()) {
    return histogram.at.error("a histogram of fortio has a list 'Data', and this has none");
  }
  for (const auto& slot : data->children) {
    const auto* end = slot.find("End");
    const auto* percent = slot.find("Percent");
    const auto share = percent != nullptr ? plain_number(percent->text) : std::nullopt;
    if (end == nullptr || !share || *share < 0 || *share > 100) {
      return slot.at.error("a slot of fortio's histogram has an 'End', and a 'Percent' up to 100");
    }
    if (auto mistake = add(*end, *share / 100, ns_of_seconds, points)) {
      return *std::move(mistake);
    }
  }
  return rising(std::move(points), file);
}

// http_req_duration: {min, med, max, p(90), p(95)}, in milliseconds, perhaps within 'values'.
Result<std::vector<Point>> read_k6(const Node& metric, const std::string& file) {
  const auto* within = metric.find("values");
  std::vector<Point> points;
  for (const auto& child : (within != nullptr ? *within : metric).children) {
    const auto& key = child.key;
    std::optional<double> q;
    if (key == "min" || key == "med" || key == "max") {
      q = key == "min" ? 0 : key == "med" ? 0.5 : 1;
    } else if (key.starts_with("p(") && key.ends_with(')')) {
      const auto percent = plain_number(std::string_view(key).substr(2, key.size() - 3));
      q = percent && *percent >= 0 && *percent <= 100 ? std::optional(*percent / 100)
                                                      : std::nullopt;
    }
    if (!q) {
      continue;  // the average, and thresholds
    }
    if (auto mistake = add(child, *q, ns_of_milliseconds, points)) {
      return *std::move(mistake);
    }
  }
  return rising(std::move(points), file);
}

Result<std::vector<Point>> read_json_result(const std::string& file, std::string_view text,
                                            std::string_view unit) {
  const auto documents = document::read_json(file, text);
  if (!documents) {
    return documents.error();
  }
  if (!unit.empty()) {
    return Error{file + ": a result of fortio or k6 has its own unit, so that unit=" +
                     std::string(unit) + " contradicts it",
                 "leave unit= out"};
  }
  const auto& root = documents->front();
  if (const auto* histogram = root.find("DurationHistogram")) {
    return read_fortio(*histogram, file);
  }
  const auto* metrics = root.find("metrics");
  if (const auto* metric = metrics != nullptr ? metrics->find("http_req_duration") : nullptr) {
    return read_k6(*metric, file);
  }
  return root.at.error("neither a result of fortio nor a summary of k6",
                       "fortio's has 'DurationHistogram', k6's has 'metrics: http_req_duration'");
}

}  // namespace

Result<std::vector<Point>> read_recorded(const std::string& file, std::string_view text,
                                         std::string_view unit) {
  if (!unit.empty() && !ns_of_unit(unit)) {
    return Error{fmt::format("{}: unknown unit {}", file, quoted(visible(unit))),
                 did_you_mean(unit, unit_names)};
  }
  const auto begin = trim(text);
  if (begin.empty()) {
    return Error{file + ": the file is empty",
                 "write a file of HdrHistogram, fortio or k6, or a CSV of durations"};
  }
  if (begin.starts_with('{')) {
    return read_json_result(file, text, unit);
  }
  const auto name = std::make_shared<const std::string>(file);
  const auto lines = lines_of(name, text);
  const auto head = begin.substr(0, begin.find('\n'));
  const bool is_hgrm = head.find("Percentile") != std::string_view::npos &&
                       head.find("TotalCount") != std::string_view::npos;
  return is_hgrm ? read_hgrm(lines, file, unit) : read_csv(lines, unit);
}

durations::ReadRecorded reader_of_recorded(
    std::function<Result<std::string>(const std::string& path)> text_of,
    std::function<std::string(const std::string& path)> named) {
  return [text_of = std::move(text_of), named = std::move(named)](
             const std::string& path, std::string_view unit) -> Result<std::vector<Point>> {
    const auto text = text_of(path);
    return text ? read_recorded(named(path), *text, unit)
                : Result<std::vector<Point>>(text.error());
  };
}

}  // namespace tripcurve::experiment
