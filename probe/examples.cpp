#include "probe/examples.hpp"

#include <set>
#include <string>

#include "probe/space.hpp"

namespace tripcurve::probe {
namespace {

double example_of(Axis axis) {
  switch (axis) {
    case Axis::interval:
      return 1.5;
    case Axis::open:
    case Axis::whole_open:
      return 3;
    case Axis::threshold:
    case Axis::trials:
      return 4;
    case Axis::minimum:
    case Axis::window:
    case Axis::whole_window:
      return 8;
    case Axis::calls:
      return 16;
    case Axis::percent:
    case Axis::ratio:
      return 40;
    case Axis::good_ratio:
      return 60;
  }
  return 1;
}

}  // namespace

std::vector<breaker::Choice> examples(std::span<const std::string> dialects) {
  std::vector<breaker::Choice> all;
  std::set<std::string> known{"none"};
  for (const auto& form : forms_of(dialects)) {
    if (known.insert(form.dialect()).second) {
      Point point;
      for (const auto axis : form.axes) {
        point.push_back(example_of(axis));
      }
      if (auto choice = choice_at(form, point)) {
        all.push_back(*std::move(choice));
      }
    }
  }
  return all;
}

}  // namespace tripcurve::probe
