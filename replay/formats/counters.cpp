// Counters as Prometheus keeps them: how many calls there have been, and how many of them failed,
// now and then. CSV with a line of names.
//
// Between two lines the calls are spread evenly, and which of them failed is drawn. A counter that
// becomes smaller was reset: its process began anew, and it counts since then.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "replay/formats/csv_values.hpp"
#include "replay/formats/formats.hpp"
#include "replay/values.hpp"

namespace tripcurve::replay {
namespace {

constexpr std::array<std::string_view, 6> counter_options{"time",        "calls",     "failures",
                                                          "time_format", "separator", "resets"};

// More between two lines are hardly meant.
constexpr std::uint64_t most_calls_at_once = 10'000'000;

struct CounterColumns {
  std::size_t time = 0;
  std::size_t calls = 0;
  std::size_t failures = 0;
};

// A value since the line before, and whether the counter was reset in between.
struct Growth {
  std::uint64_t by = 0;
  bool was_reset = false;
};
Growth growth(std::uint64_t before, std::uint64_t now) {
  return now < before ? Growth{now, true} : Growth{now - before, false};
}

// "12" or "12.0" or "1.2e+06", as Prometheus writes numbers.
std::optional<std::uint64_t> read_counter(std::string_view text) {
  double value = 0;
  const auto* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, value);
  constexpr double most = 9e15;  // exact
  if (error != std::errc{} || after != end || !(value >= 0) || value > most) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(value);
}

class CounterParser final : public LineParser {
 public:
  CounterParser(const CounterColumns& columns, char separator, bool skips_resets, TimeForm form,
                const std::optional<Zone>& zone)
      : columns_(columns), separator_(separator), skips_resets_(skips_resets), times_(form, zone) {}

  std::optional<std::string> parse(std::string_view line, Fields& fields) override {
    const auto values = values_of(line, separator_);
    const auto needed = std::max({columns_.time, columns_.calls, columns_.failures});
    if (values.size() <= needed) {
      return fmt::format("it has {} of the {} columns that are needed", values.size(), needed + 1);
    }
    if (auto error = times_.read(values[columns_.time], fields.time)) {
      return error;
    }
    const auto calls = read_counter(values[columns_.calls]);
    const auto failures = read_counter(values[columns_.failures]);
    if (!calls || !failures) {
      return fmt::format(
          "{} is no value of a counter",
          tripcurve::quoted(visible(values[calls ? columns_.failures : columns_.calls])));
    }
    if (before_ && fields.time <= before_->time) {
      return "its time is not later than that of the line before";
    }
    const auto before = std::exchange(before_, Reading{fields.time, *calls, *failures});
    if (!before) {
      fields.calls = 0;  // nobody knows since when it counts
      return std::nullopt;
    }
    return since(*before, fields);
  }

  [[nodiscard]] Stamp stamp() const override { return Stamp::begins; }
  [[nodiscard]] const TimeReader& times() const override { return times_; }
  [[nodiscard]] bool tells_latency() const override { return false; }
  [[nodiscard]] bool tells_endpoint() const override { return false; }
  [[nodiscard]] bool tells_instance() const override { return false; }
  [[nodiscard]] std::uint64_t header_lines() const override { return 1; }

 private:
  struct Reading {
    EpochTime time = 0;
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
  };

  std::optional<std::string> since(const Reading& before, Fields& fields) const {
    const auto calls = growth(before.calls, before_->calls);
    const auto failures = growth(before.failures, before_->failures);
    fields.was_reset = calls.was_reset || failures.was_reset;
    fields.calls = fields.was_reset && skips_resets_ ? 0 : calls.by;
    fields.failed = fields.calls == 0 ? 0 : failures.by;
    fields.span = Duration(fields.time - before.time);
    if (fields.calls > most_calls_at_once) {
      return fmt::format("{} calls since the line before are too many", fields.calls);
    }
    if (fields.failed > fields.calls) {
      return fmt::format("{} of {} calls failed since the line before", fields.failed,
                         fields.calls);
    }
    return std::nullopt;
  }

  CounterColumns columns_;
  char separator_;
  bool skips_resets_;
  TimeReader times_;
  std::optional<Reading> before_;
};

Result<CounterColumns> columns_of(const std::vector<std::string>& names,
                                  const FormatOptions& options) {
  const std::vector<std::string_view> known(names.begin(), names.end());
  CounterColumns columns;
  for (const auto& [key, column] :
       {std::pair{"time", &columns.time}, std::pair{"calls", &columns.calls},
        std::pair{"failures", &columns.failures}}) {
    const auto name = option(options, key);
    if (!name) {
      return Error{fmt::format("counters need to know which column is {}", key),
                   "write --format counters,time=ts,calls=requests_total,failures=errors_total"};
    }
    const auto found = std::ranges::find(names, *name);
    if (found == names.end()) {
      return Error{
          fmt::format("there is no column {} for {}", tripcurve::quoted(visible(*name)), key),
          did_you_mean(*name, known)};
    }
    *column = static_cast<std::size_t>(found - names.begin());
  }
  return columns;
}

Result<std::unique_ptr<LineParser>> make_counters(const FormatOptions& options,
                                                  const Beginning& beginning) {
  const auto first = beginning.lines.empty() ? std::string() : beginning.lines.front();
  const auto separator = separator_of(options, first);
  if (!separator) {
    return separator.error();
  }
  const auto columns = columns_of(values_of(first, *separator), options);
  if (!columns) {
    return columns.error();
  }
  const auto form = parse_time_form(option(options, "time_format").value_or("auto"));
  if (!form) {
    return form.error();
  }
  const auto resets = option(options, "resets").value_or("count");
  if (resets != "count" && resets != "skip") {
    return Error{"a reset counter cannot be " + tripcurve::quoted(resets),
                 "write resets=count or resets=skip"};
  }
  return std::unique_ptr<LineParser>(std::make_unique<CounterParser>(
      *columns, *separator, resets == "skip", *form, beginning.zone));
}

}  // namespace

// It is never guessed: a number may be anything.
Format counters_format() {
  return {"counters", "CSV of how many calls there were so far, and how many failed",
          counter_options, [](std::span<const std::string>) { return false; }, make_counters};
}

}  // namespace tripcurve::replay
