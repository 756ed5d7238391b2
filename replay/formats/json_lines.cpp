// An object of JSON on each line (NDJSON). Fields inside of others are named with dots:
// http.status.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "core/text.hpp"
#include "replay/formats/formats.hpp"
#include "replay/mapping.hpp"

namespace tripcurve::replay {
namespace {

// Hears of every value of a line that is a text, a number or a flag, with its path. Tells only
// what is inside of objects.
class Leaves : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Leaves(std::function<void(std::string_view path, std::string_view value)> found)
      : found_(std::move(found)) {}

  // False if it is not the text of one object.
  bool read(std::string_view line) {
    path_.clear();
    begins_.clear();
    arrays_ = 0;
    is_object_ = false;
    return nlohmann::json::sax_parse(line.begin(), line.end(), this) && is_object_;
  }

  bool null() override { return true; }
  bool boolean(bool value) override { return leaf(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return leaf(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return leaf(std::to_string(value)); }
  bool number_float(number_float_t /*value*/, const string_t& text) override { return leaf(text); }
  bool string(string_t& value) override { return leaf(value); }
  bool binary(binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*count*/) override {
    is_object_ = is_object_ || begins_.empty();
    begins_.push_back(path_.size());
    return begins_.size() < deepest;
  }
  bool key(string_t& name) override {
    path_.resize(begins_.back());
    path_ += path_.empty() ? "" : ".";
    path_ += name;
    return true;
  }
  bool end_object() override {
    path_.resize(begins_.back());
    begins_.pop_back();
    return true;
  }
  bool start_array(std::size_t /*count*/) override { return ++arrays_ < deepest; }
  bool end_array() override {
    --arrays_;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return false;
  }

 private:
  static constexpr std::size_t deepest = 64;

  bool leaf(std::string_view value) {
    if (arrays_ == 0 && is_object_) {
      found_(path_, value);
    }
    return true;
  }

  std::function<void(std::string_view, std::string_view)> found_;
  std::string path_;
  std::vector<std::size_t> begins_;  // where the paths of the objects around end
  std::size_t arrays_ = 0;
  bool is_object_ = false;
};

class JsonLinesParser final : public LineParser {
 public:
  JsonLinesParser(const Mapping& mapping, std::vector<std::string> names,
                  const std::optional<Zone>& zone)
      : mapping_(mapping), names_(std::move(names)), times_(mapping.time_form, zone) {
    const std::array columns{std::optional(mapping.time), mapping.latency, mapping.status,
                             mapping.endpoint, mapping.instance};
    for (std::size_t i = 0; i < columns.size(); ++i) {
      values_[i].path = columns[i] ? names_[*columns[i]] : std::string();
      values_[i].is_wanted = columns[i].has_value();
    }
  }

  std::optional<std::string> parse(std::string_view line, Fields& fields) override {
    for (auto& value : values_) {
      value.is_there = false;
    }
    if (!leaves_.read(line)) {
      return "it is no object of JSON";
    }
    const auto& [time, latency, status, endpoint, instance] = values_;
    for (const auto* value : {&time, &latency, &status}) {
      if (value->is_wanted && !value->is_there) {
        return "it has no field " + tripcurve::quoted(visible(value->path));
      }
    }
    if (auto error = times_.read(time.text, fields.time)) {
      return error;
    }
    if (latency.is_wanted) {
      if (auto error = read_latency(latency.text, mapping_.unit, fields.latency)) {
        return error;
      }
    }
    fields.endpoint = endpoint.is_there ? std::string_view(endpoint.text) : std::string_view();
    fields.instance = instance.is_there ? std::string_view(instance.text) : std::string_view();
    return read_end(status.text, fields);
  }

  [[nodiscard]] Stamp stamp() const override { return mapping_.stamp; }
  [[nodiscard]] const TimeReader& times() const override { return times_; }
  [[nodiscard]] bool tells_latency() const override { return mapping_.latency.has_value(); }
  [[nodiscard]] bool tells_endpoint() const override { return mapping_.endpoint.has_value(); }
  [[nodiscard]] bool tells_instance() const override { return mapping_.instance.has_value(); }
  [[nodiscard]] std::string reading() const override { return reading_of(mapping_, names_); }

 private:
  struct Value {
    std::string path;
    std::string text;
    bool is_wanted = false;
    bool is_there = false;
  };

  Mapping mapping_;
  std::vector<std::string> names_;
  TimeReader times_;
  std::array<Value, 5> values_;
  Leaves leaves_{[this](std::string_view path, std::string_view text) {
    for (auto& value : values_) {
      if (value.is_wanted && value.path == path) {
        value.text = text;
        value.is_there = true;
      }
    }
  }};
};

bool is_json_lines(std::span<const std::string> lines) {
  return !lines.empty() && trim(lines.front()).starts_with('{');
}

Result<std::unique_ptr<LineParser>> make_json_lines(const FormatOptions& options,
                                                    const Beginning& beginning) {
  std::vector<std::string> names;
  Leaves leaves([&](std::string_view path, std::string_view) {
    if (std::ranges::find(names, path) == names.end()) {
      names.emplace_back(path);
    }
  });
  for (const auto& line : beginning.lines) {
    static_cast<void>(leaves.read(line));
  }
  auto mapping = map_names(names, options, "field");
  if (!mapping) {
    return mapping.error();
  }
  return std::unique_ptr<LineParser>(
      std::make_unique<JsonLinesParser>(*mapping, std::move(names), beginning.zone));
}

}  // namespace

Format json_lines_format() {
  return {"ndjson", "an object of JSON on each line; fields inside of others: http.status",
          mapping_options(), is_json_lines, make_json_lines};
}

}  // namespace tripcurve::replay
