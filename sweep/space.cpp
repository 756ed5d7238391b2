#include "sweep/space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/sobol.hpp>
#include <cmath>
#include <set>

#include "core/text.hpp"
#include "sweep/range.hpp"

namespace tripcurve::sweep {
namespace {

constexpr const char* example = "write client.breaker.failureRateThreshold=30,50,70";

// Where in the text something stands that is a part of it, counted from 1.
Error at_character(const Error& error, std::string_view text, const char* where) {
  return error.in(fmt::format("character {}", where - text.data() + 1));
}

// `list` is the end of `text`.
Result<std::vector<std::string>> values_of(std::string_view list, std::string_view text) {
  std::vector<std::string> values;
  std::set<std::string> seen;
  bool ends = false;
  while (!ends) {
    ends = list.find(',') == std::string_view::npos;
    const auto given = take_until(list, ",");
    const auto item = trim(given);
    if (item.empty()) {
      return at_character({"there is an empty value in the list", "leave out the comma"}, text,
                          given.data());
    }
    const auto range = is_range(item) ? values_of_range(item)
                                      : Result(std::vector<std::string>{std::string(item)});
    if (!range) {
      return at_character(range.error(), text, item.data());
    }
    for (const auto& value : *range) {
      if (!seen.insert(value).second) {
        return at_character({tripcurve::quoted(value) + " is listed twice", "keep one of them"},
                            text, item.data());
      }
    }
    values.insert(values.end(), range->begin(), range->end());
  }
  if (values.size() > most_values) {
    return Error{fmt::format("{} values are too many", values.size()),
                 fmt::format("name at most {}", most_values)};
  }
  return values;
}

std::vector<Point> grid(const std::vector<Knob>& knobs) {
  std::vector<Point> points{Point(knobs.size(), 0)};
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    std::vector<Point> finer;
    for (const auto& point : points) {
      for (std::uint32_t i = 0; i < knobs[k].values.size(); ++i) {
        finer.push_back(point);
        finer.back()[k] = i;
      }
    }
    points = std::move(finer);
  }
  return points;
}

// The next point of the sequence; its numbers are evenly spread over the whole of their type.
Point next_point(boost::random::sobol& sequence, const std::vector<Knob>& knobs) {
  Point point;
  for (const auto& knob : knobs) {
    const double unit =
        static_cast<double>(sequence()) / (static_cast<double>(boost::random::sobol::max()) + 1);
    const auto count = knob.values.size();
    point.push_back(static_cast<std::uint32_t>(
        std::min(std::floor(unit * static_cast<double>(count)), static_cast<double>(count) - 1)));
  }
  return point;
}

std::vector<Point> scattered(const std::vector<Knob>& knobs, std::size_t count) {
  boost::random::sobol sequence(knobs.size());
  std::set<Point> seen;
  std::vector<Point> points;
  // Snapping makes the same point of several, but the grid has more points than are wanted.
  for (std::size_t tries = 0; points.size() < count && tries < 100 * count; ++tries) {
    auto point = next_point(sequence, knobs);
    if (seen.insert(point).second) {
      points.push_back(std::move(point));
    }
  }
  return points;
}

}  // namespace

std::string_view Knob::name() const {
  const auto dot = std::string_view(key).rfind('.');
  return dot == std::string_view::npos ? std::string_view(key)
                                       : std::string_view(key).substr(dot + 1);
}

Result<Knob> parse_knob(std::string_view text) {
  const auto equals = text.find('=');
  Knob knob{.key = std::string(trim(text.substr(0, equals))), .given = std::string(trim(text))};
  if (knob.key.empty()) {
    return Error{tripcurve::quoted(trim(text)) + " names no key of the experiment file", example};
  }
  if (equals == std::string_view::npos || trim(text.substr(equals + 1)).empty()) {
    return Error{tripcurve::quoted(knob.key) + " has no values to try", example};
  }
  auto values = values_of(text.substr(equals + 1), text);
  if (!values) {
    return values.error().in(tripcurve::quoted(text));
  }
  knob.values = *std::move(values);
  return knob;
}

double Space::grid_size() const {
  double size = 1;
  for (const auto& knob : knobs) {
    size *= static_cast<double>(knob.values.size());
  }
  return size;
}

Result<Space> span(std::vector<Knob> knobs, std::size_t most) {
  if (knobs.size() > most_knobs) {
    return Error{fmt::format("{} keys are too many to sweep at once", knobs.size()),
                 fmt::format("name at most {}", most_knobs)};
  }
  std::set<std::string_view> keys;
  for (const auto& knob : knobs) {
    if (!keys.insert(knob.key).second) {
      return Error{tripcurve::quoted(knob.key) + " is swept twice",
                   "give all its values in one --over"};
    }
  }
  Space space{.knobs = std::move(knobs), .points = {}};
  space.whole = space.grid_size() <= static_cast<double>(most);
  space.points = space.whole ? grid(space.knobs) : scattered(space.knobs, most);
  return space;
}

std::string text_of(const std::vector<Knob>& knobs, const Point& point) {
  std::string text;
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    text +=
        fmt::format("{}{}={}", text.empty() ? "" : " ", knobs[k].name(), knobs[k].values[point[k]]);
  }
  return text.empty() ? "as it is" : text;
}

}  // namespace tripcurve::sweep
