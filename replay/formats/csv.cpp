// Comma-separated values with a line of names (RFC 4180), or without one and with columns by their
// number. A value may be in quotes, but may not have a line end in it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/text.hpp"
#include "replay/formats/csv_values.hpp"
#include "replay/formats/formats.hpp"
#include "replay/mapping.hpp"

namespace tripcurve::replay {
namespace {

constexpr std::size_t most_columns = 256;

constexpr std::array<std::string_view, 10> csv_options{
    "time", "latency",     "status", "endpoint",  "instance",
    "unit", "time_format", "stamp",  "separator", "header"};

class CsvParser final : public LineParser {
 public:
  CsvParser(const Mapping& mapping, std::vector<std::string> names, char separator, bool has_header,
            const std::optional<Zone>& zone)
      : mapping_(mapping),
        names_(std::move(names)),
        separator_(separator),
        has_header_(has_header),
        times_(mapping.time_form, zone) {
    for (const auto& column : {std::optional(mapping.time), mapping.latency, mapping.status,
                               mapping.endpoint, mapping.instance}) {
      needed_ = std::max(needed_, column.value_or(0) + 1);
    }
  }

  std::optional<std::string> parse(std::string_view line, Fields& fields) override {
    const auto* at = line.data();
    const auto* const end = at + line.size();
    std::size_t column = 0;
    for (; column < needed_ && at != nullptr; ++column) {
      if (!take_value(at, end, separator_, values_[column])) {
        return fmt::format("column {} has a quote that does not end where the value does",
                           column + 1);
      }
    }
    if (column < needed_) {
      return fmt::format("it has {} of the {} columns that are needed", column, needed_);
    }
    if (auto error = times_.read(values_[mapping_.time], fields.time)) {
      return error;
    }
    if (mapping_.latency) {
      if (auto error = read_latency(values_[*mapping_.latency], mapping_.unit, fields.latency)) {
        return error;
      }
    }
    fields.endpoint = mapping_.endpoint ? values_[*mapping_.endpoint] : std::string_view();
    fields.instance = mapping_.instance ? values_[*mapping_.instance] : std::string_view();
    return read_end(values_[*mapping_.status], fields);
  }

  [[nodiscard]] Stamp stamp() const override { return mapping_.stamp; }
  [[nodiscard]] const TimeReader& times() const override { return times_; }
  [[nodiscard]] bool tells_latency() const override { return mapping_.latency.has_value(); }
  [[nodiscard]] bool tells_endpoint() const override { return mapping_.endpoint.has_value(); }
  [[nodiscard]] bool tells_instance() const override { return mapping_.instance.has_value(); }
  [[nodiscard]] std::uint64_t header_lines() const override { return has_header_ ? 1 : 0; }
  [[nodiscard]] std::string reading() const override { return reading_of(mapping_, names_); }

 private:
  Mapping mapping_;
  std::vector<std::string> names_;
  char separator_;
  bool has_header_;
  TimeReader times_;
  std::size_t needed_ = 0;
  std::array<std::string_view, most_columns> values_{};  // of the latest line
};

bool is_csv(std::span<const std::string> lines) {
  return !lines.empty() &&
         has_known_names(values_of(lines.front(), likely_separator(lines.front())));
}

Result<std::unique_ptr<LineParser>> make_csv(const FormatOptions& options,
                                             const Beginning& beginning) {
  const auto first = beginning.lines.empty() ? std::string() : beginning.lines.front();
  const auto separator = separator_of(options, first);
  if (!separator) {
    return separator.error();
  }
  const auto header = option(options, "header").value_or("yes");
  if (header != "yes" && header != "no") {
    return Error{"header is no " + tripcurve::quoted(header), "write header=yes or header=no"};
  }
  auto names = values_of(first, *separator);
  if (names.size() > most_columns) {
    return Error{fmt::format("the first line has {} columns", names.size()),
                 fmt::format("at most {} can be read", most_columns)};
  }
  if (header == "no") {
    for (std::size_t i = 0; i < names.size(); ++i) {
      names[i] = std::to_string(i + 1);
    }
  }
  auto mapping = map_names(names, options, "column");
  if (!mapping) {
    return mapping.error();
  }
  return std::unique_ptr<LineParser>(std::make_unique<CsvParser>(
      *mapping, std::move(names), *separator, header == "yes", beginning.zone));
}

}  // namespace

Format csv_format() {
  return {"csv", "values between commas below a line of names; or ; or tabs", csv_options, is_csv,
          make_csv};
}

}  // namespace tripcurve::replay
