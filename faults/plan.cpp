#include "faults/plan.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "core/ensure.hpp"
#include "core/text.hpp"

namespace tripcurve::faults {
namespace {

bool needs_headers(const Upstream& upstream, const std::vector<PhaseSpec>& phases) {
  return std::ranges::any_of(upstream.rules,
                             [](const Rule& rule) { return !rule.match.headers.empty(); }) ||
         std::ranges::any_of(
             phases, [](const PhaseSpec& phase) { return phase.on && !phase.on->headers.empty(); });
}

std::vector<const Rule*> also_of(const Upstream& upstream) {
  std::vector<const Rule*> all;
  for (const auto& rule : upstream.rules) {
    if (rule.also) {
      all.push_back(&rule);
    }
  }
  return all;
}

// By rule, none first; and that for each choice of those that say `also`, whose number has a bit
// for each.
std::vector<Behaviour> normal_of(const Upstream& upstream) {
  const auto with = [](const Behaviour& behaviour, const Rule& rule) {
    return behaviour.with(rule.latency, rule.errors, rule.shape);
  };
  const auto also = also_of(upstream);
  std::vector<Behaviour> behaviours;
  for (std::size_t choice = 0; choice < std::size_t{1} << also.size(); ++choice) {
    for (std::size_t first = 0; first <= upstream.rules.size(); ++first) {
      auto behaviour =
          first == 0 ? upstream.normal : with(upstream.normal, upstream.rules[first - 1]);
      for (std::size_t i = 0; i < also.size(); ++i) {
        behaviour = (choice >> i & 1U) != 0 ? with(behaviour, *also[i]) : behaviour;
      }
      behaviours.push_back(std::move(behaviour));
    }
  }
  return behaviours;
}

// A phase is a fault when it is worse than normal for the requests of some rule, or of none: more
// of them fail, or they take noticeably longer on average, or the port is closed; or when it limits
// what is normally let pass. What the upstream normally does is no fault, however bad that is and
// however few phases there are: a breaker that trips at it trips although nothing has happened.
bool is_fault(const Upstream& upstream, const std::vector<Behaviour>& normal,
              const PhaseSpec& phase) {
  const auto& limit = phase.limit ? *phase.limit : upstream.limit;
  const auto& capacity = phase.capacity ? *phase.capacity : upstream.capacity;
  return limit.tighter_than(upstream.limit) || capacity.tighter_than(upstream.capacity) ||
         std::ranges::any_of(normal, [&](const Behaviour& usual) {
           return usual.with(phase.latency, phase.errors, phase.shape).is_worse_than(usual);
         });
}

// `phases`, and what is added to them.
std::vector<PhaseSpec> with_what_comes(std::vector<PhaseSpec> phases, After after) {
  ENSURE(!phases.empty());
  if (after == After::normal) {
    auto rest = Duration::max();  // so that its end is `never`
    for (const auto& phase : phases) {
      rest -= phase.length;
    }
    phases.push_back({.name = afterwards, .length = rest});
  }
  return phases;
}

Timetable timetable_of(const Upstream& upstream, const std::vector<Behaviour>& normal,
                       const std::vector<PhaseSpec>& phases) {
  std::vector<Phase> table;
  TimePoint begin{};
  for (const auto& phase : phases) {
    const auto end = begin + phase.length;
    table.push_back({phase.name, begin, end, is_fault(upstream, normal, phase)});
    begin = end;
  }
  return Timetable(std::move(table));
}

// Where `kinds` has that kind, which is added if need be.
std::uint16_t place_of(const std::string& kind, std::vector<std::string>& kinds) {
  const auto found = std::ranges::find(kinds, kind);
  const auto place = static_cast<std::uint16_t>(found - kinds.begin());
  if (found == kinds.end()) {
    kinds.push_back(kind);
  }
  return place;
}

// How an answer goes that would come as `variant` says, of a request that `item` hits; null: none.
std::shared_ptr<const Course> course_of(const Variant& variant, const ErrorItem* item) {
  const Exchange served{.delivery = variant.delivery};
  return item == nullptr ? course_of(served, false, variant.kind)
                         : course_of(item->fault.on(served), true, item->kind());
}

// Faults of a handshake that an upstream in plain HTTP does not make.
std::optional<Error> without_tls(const Errors& errors) {
  const auto found = std::ranges::find_if(
      errors.items(), [](const ErrorItem& item) { return item.fault.kind().needs_tls; });
  if (found == errors.items().end()) {
    return std::nullopt;
  }
  return Error{"errors " + quoted(errors.text()) + ": " + found->kind() +
                   " is about the TLS handshake, and the upstream speaks plain HTTP",
               "add --tls, or tls: true to the upstream in a file"};
}

std::optional<Error> without_tls(const Upstream& upstream, const std::vector<PhaseSpec>& phases) {
  if (upstream.tls) {
    return std::nullopt;
  }
  if (auto mistake = without_tls(upstream.normal.errors)) {
    return mistake;
  }
  for (const auto& phase : phases) {
    if (auto mistake = phase.errors ? without_tls(*phase.errors) : std::nullopt) {
      return mistake->in("phase " + quoted(phase.name));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> contradiction(const Upstream& upstream, const std::vector<PhaseSpec>& phases) {
  for (const auto& rule : upstream.rules) {
    const auto place = "rule " + quoted(rule.match.text());
    if (rule.match.empty()) {
      return Error{place + " names no requests",
                   "name a path, a method or a header, or say it of the whole upstream"};
    }
    if (upstream.normal.errors.refuse() || (rule.errors && rule.errors->refuse())) {
      return Error{place + ": a closed port has no paths",
                   "leave out the rule, or write errors reset:100% instead of refuse"};
    }
    if (rule.errors && rule.errors->of_connections()) {
      return Error{place + ": errors " + quoted(rule.errors->text()) +
                       " hit connections, which have no path yet",
                   "say it of the whole upstream, or of a phase"};
    }
  }
  if (auto mistake = without_tls(upstream, phases)) {
    return mistake;
  }
  if (const auto also = also_of(upstream); also.size() > most_also) {
    return Error{"rule " + quoted(also[most_also]->match.text()) +
                     " is one too many that says 'also: true': 4 may",
                 "leave 'also' out where no other rule matches the same requests"};
  }
  for (const auto& behaviour : normal_of(upstream)) {
    if (behaviour.errors.ramps()) {
      return Error{"errors " + quoted(behaviour.errors.text()) +
                       " change while a phase lasts, but normally there is no end to that",
                   "write them for a phase: 'recovering 30s errors=100%->0%'"};
    }
  }
  for (const auto& usual : normal_of(upstream)) {
    if (auto mistake = contradiction(usual.shape)) {
      return mistake;
    }
    for (const auto& phase : phases) {
      if (auto mistake = contradiction(phase.shape.on(usual.shape))) {
        return mistake->in("phase " + quoted(phase.name));
      }
    }
  }
  Duration begin{};
  for (const auto& phase : phases) {
    if (auto mistake = contradiction(phase, upstream.normal.errors.refuse())) {
      return mistake;
    }
    const auto* schedule = phase.errors ? phase.errors->schedule() : nullptr;
    if (schedule != nullptr && schedule->has_first() && begin > Duration::zero()) {
      return Error{"phase " + quoted(phase.name) + ": errors=" + phase.errors->text() +
                       " is about the first requests of the run, which are over by then",
                   "say it of the first phase, or of the upstream"};
    }
    begin += phase.length;
  }
  return std::nullopt;
}

std::optional<Error> not_of_service(const Upstream& upstream,
                                    const std::vector<PhaseSpec>& phases) {
  if (auto mistake = not_of_service(changed(upstream.normal.shape))) {
    return mistake;
  }
  for (const auto& rule : upstream.rules) {
    if (auto mistake = not_of_service(rule.shape)) {
      return mistake->in("rule " + quoted(rule.match.text()));
    }
  }
  for (const auto& phase : phases) {
    if (auto mistake = not_of_service(phase.shape)) {
      return mistake->in("phase " + quoted(phase.name));
    }
  }
  return std::nullopt;
}

Plan::Plan(Upstream upstream, std::vector<PhaseSpec> phases, Random random, After after)
    : upstream_(std::move(upstream)),
      after_(after),
      phases_(with_what_comes(std::move(phases), after)),
      needs_headers_(faults::needs_headers(upstream_, phases_)),
      normal_(normal_of(upstream_)),
      kinds_(phases_.size()),
      recipes_(phases_.size()),
      timetable_(timetable_of(upstream_, normal_, phases_)),
      random_(random),
      latency_draws_(random.fork("upstream/latency")),
      error_draws_(random.fork("upstream/errors")),
      service_draws_(random.fork("upstream/service")),
      shape_draws_(random.fork("upstream/shape")) {
  ENSURE(!contradiction(upstream_, phases_));
  ENSURE(phases_.size() <= std::numeric_limits<std::uint16_t>::max());
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    const auto& phase = phases_[i];
    for (const auto& usual : normal_) {
      recipes_[i].changed.push_back(recipe(usual.with(phase.latency, phase.errors, phase.shape), i,
                                           phase.errors.has_value()));
    }
    for (std::size_t n = 0; phase.on && n < normal_.size(); ++n) {
      recipes_[i].others.push_back(recipe(normal_[n], i, false));
    }
    const auto counts = [](const Recipe& one) { return one.behaviour.counts_in_flight(); };
    counts_in_flight_ = counts_in_flight_ || std::ranges::any_of(recipes_[i].changed, counts) ||
                        std::ranges::any_of(recipes_[i].others, counts);
    of_connections_ = of_connections_ || towards_connections(i).behaviour.errors.of_connections();
    closes_ = closes_ || behaviour(i).errors.refuse();
    limits_ = limits_ || limit(i).limits();
    has_capacity_ = has_capacity_ || capacity(i).limits();
    if (capacity(i).queue) {
      kinds_[i].emplace_back(full_kind);
    }
    if (capacity(i).shed) {
      kinds_[i].emplace_back(shed_kind);
    }
    if (limit(i).limits()) {
      kinds_[i].emplace_back(limited_kind);
    }
  }
  is_plain_ = upstream_.rules.empty() && !of_connections_ && !closes_ && !limits_ &&
              !has_capacity_ && !counts_in_flight_ &&
              std::ranges::all_of(recipes_, [](const Recipes& phase) {
                return phase.others.empty() && phase.changed.front().behaviour.is_plain();
              });
}

// All random numbers first: of what has nothing else in between, a processor does several at once.
void Plan::decide_plainly(std::uint64_t first, std::size_t phase,
                          std::span<Decision> decisions) const {
  const auto& recipe = recipes_[phase].changed.front();
  const auto items = recipe.behaviour.errors.items();
  std::array<double, 16> draws;
  ENSURE(decisions.size() <= draws.size());
  const auto units = std::span(draws).first(decisions.size());
  std::array<const Latency*, draws.size()> latencies;
  if (!items.empty()) {
    error_draws_.units(first, units);
  }
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    auto& decision = decisions[i] = {};
    decision.phase = static_cast<std::uint16_t>(phase);
    const auto hit = items.empty() ? 0 : recipe.behaviour.errors.pick(draws[i]);
    latencies[i] = &note_hit(decision, recipe.behaviour, items, hit);
    if (decision.item != Decision::served) {
      decision.item = recipe.kinds[decision.item];
    }
  }
  latency_draws_.units(first, units);
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    decisions[i].delay =
        decisions[i].fate == Fate::hang ? Duration{} : latencies[i]->sample(draws[i]);
  }
}

Plan::Recipe Plan::recipe(const Behaviour& behaviour, std::size_t phase, bool own_errors) {
  Recipe treatment{behaviour};
  if (own_errors) {
    treatment.begin = timetable_.phases()[phase].begin;
    treatment.length = phases_[phase].length;
  }
  if (const auto* schedule = behaviour.errors.schedule();
      schedule != nullptr && schedule->has_bursts()) {
    treatment.memo = std::make_shared<BurstChain::Memo>();
  }
  auto& kinds = kinds_[phase];
  for (const auto& item : behaviour.errors.items()) {
    // What the operating system drops, nobody counts.
    treatment.kinds.push_back(
        item.fault.kind().of == Kind::Of::port ? Opening::served : place_of(item.kind(), kinds));
  }
  if (!behaviour.shape.is_plain()) {
    shape(treatment, kinds);
  }
  return treatment;
}

void Plan::shape(Recipe& recipe, std::vector<std::string>& kinds) const {
  const auto variants = recipe.behaviour.shape.variants();
  double sum = 0;
  for (const auto& variant : variants) {
    sum += variant.share;
    recipe.variants.push_back(sum);
    recipe.mishaps.push_back(variant.kind.empty() ? Treatment::served
                                                  : place_of(variant.kind, kinds));
  }
  recipe.variants.back() = 1;
  const auto items = recipe.behaviour.errors.items();
  for (std::size_t item = 0; item <= items.size(); ++item) {
    auto& courses = recipe.courses.emplace_back();
    for (const auto& variant : variants) {
      courses.push_back(course_of(variant, item < items.size() ? &items[item] : nullptr));
    }
  }
}

// The index of the first rule that matches, from 1, or 0 when none does, in the choice of those
// that match as well.
std::size_t Plan::rule_of(const Request& request) const {
  const auto& rules = upstream_.rules;
  std::size_t first = 0;
  std::size_t choice = 0;
  std::size_t bit = 1;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const bool matters = rules[i].also || first == 0;
    if (matters && rules[i].match.matches(request)) {
      (rules[i].also ? choice : first) += rules[i].also ? bit : i + 1;
    }
    bit <<= rules[i].also ? 1U : 0U;
  }
  return choice * (rules.size() + 1) + first;
}

std::vector<std::size_t> Plan::rules_at(std::size_t place) const {
  const auto& rules = upstream_.rules;
  const auto of_choice = place % normal_.size();
  const auto first = of_choice % (rules.size() + 1);
  auto choice = of_choice / (rules.size() + 1);
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].also ? (choice & 1U) != 0 : i + 1 == first) {
      all.push_back(i);
    }
    choice >>= rules[i].also ? 1U : 0U;
  }
  return all;
}

std::size_t Plan::place_for(const Request& request, std::size_t phase) const {
  const auto& on = phases_[phase].on;
  return (!on || on->matches(request) ? 0 : normal_.size()) + rule_of(request);
}

const Behaviour& Plan::behaviour_towards(const Request& request, std::size_t i) const {
  return recipe_at(place_for(request, i), i).behaviour;
}

Treatment Plan::decide(const Request& request, TimePoint now, std::uint64_t in_flight) const {
  const auto phase = phase_at(now);
  const auto place = place_for(request, phase);
  const auto& recipe = recipe_at(place, phase);
  auto action = draw({.ordinal = request.ordinal,
                      .connection = request.connection,
                      .client = request.client,
                      .since = in_round(now) - recipe.begin,
                      .length = recipe.length,
                      .memo = recipe.memo.get()},
                     phase, recipe.behaviour, {.now = now, .in_flight = in_flight});
  action.place = static_cast<std::uint16_t>(place);
  const bool is_served = action.item == Treatment::served;
  if (!recipe.variants.empty()) {
    const auto u = recipe.variants.size() == 1 ? 0 : shape_draws_.fork(request.ordinal).unit();
    const auto drawn = std::ranges::upper_bound(recipe.variants, u);
    const auto variant = static_cast<std::size_t>(drawn - recipe.variants.begin());
    action.course = recipe.courses[is_served ? recipe.courses.size() - 1 : action.item][variant];
    if (is_served) {
      action.item = recipe.mishaps[variant];
      return action;
    }
  }
  if (!is_served) {
    action.item = recipe.kinds[action.item];
  }
  return action;
}

Opening Plan::opening(std::uint64_t number, TimePoint now) const {
  const auto phase = phase_at(now);
  if (!of_connections_) {
    return {.phase = static_cast<std::uint16_t>(phase)};
  }
  const auto& recipe = towards_connections(phase);
  auto opening = open({.ordinal = number,
                       .since = in_round(now) - recipe.begin,
                       .length = recipe.length,
                       .memo = recipe.memo.get()},
                      phase, recipe.behaviour);
  if (opening.item != Opening::served) {
    opening.item = recipe.kinds[opening.item];
  }
  return opening;
}

// With `item` as an index into the errors of `behaviour`.
Opening Plan::open(const Occasion& occasion, std::size_t phase, const Behaviour& behaviour) const {
  Opening opening;
  const auto& errors = behaviour.errors;
  const auto hit =
      errors.of_connections() ? errors.pick(occasion, error_draws_) : errors.items().size();
  if (hit < errors.items().size()) {
    opening = errors.items()[hit].opening;
    opening.item = static_cast<std::uint16_t>(hit);
    opening.connecting = upstream_.tls || opening.end == Opening::End::never;
  }
  opening.phase = static_cast<std::uint16_t>(phase);
  return opening;
}

// With `item` as an index into the errors of `behaviour`.
Treatment Plan::draw(const Occasion& occasion, std::size_t phase, const Behaviour& behaviour,
                     const durations::Moment& moment) const {
  Treatment action{decision_for(occasion, phase, behaviour, moment)};
  if (action.item != Decision::served) {
    action.course = behaviour.errors.items()[action.item].course;
  }
  return action;
}

std::vector<FaultWindow> Plan::faults_of(const std::vector<Request>& requests) const {
  std::vector<FaultWindow> windows;
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    const auto fares_worse = [&](const Request& request) {
      const auto rule = rule_of(request);
      const bool changed = !phases_[i].on || phases_[i].on->matches(request);
      return changed && recipes_[i].changed[rule].behaviour.is_worse_than(normal_[rule]);
    };
    if (!limit(i).tighter_than(upstream_.limit) && !capacity(i).tighter_than(upstream_.capacity) &&
        std::ranges::none_of(requests, fares_worse)) {
      continue;
    }
    const auto& phase = timetable_.phases()[i];
    if (!windows.empty() && windows.back().end == phase.begin) {
      windows.back().end = phase.end;
    } else {
      windows.push_back({phase.begin, phase.end});
    }
  }
  return windows;
}

TimePoint Plan::next_edge(TimePoint now) const {
  const auto& phases = timetable_.phases();
  const auto phase = phase_at(now);
  const bool is_last = phase + 1 == phases.size();
  if (is_last && after_ != After::again) {
    return never;
  }
  return now + (phases[phase].end - in_round(now));
}

TimePoint Plan::later_closing(TimePoint now) const {
  auto edge = next_edge(now);
  for (std::size_t i = 0; i < phases_.size() && edge != never; ++i, edge = next_edge(edge)) {
    if (refuses(edge)) {
      return edge;
    }
  }
  return never;
}

}  // namespace tripcurve::faults
