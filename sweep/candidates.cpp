#include "sweep/candidates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "breaker/registry.hpp"
#include "core/ensure.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "document/read.hpp"
#include "experiment/read.hpp"
#include "experiment/write.hpp"

namespace tripcurve::sweep {
namespace {

using document::Node;
using document::Place;

// Reading tells where a mistake stands. What this file made is at these places: a line is the
// number of the knob.
constexpr const char* base_file = "experiment";
constexpr const char* knob_file = "--over";

Node scalar(std::string_view key, std::string_view text, const Place& at) {
  return {.kind = Node::Kind::scalar,
          .text = std::string(text),
          .at = at,
          .key = std::string(key),
          .key_at = at};
}

// "retry,attempts=3" or "classic,failures=5" as the block that says the same.
void unfold(Node& node, const char* name_key) {
  if (!node.is_scalar()) {
    return;
  }
  const auto named = breaker::parse_named(node.text);
  Node map{.kind = Node::Kind::map, .at = node.at, .key = node.key, .key_at = node.key_at};
  map.children.push_back(scalar(name_key, named.name, node.at));
  for (const auto& [key, value] : named.given) {
    map.children.push_back(scalar(key, value, node.at));
  }
  node = std::move(map);
}

// The name that a list's item goes by.
std::string name_of(const Node& item) {
  for (const auto* key : {"policy", "name", "path"}) {
    if (const auto* name = item.find(key)) {
      return name->text;
    }
  }
  return item.is_scalar() ? breaker::parse_named(item.text).name : std::string();
}

Node* named_item(Node& list, std::string_view name) {
  const auto item = std::ranges::find_if(
      list.children, [&](const Node& child) { return same_word(name_of(child), name); });
  return item == list.children.end() ? nullptr : &*item;
}

Node* numbered_item(Node& list, std::string_view number) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
  const bool whole = error == std::errc() && end == number.data() + number.size();
  return whole && index < list.children.size() ? &list.children[index] : nullptr;
}

Error no_item(const Node& list, std::string_view name) {
  std::vector<std::string> names;
  for (const auto& item : list.children) {
    names.push_back(name_of(item));
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  return {"there is no " + quoted(name) + " in " + quoted(list.key),
          known.empty() ? "the list is empty" : did_you_mean(name, known)};
}

// A setting of a dialect or a policy by either of its names.
Node* setting_of(Node& map, std::string_view name) {
  const auto* dialect = map.find("dialect");
  const auto known = dialect == nullptr ? Result<const breaker::Dialect*>(Error{})
                                        : breaker::find_dialect(dialect->text);
  const auto* key = known ? breaker::find_key(**known, name) : nullptr;
  const auto found = std::ranges::find_if(map.children, [&](const Node& child) {
    return child.key == name || (key != nullptr && breaker::find_key(**known, child.key) == key);
  });
  return found == map.children.end() ? nullptr : &*found;
}

void put(Node& map, std::string_view key, std::string_view value, const Place& at) {
  auto* known = setting_of(map, key);
  auto& place = known == nullptr ? map.children.emplace_back() : *known;
  place = scalar(key, value, at);
}

// The next part of a path: up to a dot, or an index in brackets.
std::string_view take_part(std::string_view& path) {
  if (path.starts_with('[')) {
    path.remove_prefix(1);
    const auto index = take_until(path, "]");
    path.remove_prefix(path.starts_with('.') ? 1 : 0);
    return index;
  }
  const auto end = path.find_first_of(".[");
  const auto part = path.substr(0, end);
  path.remove_prefix(end == std::string_view::npos ? path.size()
                                                   : end + (path[end] == '.' ? 1 : 0));
  return part;
}

std::optional<Error> set_below(Node& node, std::string_view path, std::string_view value,
                               const Place& at);

std::optional<Error> set_in_list(Node& list, std::string_view path, std::string_view value,
                                 const Place& at) {
  const auto part = take_part(path);
  auto* item = numbered_item(list, part);
  item = item == nullptr ? named_item(list, part) : item;
  if (item == nullptr) {
    return no_item(list, part);
  }
  if (path.empty()) {
    *item = scalar("", value, at);
    return std::nullopt;
  }
  unfold(*item, "policy");
  return set_below(*item, path, value, at);
}

std::optional<Error> set_in_map(Node& map, std::string_view path, std::string_view value,
                                const Place& at) {
  // A dialect's settings may have dots in their names.
  const bool settings = map.find("dialect") != nullptr || map.find("policy") != nullptr;
  const auto part = settings ? std::exchange(path, {}) : take_part(path);
  if (path.empty()) {
    put(map, part, value, at);
    return std::nullopt;
  }
  auto known = std::ranges::find(map.children, part, &Node::key);
  if (known == map.children.end()) {
    map.children.push_back(
        {.kind = Node::Kind::map, .at = at, .key = std::string(part), .key_at = at});
    known = map.children.end() - 1;
  }
  if (part == "breaker") {
    unfold(*known, "dialect");
  }
  return set_below(*known, path, value, at);
}

std::optional<Error> set_below(Node& node, std::string_view path, std::string_view value,
                               const Place& at) {
  if (node.is_list()) {
    return set_in_list(node, path, value, at);
  }
  if (node.is_scalar()) {
    return Error{quoted(node.key) + " is a single value and has no key " + quoted(path),
                 "leave out ." + std::string(path)};
  }
  node.kind = Node::Kind::map;
  return set_in_map(node, path, value, at);
}

// Keys that a sweep sets itself, or that change nothing that it measures.
struct NotSwept {
  std::string_view key;
  const char* why;
  const char* instead;
};
constexpr std::array<NotSwept, 12> not_swept{{
    {"phases", "each scenario of a sweep brings its own phases", "name scenarios with --scenario"},
    {"seed", "a sweep runs every setting with the same seeds", "use --seeds and --seed"},
    {"topology", "a sweep is about the client in front of the upstream",
     "sweep a key of client, load or upstream"},
    {"name", "it changes nothing that a sweep measures", "sweep a key of client or load"},
    {"description", "it changes nothing that a sweep measures", "sweep a key of client or load"},
    {"expect", "it changes nothing that a sweep measures", "use --subject-to"},
    {"baseline", "it changes nothing that a sweep measures", "use --subject-to"},
    {"outputs", "it changes nothing that a sweep measures", "use --json"},
    {"client.versus", "it changes nothing that a sweep measures", "sweep client.breaker"},
    {"load.threads", "it changes nothing that a sweep measures", "sweep a key of client or load"},
    {"client.failure_statuses", "a sweep starts from what the file makes of it",
     "sweep client.counts: 429=failure"},
    {"client.breaker.import", "a sweep starts from the settings that the file imports",
     "sweep those settings by their names"},
}};

std::optional<Error> unsweepable(const Knob& knob) {
  const auto found = std::ranges::find_if(not_swept, [&](const NotSwept& one) {
    return knob.key == one.key || knob.key.starts_with(std::string(one.key) + ".") ||
           knob.key.starts_with(std::string(one.key) + "[");
  });
  return found == not_swept.end()
             ? std::nullopt
             : std::optional(
                   Error{quoted(knob.key) + " cannot be swept: " + found->why, found->instead});
}

// Where a mistake stands, taken off its message: the knob, or none.
std::optional<std::size_t> take_place(std::string& message) {
  const auto numbers_end = [&](std::size_t from) {
    const auto first = message.find(':', from);
    const auto second = first == std::string::npos ? first : message.find(": ", first + 1);
    return second;
  };
  for (const auto* file : {knob_file, base_file}) {
    const auto prefix = std::string(file) + ":";
    if (message.starts_with(prefix)) {
      std::size_t line = 0;
      std::from_chars(message.data() + prefix.size(), message.data() + message.size(), line);
      const auto end = numbers_end(prefix.size());
      message.erase(0, end == std::string::npos ? 0 : end + 2);
      return file == knob_file ? std::optional(line - 1) : std::nullopt;
    }
  }
  return std::nullopt;
}

class Maker {
 public:
  Maker(const std::vector<Knob>& knobs, experiment::Experiment base)
      : knobs_(knobs), base_(without_judging(std::move(base))) {
    auto documents = document::read_json(base_file, experiment::write_experiment(base_));
    ENSURE(documents.ok() && documents->size() == 1);
    root_ = std::move((*std::move(documents)).front());
  }

  // The mistake has its place, unless a knob's value is to blame.
  struct Mistake {
    Error error;
    std::optional<std::size_t> knob;
  };
  [[nodiscard]] Result<experiment::Experiment> make(const Point& point,
                                                    std::optional<Mistake>& mistake) const {
    auto root = root_;
    for (std::size_t k = 0; k < knobs_.size(); ++k) {
      if (auto error = set_key(root, knobs_[k].key, knobs_[k].values[point[k]], place_of(k))) {
        mistake = Mistake{*error, k};
        return *std::move(error);
      }
    }
    auto reading = experiment::read_experiment(base_file, std::move(root), {});
    if (!reading.errors.empty()) {
      auto error = reading.errors.front();
      const auto knob = take_place(error.message);
      mistake = Mistake{error, knob};
      return error;
    }
    auto made = std::move(reading.experiment);
    made.file = base_.file;
    return made;
  }

 private:
  static experiment::Experiment without_judging(experiment::Experiment base) {
    base.expectations.clear();
    base.baseline.clear();
    base.versus.reset();
    base.threads = 1;
    return base;
  }
  static Place place_of(std::size_t knob) {
    return {.file = std::make_shared<const std::string>(knob_file),
            .line = static_cast<std::uint32_t>(knob + 1)};
  }

  const std::vector<Knob>& knobs_;
  experiment::Experiment base_;
  Node root_;
};

// Values that were refused wherever they occurred are mistakes of whoever typed them.
class Blame {
 public:
  explicit Blame(const std::vector<Knob>& knobs) : knobs_(knobs) {
    for (const auto& knob : knobs) {
      good_.emplace_back(knob.values.size(), false);
      first_.emplace_back(knob.values.size());
    }
  }

  void good(const Point& point) {
    for (std::size_t k = 0; k < point.size(); ++k) {
      good_[k][point[k]] = true;
    }
  }
  void bad(const Point& point, const Error& error, std::optional<std::size_t> knob) {
    for (std::size_t k = 0; k < point.size(); ++k) {
      auto& first = first_[k][point[k]];
      if (!first && (!knob || *knob == k)) {
        first = error;
      }
    }
  }
  [[nodiscard]] std::optional<Error> mistake() const {
    for (std::size_t k = 0; k < knobs_.size(); ++k) {
      for (std::size_t v = 0; v < knobs_[k].values.size(); ++v) {
        if (!good_[k][v] && first_[k][v]) {
          return first_[k][v]->in(fmt::format("--over {}={}", knobs_[k].key, knobs_[k].values[v]));
        }
      }
    }
    return std::nullopt;
  }

 private:
  const std::vector<Knob>& knobs_;
  std::vector<std::vector<bool>> good_;                   // by knob and value: it works somewhere
  std::vector<std::vector<std::optional<Error>>> first_;  // what was wrong with it first
};

}  // namespace

std::optional<Error> set_key(Node& root, std::string_view key, std::string_view value,
                             const Place& at) {
  return set_below(root, key, value, at);
}

Result<Candidates> candidates_of(const Space& space, experiment::Experiment base) {
  for (const auto& knob : space.knobs) {
    if (const auto error = unsweepable(knob)) {
      return error->in("--over");
    }
  }
  const Maker maker(space.knobs, std::move(base));
  Candidates candidates;
  Blame blame(space.knobs);
  for (const auto& point : space.points) {
    std::optional<Maker::Mistake> mistake;
    auto made = maker.make(point, mistake);
    if (made) {
      blame.good(point);
      candidates.possible.push_back({point, *std::move(made)});
    } else {
      blame.bad(point, mistake->error, mistake->knob);
      candidates.impossible.push_back({point, mistake->error.message});
    }
  }
  if (const auto error = blame.mistake()) {
    return *error;
  }
  return candidates;
}

std::vector<Candidate> possible_of(const std::vector<Knob>& knobs, const std::vector<Point>& points,
                                   experiment::Experiment base) {
  const Maker maker(knobs, std::move(base));
  std::vector<Candidate> possible;
  for (const auto& point : points) {
    std::optional<Maker::Mistake> mistake;
    if (auto made = maker.make(point, mistake)) {
      possible.push_back({point, *std::move(made)});
    }
  }
  return possible;
}

}  // namespace tripcurve::sweep
