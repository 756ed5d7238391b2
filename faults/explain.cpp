#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/units.hpp"
#include "faults/plan.hpp"

namespace tripcurve::faults {
namespace {

constexpr std::size_t width = 80;
constexpr std::size_t indent = 2;
constexpr std::size_t durations_width = 40;  // five columns of eight
// In place of the time, of the rows that are about some requests of a phase.
constexpr std::string_view others = "others";
constexpr std::size_t least_when_width = 11;
constexpr Duration unknown{-1};

// `words`, comma-separated, behind `label`; continued on the next line where the width ends.
std::string wrapped(std::string_view label, const std::vector<std::string>& words) {
  std::string text(indent, ' ');
  text += fmt::format("{:<9}", label);
  const auto margin = text.size();
  auto column = margin;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto word = words[i] + (i + 1 < words.size() ? "," : "");
    if (i > 0 && column + 1 + word.size() > width) {
      text += "\n" + std::string(margin, ' ');
      column = margin;
    } else if (i > 0) {
      text += " ";
      ++column;
    }
    text += word;
    column += word.size();
  }
  return text + "\n";
}

std::vector<std::string> outcomes(const Errors& errors, const Shape& shape) {
  if (errors.refuse()) {
    return {"every connection refused"};
  }
  const double answered = std::max(0.0, 1 - errors.total());
  std::vector<std::string> words{"served " +
                                 show_share(answered * std::max(0.0, 1 - shape.failing()))};
  for (std::size_t i = 0; i < errors.items().size(); ++i) {
    const auto& item = errors.items()[i];
    words.push_back(item.kind() + " " + show_share(errors.share(i)) +
                    (item.until
                         ? " (" + format_share(item.share) + "->" + format_share(*item.until) + ")"
                         : "") +
                    (item.latency ? " after " + item.latency->text() : ""));
  }
  for (const auto& variant : shape.variants()) {
    if (!variant.kind.empty()) {
      words.push_back(variant.kind + " " + show_share(answered * variant.share));
    }
  }
  return words;
}

std::vector<std::string> in_words(const Capacity& capacity) {
  std::vector<std::string> words{
      fmt::format("{} at once", capacity.workers),
      fmt::format("{} each", capacity.service.is_fixed()
                                 ? capacity.service.text()
                                 : capacity.service.text() + " (mean " +
                                       show_duration(capacity.service.mean()) + ")"),
      fmt::format("which is {:.4g}/s at most", capacity.per_second()),
      capacity.queue
          ? fmt::format("{} may wait and the rest get {}", *capacity.queue, capacity.full)
          : std::string("all others wait")};
  if (capacity.order == Capacity::Order::lifo) {
    words.emplace_back("the newest is the next one");
  }
  if (capacity.shed) {
    words.push_back(
        fmt::format("{} after a wait of {}", capacity.full, format_duration(*capacity.shed)));
  }
  return words;
}

std::string durations_row(std::string_view name, std::size_t name_width, std::string_view when,
                          std::size_t when_width, const Behaviour& behaviour) {
  const auto& latency = behaviour.latency;
  auto row = fmt::format("{:<{}}  {:<{}}", name, name_width, when, when_width);
  for (const auto d : {latency.mean(), latency.quantile(0.5), latency.quantile(0.95),
                       latency.quantile(0.99), latency.quantile(0.999)}) {
    // Where nobody gets a connection, nobody waits for an answer.
    row += fmt::format(" {:>7}", show_duration(behaviour.errors.refuse() ? unknown : d));
  }
  return row + "\n";
}

// What a behaviour means in detail, in lines below its row.
std::string details(const Behaviour& behaviour, std::optional<Duration> client_timeout) {
  std::string text;
  if (!behaviour.errors.refuse()) {
    text += wrapped("latency", {behaviour.latency.text()});
    if (const auto remarks = behaviour.latency.remarks(); !remarks.empty()) {
      text += wrapped("", remarks);
    }
  }
  if (!behaviour.shape.is_plain()) {
    text += wrapped("bodies", {behaviour.shape.text()});
  }
  text += wrapped("outcome", outcomes(behaviour.errors, behaviour.shape));
  if (const auto* schedule = behaviour.errors.schedule()) {
    text += wrapped("errors", schedule->remarks());
  }
  if (client_timeout && !behaviour.errors.refuse()) {
    text +=
        wrapped("timeout", {fmt::format("{} of answers take longer than the client's {} timeout",
                                        show_share(behaviour.share_above(*client_timeout)),
                                        format_duration(*client_timeout))});
  }
  return text;
}

}  // namespace

std::string explain(const Plan& plan, std::optional<Duration> client_timeout) {
  const auto& phases = plan.timetable().phases();
  std::vector<std::string> spans;
  std::size_t name_width = std::string_view("phase").size();
  std::size_t when_width = least_when_width;
  for (const auto& phase : phases) {
    const auto begin = format_duration(phase.begin.time_since_epoch());
    spans.push_back(phase.end == never
                        ? "from " + begin + " on"
                        : begin + " to " + format_duration(phase.end.time_since_epoch()));
    when_width = std::max(when_width, spans.back().size());
  }
  for (const auto& phase : phases) {
    if (phase.name.size() + 2 + when_width + durations_width <= width) {
      name_width = std::max(name_width, phase.name.size());
    }
  }

  auto text = fmt::format("{:<{}}  {:<{}}", "phase", name_width, "when", when_width);
  for (const auto* head : {"mean", "p50", "p95", "p99", "p99.9"}) {
    text += fmt::format(" {:>7}", head);
  }
  text += "\n";
  const auto& rules = plan.upstream().rules;
  // The rows of a phase's requests, or of those it leaves alone: of no rule, and of each.
  const auto add = [&](std::string_view name, std::string_view when, const std::optional<Match>& on,
                       const auto& behaviour_of) {
    const auto add_one = [&](std::string_view label, const Behaviour& behaviour,
                             const std::optional<Match>& only) {
      text += durations_row(name, name_width, label, when_width, behaviour);
      if (only) {
        text += wrapped("only", {"requests to " + only->text()});
      }
      text += details(behaviour, client_timeout);
      name = "";
    };
    add_one(when, behaviour_of(Plan::no_rule), on);
    for (std::size_t r = 0; r < rules.size() && !behaviour_of(r).errors.refuse(); ++r) {
      add_one(fmt::format("{} {}", rules[r].also ? "also" : "rule", r + 1), behaviour_of(r),
              rules[r].match);
    }
  };
  for (std::size_t i = 0; i < phases.size(); ++i) {
    // A name too long for its column gets a line of its own.
    std::string_view name = phases[i].name;
    if (name.size() > name_width) {
      text += phases[i].name + "\n";
      name = "";
    }
    const auto& on = plan.phases()[i].on;
    add(name, spans[i], on, [&](std::size_t rule) { return plan.behaviour(i, rule); });
    if (on) {
      add("", others, std::nullopt, [&](std::size_t rule) { return plan.unchanged(rule); });
    }
    if (const auto& capacity = plan.capacity(i);
        capacity.limits() && !plan.behaviour(i).errors.refuse()) {
      text += wrapped("capacity", in_words(capacity));
    }
    if (plan.limit(i).limits() && !plan.behaviour(i).errors.refuse()) {
      text += wrapped("limit",
                      {fmt::format("{} of all requests together, {} at once, and {} to the rest",
                                   format_rate(plan.limit(i).rate), plan.limit(i).burst,
                                   plan.limit(i).status)});
    }
  }
  if (plan.after() == After::again) {
    text += fmt::format(
        "At {} the phases start again, and they repeat until the upstream is stopped.\n",
        format_duration(plan.timetable().end().time_since_epoch()));
  }
  return text;
}

}  // namespace tripcurve::faults
