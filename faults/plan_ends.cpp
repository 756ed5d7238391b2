// What a plan says of how requests end, and of the shares of each end.
#include <algorithm>

#include "faults/plan.hpp"

namespace tripcurve::faults {

std::optional<Plan::Asked> Plan::asked(const Recipe& recipe, std::size_t kind) {
  const auto& errors = recipe.behaviour.errors;
  const bool by_itself = errors.schedule() == nullptr && !errors.ramps();
  for (std::size_t item = 0; item < errors.items().size(); ++item) {
    if (recipe.kinds[item] == kind) {
      return Asked{errors.share(item), by_itself};
    }
  }
  // What an error hits, nothing else happens to.
  const double rest = 1 - errors.total();
  for (std::size_t variant = 0; variant < recipe.mishaps.size(); ++variant) {
    if (recipe.mishaps[variant] == kind) {
      const double below = variant == 0 ? 0 : recipe.variants[variant - 1];
      return Asked{rest * (recipe.variants[variant] - below), by_itself};
    }
  }
  return std::nullopt;
}

std::optional<Plan::Asked> Plan::asked(std::size_t i, std::size_t place, std::size_t kind) const {
  if (place >= normal_.size() && recipes_[i].others.empty()) {
    return std::nullopt;
  }
  const auto& recipe = recipe_at(place, i);
  return recipe.behaviour.errors.of_connections() ? std::nullopt : asked(recipe, kind);
}

std::optional<Plan::Asked> Plan::asked_of_connections(std::size_t i, std::size_t kind) const {
  const auto& recipe = towards_connections(i);
  return recipe.behaviour.errors.of_connections() ? asked(recipe, kind) : std::nullopt;
}

std::vector<CallEnd> Plan::ends_by(std::size_t i, std::size_t kind, Answers answers) const {
  std::vector<CallEnd> ends;
  const auto add = [&](CallEnd end) {
    if (end != CallEnd{} && std::ranges::find(ends, end) == ends.end()) {
      ends.push_back(end);
    }
  };
  const auto& word = kinds_[i][kind];
  if (word == limited_kind) {
    add({CallEnd::Kind::answer, limit(i).status});
  } else if (word == full_kind || word == shed_kind) {
    add({CallEnd::Kind::answer, capacity(i).full});
  }
  for (const auto* recipes : {&recipes_[i].changed, &recipes_[i].others}) {
    for (const auto& recipe : *recipes) {
      std::ranges::for_each(ends_by(recipe, kind, answers), add);
    }
  }
  return ends;
}

std::vector<CallEnd> Plan::ends_by(const Recipe& recipe, std::size_t kind, Answers answers) {
  std::vector<CallEnd> ends;
  const auto is_known = [&](const Course* course) {
    return answers == Answers::own || course == nullptr || course->replaced;
  };
  const auto items = recipe.behaviour.errors.items();
  for (std::size_t item = 0; item < items.size(); ++item) {
    if (recipe.kinds[item] != kind) {
      continue;
    }
    if (recipe.courses.empty() || items[item].fault.kind().of == Kind::Of::connections) {
      if (is_known(items[item].course.get())) {
        ends.push_back(items[item].seen(false).how);
      }
      continue;
    }
    for (const auto& course : recipe.courses[item]) {
      if (!is_known(course.get())) {
        continue;
      }
      ends.push_back(seen_of(items[item].fate, items[item].status, course.get(), false).how);
    }
  }
  for (std::size_t variant = 0; variant < recipe.mishaps.size(); ++variant) {
    if (recipe.mishaps[variant] == kind) {
      ends.push_back(recipe.courses.back()[variant]->seen.how);
    }
  }
  return ends;
}

std::vector<std::string> Plan::done_by_length(std::size_t i) const {
  std::vector<std::string> all;
  const auto add = [&](std::string text) {
    if (std::ranges::find(all, text) == all.end()) {
      all.push_back(std::move(text));
    }
  };
  for (const auto* recipes : {&recipes_[i].changed, &recipes_[i].others}) {
    for (const auto& recipe : *recipes) {
      const auto& shape = recipe.behaviour.shape;
      for (const auto& item : recipe.behaviour.errors.items()) {
        if (item.fault.on({}).delivery.extent.unit == Extent::Unit::bytes) {
          add(item.kind());
        }
      }
      if (shape.bandwidth.bytes_per_second > 0) {
        add("bandwidth=" + shape.bandwidth.text());
      }
      if (shape.body.slice > 0) {
        add("body=" + shape.body.text());
      }
    }
  }
  return all;
}

bool Plan::ends_well(const Request& request, const Treatment& action, TimePoint now,
                     const Patience& patience, const OutcomeRules& rules) const {
  const auto end = [&]() -> CallEnd {
    if (refuses(now)) {
      return {CallEnd::Kind::connect_failed, 0};
    }
    auto seen = action.seen(request.method == "HEAD");
    if (patience.gap && action.course) {
      if (const auto given_up = standstill(seen, action.course->pace, *patience.gap);
          given_up < seen.end) {
        seen.end = given_up;
        seen.how = {CallEnd::Kind::timeout, seen.how.status()};
      }
    }
    const auto left = patience.timeout - action.delay;
    const bool in_time = seen.end != Seen::forever && seen.end < left;
    const auto over = in_time ? action.delay + seen.end : patience.timeout;
    if (now + over >= next_closing(now)) {
      return {CallEnd::Kind::closed, 0};
    }
    const bool has_head = seen.head < left;
    return in_time
               ? seen.how
               : CallEnd{CallEnd::Kind::timeout, has_head ? seen.how.status() : std::uint16_t{0}};
  }();
  return rules.of(end) == Outcome::success;
}

}  // namespace tripcurve::faults
