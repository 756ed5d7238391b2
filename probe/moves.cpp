#include "probe/moves.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

namespace tripcurve::probe {
namespace {

constexpr double longest_s = 900;  // of what is looked for
constexpr double most_calls = 1000;
constexpr double most_trials = 100;

bool is_share(Axis axis) {
  return axis == Axis::percent || axis == Axis::ratio || axis == Axis::good_ratio;
}

bool is_possible(Axis axis, double value) {
  return value > 0 && !(is_duration(axis) && value > longest_s) && !(is_share(axis) && value > 100);
}

double below_or_above(Random& random, double by) { return random.unit() < 0.5 ? -by : by; }

// From the least to the most, small ones more often.
double between_in_logs(Random& random, double least, double most) {
  return least * std::pow(most / least, random.unit());
}

double on_grid(double value, double step) { return std::round(value / step) * step; }

// With two digits.
double rounded(double value) {
  return on_grid(value, std::pow(10, std::floor(std::log10(value)) - 1));
}

double anywhere(Axis axis, Random& random) {
  switch (axis) {
    case Axis::threshold:
    case Axis::minimum:
      return std::round(between_in_logs(random, 1, 120));
    case Axis::calls:
      return std::round(between_in_logs(random, 1, 250));
    case Axis::percent:
    case Axis::ratio:
    case Axis::good_ratio:
      return 5 * std::ceil(20 * random.unit() + 1e-9);
    case Axis::trials:
      return std::round(between_in_logs(random, 1, 20));
    case Axis::whole_window:
    case Axis::whole_open:
      return std::round(between_in_logs(random, 1, 120));
    case Axis::window:
    case Axis::open:
    case Axis::interval:
      return rounded(between_in_logs(random, 0.2, 120));
  }
  return 1;
}

double near(Axis axis, double from, Random& random) {
  if (is_whole(axis)) {
    return from + below_or_above(random, std::round(between_in_logs(random, 1, 4)));
  }
  if (is_share(axis)) {
    const double by = random.unit() < 0.3 ? 5 : 1;
    return on_grid(from + below_or_above(random, by * std::round(between_in_logs(random, 1, 4))),
                   by);
  }
  return rounded(from * between_in_logs(random, 0.7, 1.5));
}

double elsewhere(Axis axis, double from, const std::set<double>& tried, Random& random) {
  const double way = random.unit();
  if (way < 0.35 && !tried.empty()) {
    return *std::next(tried.begin(), static_cast<std::ptrdiff_t>(random.next() % tried.size()));
  }
  return way < 0.7 ? near(axis, from, random) : anywhere(axis, random);
}

// Two axes at a time, a little each: what one of them explains worse, the other may make up for.
void move_a_little(const Form& form, Point& point, Random& random) {
  for (int i = 0; i < 2; ++i) {
    const auto axis = random.next() % point.size();
    point[axis] = near(form.axes[axis], point[axis], random);
  }
}

std::optional<std::size_t> place_of(const Form& form, bool (*wanted)(Axis)) {
  const auto found = std::ranges::find_if(form.axes, wanted);
  return found == form.axes.end()
             ? std::nullopt
             : std::optional(static_cast<std::size_t>(found - form.axes.begin()));
}

std::optional<std::size_t> place_of(const Form& form, Axis wanted) {
  const auto found = std::ranges::find(form.axes, wanted);
  return found == form.axes.end()
             ? std::nullopt
             : std::optional(static_cast<std::size_t>(found - form.axes.begin()));
}

// Another window, and the share of it that as many failures are, or as many as drawn.
bool move_window_of_calls(const Form& form, Point& point, const Tried& tried, Random& random) {
  const auto calls = place_of(form, Axis::calls);
  const auto share = place_of(form, is_share);
  if (!calls || !share) {
    return false;
  }
  const double window = elsewhere(Axis::calls, point[*calls], tried[*calls], random);
  if (window < 1) {
    return false;
  }
  const double failures = random.unit() < 0.4 ? std::ceil(point[*calls] * point[*share] / 100)
                                              : std::round(between_in_logs(random, 1, window));
  point[*calls] = window;
  const double grid = random.unit() < 0.7 ? 5 : 1;
  point[*share] = on_grid(100 * (failures - random.unit()) / window, grid);
  return true;
}

constexpr std::array usual_intervals{0.1, 0.2, 0.5, 1.0, 1.5,  2.0,  2.5,  3.0,
                                     4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0};

double any_interval(double longest, Random& random) {
  const auto shorter = std::ranges::lower_bound(usual_intervals, longest) - usual_intervals.begin();
  const double drawn = rounded(between_in_logs(random, longest / 10, longest));
  const auto place =
      random.next() % static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(1, shorter));
  return random.unit() < 0.6 ? usual_intervals.at(place) : drawn;
}

// A timer of another interval, after as many of whose rounds it comes back as late: so many checks,
// or the first after it was open for so long.
bool move_timer(const Form& form, Point& point, Random& random) {
  const auto interval = place_of(form, Axis::interval);
  const auto rounds = place_of(form, Axis::trials);
  const auto open = place_of(form, Axis::open);
  if (!interval || (!rounds && !open)) {
    return false;
  }
  const double part = random.unit();  // of an interval, that the first or the last of them lacks
  if (rounds) {
    const double back_after = point[*interval] * (point[*rounds] - part);
    point[*interval] = any_interval(2 * back_after, random);
    point[*rounds] = std::ceil(back_after / point[*interval]) + (random.unit() < 0.5 ? 0 : 1);
    return true;
  }
  const double back_after = point[*open] + point[*interval] * part;
  point[*interval] = any_interval(2 * back_after, random);
  const double rest = random.unit();
  if (random.unit() < 0.5) {
    point[*open] = rounded(std::max(back_after / 10, back_after - point[*interval] * rest));
  }
  return true;
}

// Another window of time, and so many calls a second in it that it has as many as before; or
// another share that must fail, from which that rate follows.
bool move_window_of_time(const Form& form, Point& point, const Tried& tried, Random& random) {
  const auto window = place_of(form, Axis::window);
  const auto minimum = place_of(form, Axis::minimum);
  const auto share = place_of(form, is_share);
  if (window && !minimum && share) {
    const double was = point[*share];
    point[*share] = elsewhere(form.axes[*share], was, tried[*share], random);
    point[*window] = rounded(point[*window] * point[*share] / was);
    return true;
  }
  if (!window || !minimum) {
    return false;
  }
  const double calls = point[*window] * point[*minimum];
  point[*window] = elsewhere(Axis::window, point[*window], tried[*window], random);
  point[*minimum] = std::max(1.0, std::round(calls / point[*window]));
  return true;
}

bool move_together(const Form& form, Point& point, const Tried& tried, Random& random) {
  return move_window_of_calls(form, point, tried, random) || move_timer(form, point, random) ||
         move_window_of_time(form, point, tried, random);
}

// The next values of one digit.
std::vector<double> round_ones(double from, bool upwards) {
  constexpr int most = 6;
  std::vector<double> values;
  for (double value = from; static_cast<int>(values.size()) < most;) {
    // From 1 downwards, the steps are those of what is less.
    const double step = std::pow(10, std::floor(std::log10(value * (upwards ? 1.001 : 0.999))));
    value = step * (upwards ? std::floor(value / step + 1.001) : std::ceil(value / step - 1.001));
    values.push_back(value);
  }
  return values;
}

// From the furthest to the nearest, and round ones.
std::vector<double> further_out(Axis axis, double from, bool upwards) {
  constexpr std::array factors{0.5, 0.7, 0.8, 0.9, 0.95, 0.98};
  std::vector<double> values;
  for (const double factor : factors) {
    const double there = upwards ? from / factor : from * factor;
    const double value = is_duration(axis) && !is_whole(axis) ? rounded(there) : std::round(there);
    if (upwards ? value > from : value < from) {
      values.push_back(value);
    }
  }
  if (is_whole(axis) || is_share(axis)) {
    values.push_back(upwards ? from + 1 : from - 1);
  } else {
    for (const double value : round_ones(from, upwards)) {
      values.push_back(value);
    }
  }
  if (axis == Axis::interval) {
    std::ranges::copy_if(usual_intervals, std::back_inserter(values),
                         [&](double value) { return upwards ? value > from : value < from; });
  }
  return values;
}

// A value for another axis.
using MadeUp = std::pair<std::size_t, double>;

// So much of the first round of a timer had gone by when it began to count.
constexpr std::array parts_of_round{0.0, 0.25, 0.5, 0.75, 1.0};

// What keeps the time that a breaker with a timer is open, or the calls of a window.
std::vector<MadeUp> made_up_for(const Form& form, const Point& point, std::size_t axis,
                                double value) {
  std::vector<MadeUp> made_up;
  const auto interval = place_of(form, Axis::interval);
  const auto rounds = place_of(form, Axis::trials);
  const auto open = place_of(form, Axis::open);
  const auto window = place_of(form, Axis::window);
  const auto minimum = place_of(form, Axis::minimum);
  const auto calls = place_of(form, Axis::calls);
  const auto share = place_of(form, is_share);
  const double was = point[axis];
  for (const double part : parts_of_round) {
    if (interval && rounds && axis == *rounds && value > part && was > part) {
      made_up.emplace_back(*interval, rounded(point[*interval] * (was - part) / (value - part)));
    }
    if (interval && rounds && axis == *interval) {
      made_up.emplace_back(*rounds, std::round(part + was * (point[*rounds] - part) / value));
    }
    if (interval && open && part > 0 && (axis == *interval || axis == *open)) {
      const auto other = axis == *interval ? *open : *interval;
      made_up.emplace_back(other, rounded(std::max(0.01, point[other] + (was - value) * part)));
    }
    if (calls && share && axis == *calls) {
      const double failures = std::ceil(was * point[*share] / 100 - 1e-9);
      made_up.emplace_back(*share, std::floor(100 * (failures - part * 0.99) / value));
    }
  }
  if (interval && open && axis == *interval) {
    const double digit = std::pow(10, std::floor(std::log10(point[*open])));
    made_up.emplace_back(*open, on_grid(point[*open], digit));
    made_up.emplace_back(*open, on_grid(point[*open], digit / 2));
  }
  if (window && !minimum && share && axis == *share) {
    made_up.emplace_back(*window, rounded(point[*window] * value / was));
  }
  if (window && minimum && (axis == *window || axis == *minimum)) {
    const auto other = axis == *window ? *minimum : *window;
    const double made = point[other] * was / value;
    made_up.emplace_back(other, other == *minimum ? std::round(made) : rounded(made));
  }
  return made_up;
}

// At most a dozen, the roundest.
std::vector<double> dozen_of(const std::set<double>& values) {
  constexpr std::size_t most = 12;
  std::vector<double> some(values.begin(), values.end());
  std::ranges::stable_sort(some, {}, digits_of);
  some.resize(std::min(most, some.size()));
  return some;
}

void move_some(const Form& form, Point& point, const Tried& tried, Random& random) {
  const auto surely = random.next() % point.size();
  for (std::size_t i = 0; i < point.size(); ++i) {
    if (i == surely || random.unit() < 0.3) {
      point[i] = elsewhere(form.axes[i], point[i], tried[i], random);
    }
  }
}

}  // namespace

std::vector<Point> neighbours(const Form& form, const Point& point, const Tried& tried) {
  std::vector<Point> near_ones;
  for (std::size_t i = 0; i < point.size(); ++i) {
    const auto axis = form.axes[i];
    const auto here = tried[i].lower_bound(point[i]);
    const auto above = tried[i].upper_bound(point[i]);
    auto values = dozen_of(tried[i]);
    const auto look_towards = [&](double next) {
      values.push_back(next);
      if (const auto middle = between(axis, point[i], next)) {
        values.push_back(*middle);
      }
    };
    if (here != tried[i].begin()) {
      look_towards(*std::prev(here));
    }
    if (above != tried[i].end()) {
      look_towards(*above);
    } else {
      values.push_back(point[i] * 2);
    }
    if (is_whole(axis)) {
      values.push_back(point[i] - 1);
      values.push_back(point[i] + 1);
    }
    for (const double value : values) {
      if (value != point[i] && is_possible(axis, value)) {
        near_ones.push_back(point);
        near_ones.back()[i] = value;
      }
    }
  }
  return near_ones;
}

std::vector<Point> beyond(const Form& form, const Point& point, std::size_t axis, bool upwards) {
  std::vector<Point> points;
  const auto add = [&](const Point& other) {
    bool is_new = std::ranges::find(points, other) == points.end();
    for (std::size_t i = 0; i < other.size(); ++i) {
      is_new = is_new && is_possible(form.axes[i], other[i]) && other[i] <= most_calls &&
               !(form.axes[i] == Axis::trials && other[i] > most_trials);
    }
    if (is_new) {
      points.push_back(other);
    }
  };
  for (const double value : further_out(form.axes[axis], point[axis], upwards)) {
    auto other = point;
    other[axis] = value;
    add(other);
    for (const auto& [place, made_up] : made_up_for(form, point, axis, value)) {
      auto both = other;
      both[place] = made_up;
      add(both);
    }
  }
  return points;
}

Point leap(const Form& form, const Point& from, const Tried& tried, Random& random) {
  auto point = from;
  const double way = random.unit();
  if (way < 0.4) {
    move_a_little(form, point, random);
  } else if (way > 0.8 || !move_together(form, point, tried, random)) {
    move_some(form, point, tried, random);
  }
  for (std::size_t i = 0; i < point.size(); ++i) {
    point[i] = is_possible(form.axes[i], point[i]) ? point[i] : from[i];
  }
  return point;
}

std::vector<Point> brought_to(const Form& form, const Point& own, const Tried& tried,
                              const Form& other, const Point& point) {
  auto common = own;
  std::vector<std::size_t> own_axes;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto there = std::ranges::find(other.axes, form.axes[i]);
    if (there == other.axes.end()) {
      own_axes.push_back(i);
    } else {
      common[i] = point[static_cast<std::size_t>(there - other.axes.begin())];
    }
  }
  std::vector<Point> points{common};
  const auto window = place_of(form, Axis::window);
  const auto share = place_of(form, is_share);
  if (window && share && !place_of(form, Axis::minimum)) {
    points.push_back(common);
    points.back()[*window] = rounded(own[*window] * common[*share] / own[*share]);
  }
  for (const auto axis : own_axes) {
    for (const double value : dozen_of(tried[axis])) {
      points.push_back(common);
      points.back()[axis] = value;
    }
  }
  return points;
}

}  // namespace tripcurve::probe
