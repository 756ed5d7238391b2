#include "faults/capacity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::faults {
namespace {

constexpr std::array<std::string_view, 6> capacity_keys{"workers", "service", "queue",
                                                        "full",    "shed",    "order"};
constexpr std::array<std::string_view, 2> order_names{"fifo", "lifo"};
constexpr const char* capacity_forms = "write workers=8,service=50ms,queue=100,full=503";
constexpr std::uint64_t most_of_capacity = 100'000;

// Up to the comma before the next key: a service time may have commas of its own.
std::string_view take_setting(std::string_view& rest) {
  std::size_t end = 0;
  for (; end < rest.size(); ++end) {
    if (rest[end] != ',') {
      continue;
    }
    const auto next = trim(rest.substr(end + 1));
    const auto key = trim(next.substr(0, next.find('=')));
    const bool of_percentiles = key.starts_with('p') || key == "max";
    const bool within =
        std::ranges::count(rest.substr(0, end), '(') > std::ranges::count(rest.substr(0, end), ')');
    if (!of_percentiles && !within) {
      break;
    }
  }
  const auto setting = trim(rest.substr(0, end));
  rest.remove_prefix(end == rest.size() ? end : end + 1);
  return setting;
}

template <typename T>
std::optional<Error> count_into(T& place, std::string_view text, std::uint64_t least,
                                std::uint64_t most) {
  const auto count = parse_count(text, least, most);
  if (!count) {
    return count.error();
  }
  place = static_cast<T>(*count);
  return std::nullopt;
}

std::optional<Error> read_setting_into(Capacity& capacity, std::string_view key,
                                       std::string_view value) {
  if (key == "workers") {
    return count_into(capacity.workers, value, 1, most_of_capacity);
  }
  if (key == "queue") {
    std::uint32_t queue = 0;
    auto mistake = count_into(queue, value, 0, most_of_capacity);
    capacity.queue = queue;
    return mistake;
  }
  if (key == "full") {
    return count_into(capacity.full, value, 400, 599);
  }
  if (key == "shed") {
    const auto shed = parse_duration(value);
    if (!shed || *shed == Duration::zero()) {
      return shed ? Error{"a wait of zero turns away whoever would wait", "write queue=0 for that"}
                  : shed.error();
    }
    capacity.shed = *shed;
    return std::nullopt;
  }
  if (key == "order") {
    const auto found = std::ranges::find(order_names, value);
    if (found == order_names.end()) {
      return Error{quoted(value) + " is no order of a queue",
                   "write fifo (the oldest is the next one) or lifo (the newest is)"};
    }
    capacity.order = static_cast<Capacity::Order>(found - order_names.begin());
    return std::nullopt;
  }
  auto service = parse_duration_distribution(value, "service time");
  if (!service) {
    return service.error();
  }
  capacity.service = *std::move(service);
  return std::nullopt;
}

}  // namespace

double Capacity::per_second() const {
  const auto each = to_seconds(service.mean());
  return limits() && each > 0 ? workers / each : std::numeric_limits<double>::infinity();
}

bool Capacity::tighter_than(const Capacity& other) const {
  if (!limits() || !other.limits()) {
    return limits();
  }
  const auto waits = [](const Capacity& one) {
    return one.queue.value_or(std::numeric_limits<std::uint32_t>::max());
  };
  return workers < other.workers || service.mean() > other.service.mean() ||
         waits(*this) < waits(other) ||
         shed.value_or(Duration::max()) < other.shed.value_or(Duration::max());
}

std::string Capacity::text() const {
  if (!limits()) {
    return "none";
  }
  return fmt::format("workers={},service={}{}{}{}{}", workers, service.text(),
                     queue ? fmt::format(",queue={}", *queue) : "",
                     full != Capacity{}.full ? fmt::format(",full={}", full) : "",
                     shed ? ",shed=" + format_duration(*shed) : "",
                     order == Order::lifo ? ",order=lifo" : "");
}

Result<Capacity> parse_capacity(std::string_view text) {
  text = trim(text);
  if (text == "none") {
    return Capacity{};
  }
  if (text.empty() || text.ends_with(',')) {
    return Error{text.empty() ? "'' is no capacity" : quoted(text) + " ends in a comma",
                 capacity_forms};
  }
  Capacity capacity;
  std::array<bool, capacity_keys.size()> given{};
  for (auto rest = text; !rest.empty();) {
    const auto setting = take_setting(rest);
    const auto equals = setting.find('=');
    const auto key = trim(setting.substr(0, equals));
    const auto found = std::ranges::find(capacity_keys, key);
    if (found == capacity_keys.end()) {
      return Error{"unknown key " + quoted(key) + " in " + quoted(text),
                   did_you_mean(key, capacity_keys)};
    }
    if (equals == std::string_view::npos) {
      return Error{quoted(setting) + " has no value", capacity_forms};
    }
    if (std::exchange(given[static_cast<std::size_t>(found - capacity_keys.begin())], true)) {
      return Error{quoted(text) + " gives " + std::string(key) + " a second time",
                   "keep one of them"};
    }
    if (auto mistake = read_setting_into(capacity, key, trim(setting.substr(equals + 1)))) {
      return mistake->in(std::string(key));
    }
  }
  if (capacity.workers == 0 || capacity.service.mean() == Duration::zero()) {
    return Error{quoted(text) + (capacity.workers == 0 ? " does not say how many workers there are"
                                                       : " does not say how long a worker takes"),
                 capacity_forms};
  }
  if (!capacity.queue && capacity.full != Capacity{}.full && !capacity.shed) {
    return Error{
        quoted(text) + " turns nobody away, so that nobody gets a " + std::to_string(capacity.full),
        "add queue=100, or leave out full="};
  }
  if (capacity.order == Capacity::Order::lifo && capacity.shed) {
    return Error{
        quoted(text) + " sheds who has waited long, and serves the newest first",
        "leave out order=lifo or shed=: with lifo the oldest wait until nobody newer does"};
  }
  return capacity;
}

}  // namespace tripcurve::faults
