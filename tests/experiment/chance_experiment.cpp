#include "tests/experiment/chance_experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <span>
#include <string_view>

#include "claims/kind.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "experiment/checks.hpp"
#include "experiment/values.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::testing {
namespace {

using namespace std::chrono_literals;
using experiment::Counting;
using experiment::Experiment;

constexpr std::array<std::string_view, 28> pieces{
    "a",  "outage", "${RATE}", "${", "$",    "$$",   "}",       "\"",         "'",   "\\",
    "#",  ":",      ": ",      "- ", "~",    "null", "5",       "\u00e9",     "%41", "\U0001f680",
    "\n", "\x01",   "\x7f",    "\t", "\x80", "=",    "\u2028x", "\u00a0wide "};

constexpr std::array<double, 5> rates{1e-7, 0.1, 1, 1e3, 4e6};

// Two draws never stand in one expression: compilers do not agree on their order, and the golden
// file is for all of them.
class Chance {
 public:
  explicit Chance(Random random) : random_(random) {}

  bool one_in(std::uint64_t n) { return random_.next() % n == 0; }
  std::uint64_t up_to(std::uint64_t most) { return random_.next() % (most + 1); }
  std::uint64_t within(std::uint64_t least, std::uint64_t most) {
    return one_in(5) ? (one_in(2) ? least : most) : least + up_to(most - least);
  }
  template <typename T>
  const T& one_of(std::span<const T> all) {
    return all[up_to(all.size() - 1)];
  }
  std::string word(std::initializer_list<const char*> all) {
    return all.begin()[up_to(all.size() - 1)];
  }

  // What all of whose characters `takes`.
  template <typename Takes>
  std::string text(Takes takes, std::uint64_t most = 6) {
    std::string text;
    for (auto left = one_in(200) ? 3000 : up_to(most); left > 0; --left) {
      const auto piece = one_of(std::span<const std::string_view>(pieces));
      text += piece != "\x80" && std::ranges::all_of(piece, takes) ? piece : "b";
    }
    return text;
  }

  // From a nanosecond to two weeks, seldom round.
  Duration duration() {
    std::uint64_t scale = 1;
    for (auto digits = up_to(15); digits > 0; --digits) {
      scale *= 10;
    }
    return Duration(static_cast<Duration::rep>(scale + (one_in(2) ? 0 : up_to(scale))));
  }
  double rate() {
    const auto factor = one_in(4) ? 1 : 1 + unit();
    return factor * one_of(std::span<const double>(rates));
  }
  double unit() { return random_.unit(); }

 private:
  Random random_;
};

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }
bool any(char /*c*/) { return true; }
bool of_phase(char c) { return white_space.find(c) == std::string_view::npos && c != '='; }
bool of_path(char c) { return c != ' ' && c != '#' && !is_control(c); }
bool of_service(char c) { return of_phase(c) && !is_control(c); }
bool of_header(char c) { return !is_control(c); }

std::string method(Chance& chance) {
  return chance.word({"GET", "POST", "PUT", "M-SEARCH", "X_1", "PURGE"});
}

std::vector<Header> headers(Chance& chance) {
  std::vector<Header> all;
  for (const auto* name : {"x-tenant", "X-A", "$weird|name"}) {
    if (chance.one_in(2)) {
      all.push_back({name, std::string(trim(chance.text(of_header)))});
    }
  }
  return all;
}

faults::Latency latency(Chance& chance) {
  const auto a = chance.duration() / 2;
  const auto b = a + chance.duration();
  const auto percentile = chance.word({"99", "99.9", "95.125"});
  const auto lower = 10 + chance.unit() * 40;
  const auto text = [&]() -> std::string {
    switch (chance.up_to(8)) {
      case 0:
        return format_duration(a);
      case 4:
        return "mean=" + format_duration(b);
      case 5:
        return fmt::format("p{}={},p{}={},max={}", lower, format_duration(a), percentile,
                           format_duration(b), format_duration(2 * b));
      case 6:
        return fmt::format("normal({},{})", format_duration(b), format_duration(a));
      case 7:
        return fmt::format("{} + {}:{}", format_duration(a), format_duration(b),
                           format_share({chance.unit()}));
      case 8:
        return fmt::format("wave({}..{},period=10s,shape=saw) + pareto(1ms,2.5):0.1%",
                           format_duration(a), format_duration(b));
      case 1:
        return format_duration(a) + ".." + format_duration(b);
      case 2:
        return format_duration(b) + "+-" + format_duration(a);
      default:
        return fmt::format("p{}={},p{}={}", lower, format_duration(a), percentile,
                           format_duration(b));
    }
  }();
  const auto parsed = faults::parse_latency(text);  // not every lognormal is taken
  return parsed ? *parsed : faults::Latency();
}

faults::Errors errors(Chance& chance, bool may_refuse) {
  if (may_refuse && chance.one_in(8)) {
    return *faults::parse_errors("refuse");
  }
  std::string text;
  double left = 1;
  for (const auto* kind : {"503", "reset", "500", "hang", "empty", "429"}) {
    if (chance.one_in(3)) {
      const auto share = chance.one_in(5) ? 1e-9 : left * chance.unit() * 0.9;
      left -= share;
      text += fmt::format("{}{}:{}", text.empty() ? "" : ",", kind, format_share({share}));
      if (std::string_view(kind) != "hang" && chance.one_in(3)) {
        text += "@" + latency(chance).text();
      }
    }
  }
  if (!text.empty() && chance.one_in(4)) {
    text += ",flap(up=5s,down=2s)";
  }
  return text.empty() ? faults::Errors() : *faults::parse_errors(text);
}

faults::RateLimit limit(Chance& chance) {
  auto text = format_rate({chance.rate()});
  text += chance.one_in(2) ? ",burst=7" : "";
  text += chance.one_in(2) ? ",status=503" : "";
  const auto parsed = faults::parse_rate_limit(text);  // a burst must come back in time
  return parsed && !chance.one_in(5) ? *parsed : faults::RateLimit();
}

faults::Match match(Chance& chance) {
  faults::Match match;
  if (chance.one_in(2)) {
    match.method = method(chance);
  }
  if (chance.one_in(2) || !match.method) {
    auto path = "/" + chance.text(of_path);
    path += chance.word({"", "*", "/**"});
    match.path = faults::parse_path_pattern(path) ? path : "/**";
  }
  match.headers = headers(chance);
  if (chance.one_in(5)) {  // as only the text form can say it
    match.headers = {{"x-twice", "1"}, {"x-twice", "2"}};
  }
  return match;
}

std::vector<load::Endpoint> endpoints(Chance& chance) {
  std::vector<load::Endpoint> all;
  std::set<std::string> names;
  for (auto left = chance.within(1, 4); left > 0; --left) {
    load::Endpoint one{.method = method(chance), .path = "/" + chance.text(of_path)};
    if (chance.one_in(3)) {
      one.headers = headers(chance);
    }
    if (names.insert(one.name()).second) {
      all.push_back(std::move(one));
    }
  }
  return all;
}

faults::PhaseSpec phase(Chance& chance, const std::vector<load::Endpoint>& endpoints) {
  faults::PhaseSpec phase{.name = "p" + chance.text(of_phase), .length = chance.duration()};
  if (chance.one_in(2)) {
    phase.latency = latency(chance);
  }
  if (chance.one_in(2)) {
    phase.errors = errors(chance, true);
  }
  if (chance.one_in(3)) {
    phase.limit = limit(chance);
  }
  if (chance.one_in(2)) {
    const auto& one = chance.one_of(std::span<const load::Endpoint>(endpoints));
    phase.on = chance.one_in(2) ? match(chance) : faults::Match{.method = one.method};
  }
  if (faults::contradiction(phase) || experiment::uncalled(phase, endpoints)) {
    phase.on.reset();
  }
  return phase;
}

load::OpenLoop open_loop(Chance& chance, Duration length) {
  load::OpenLoop loop{.arrival =
                          chance.one_in(2) ? load::Arrival::poisson : load::Arrival::constant};
  const auto first = Duration(
      static_cast<Duration::rep>(chance.up_to(static_cast<std::uint64_t>(length.count()))));
  if (chance.one_in(2) || first == Duration{} || first == length) {
    loop.rate = {chance.rate()};
    return loop;
  }
  const Rate top{chance.rate()};
  loop.stages = {{first, {0}, top}, {length - first, top, chance.one_in(2) ? top : Rate{0.1}}};
  return loop;
}

load::ClosedLoop closed_loop(Chance& chance, Duration length) {
  const auto workers = [&] {
    return static_cast<std::uint32_t>(chance.within(1, experiment::most_workers));
  };
  load::ClosedLoop loop{
      .workers = workers(),
      .think = chance.one_in(2) ? DurationDistribution{} : latency(chance),
      .fail_fast_pause = chance.one_in(2) ? std::nullopt : std::optional(chance.duration())};
  const auto first = length / 3;
  if (chance.one_in(2) && first > Duration{}) {
    loop.workers = load::ClosedLoop{}.workers;
    loop.stages = {{first, 0, workers()}, {length - first, workers(), workers()}};
  }
  return loop;
}

std::string value_of(const breaker::Values& values, std::string_view fallback, Chance& chance) {
  if (!values.words.empty() && chance.one_in(2)) {
    return std::string(chance.one_of(values.words));
  }
  if (!fallback.empty() && chance.one_in(2)) {
    return std::string(fallback);
  }
  switch (values.type) {
    case breaker::ValueType::ratio:
    case breaker::ValueType::percent:
      return chance.word({"0.25", "12.5%", " 50% ", "1e-3", ".5"});
    case breaker::ValueType::number:
      return chance.word({"0.58", "2", "-1.5e2"});
    case breaker::ValueType::duration:
    case breaker::ValueType::milliseconds:
    case breaker::ValueType::seconds:
      return chance.word({"1500ms", "2s", "0", "1m30s", " 10s"});
    case breaker::ValueType::flag:
      return chance.word({"true", "false"});
    case breaker::ValueType::list:
      return chance.word({"1s/2s", "3/5/10s", "/"});
    default:
      return std::to_string(chance.within(1, 100));
  }
}

// Some settings of some dialect, as many as go together.
breaker::Choice choice(Chance& chance) {
  const auto& dialect = chance.one_of(breaker::dialects());
  breaker::Choice::Given given;
  for (const auto& key : dialect.keys) {
    if (chance.one_in(3)) {
      given.emplace_back(key.name, value_of(key.values, key.fallback, chance));
      if (!breaker::make_choice(dialect.name, given)) {
        given.pop_back();
      }
    }
  }
  return *breaker::make_choice(dialect.name, given);
}

std::string bound_of(const expect::Metric& metric, Chance& chance) {
  switch (metric.unit) {
    case expect::Unit::duration:
      return chance.one_in(3) ? "12.5% of duration" : format_duration(chance.duration());
    case expect::Unit::share:
      return format_share({0.001 + chance.unit() / 2});
    case expect::Unit::rate:
      return format_rate({chance.rate()});
    case expect::Unit::states:
      return "[closed, open,half_open]";
    case expect::Unit::count:
      return chance.one_in(3) ? "5% of calls" : "3";
    default:
      return chance.word({"2", "1.25", ".5"});
  }
}

std::string term(Chance& chance) {
  const auto& metric = chance.one_of(expect::metrics());
  const auto name = std::string(metric.name) + (metric.takes_state ? "(half_open)" : "");
  const auto comparison =
      metric.unit == expect::Unit::states ? " != " : chance.word({" < ", ">", "  <= "});
  return name + comparison + bound_of(metric, chance);
}

template <typename Mistake>
std::vector<expect::Expectation> expectations(Chance& chance, const Experiment& experiment,
                                              Mistake mistake) {
  const auto known = experiment::names(experiment);
  std::vector<expect::Expectation> all;
  for (auto left = chance.up_to(4); left > 0; --left) {
    auto text = term(chance);
    text += chance.one_in(3) ? " and " + term(chance) : "";
    const auto parsed = expect::parse_expectation(text);  // not every bound goes with every metric
    if (!parsed) {
      continue;
    }
    auto one = *parsed;
    for (const auto& [place, names] : {std::pair(&one.scope.phase, &known.phases),
                                       std::pair(&one.scope.endpoint, &known.endpoints),
                                       std::pair(&one.scope.breaker, &known.breakers),
                                       std::pair(&one.scope.service, &known.services),
                                       std::pair(&one.scope.link, &known.links)}) {
      if (chance.one_in(3) && !names->empty()) {
        *place = chance.one_of(std::span<const std::string>(*names));
      }
    }
    if (!mistake(one, experiment)) {
      all.push_back(std::move(one));
    }
  }
  return all;
}

Counting counting(Chance& chance) {
  Counting counting;
  if (chance.one_in(3)) {
    counting.failure_statuses = *parse_failure_statuses(
        chance.word({"5xx", "none", "429,500-503", "1xx,2xx,3xx,4xx,5xx", "599"}));
  }
  const auto changes = [&] {
    return *parse_outcome_changes(chance.word(
        {"404=ignored", "429=failure,timeout=ignored", "4xx=failure,404=success", "reset=success",
         "closed=ignored,connect_failed=success,bad_answer=ignored", "600-999=success"}));
  };
  for (auto* list : {&counting.counts, &counting.breaker_counts}) {
    if (chance.one_in(3)) {
      *list = changes();
    }
  }
  if (chance.one_in(4)) {
    counting.imported = changes();
  }
  return counting;
}

topology::Link link(Chance& chance, std::uint32_t to) {
  topology::Link link{
      .to = to, .breaker = chance.one_in(2) ? *breaker::parse_choice("none") : choice(chance)};
  if (chance.one_in(2)) {
    link.timeout = chance.duration();
  }
  while (chance.one_in(2)) {
    const auto text = chance.word({"retry,attempts=3,delay=10ms,jitter=full", "hedging",
                                   "bulkhead,places=2,queue=1", "fallback,status=503", "timeout",
                                   "timeout,after=2s"});
    link.policies.push_back(client::parse_policy_choice(text).value());
  }
  if (chance.one_in(4)) {
    link.breaker_counts = *parse_outcome_changes("404=failure,timeout=ignored");
  }
  return link;
}

// Calls some of the services behind this one, or the upstream; the next one always, so that each is
// called by somebody.
topology::Route route(Chance& chance, topology::Service& service, std::uint32_t index,
                      std::uint32_t count) {
  topology::Route route{
      .work = latency(chance),
      .order =
          chance.one_in(2) ? topology::Route::Order::in_turn : topology::Route::Order::parallel,
      .needs = chance.one_in(2) ? topology::Route::Needs::all : topology::Route::Needs::any};
  for (auto to = index + 1; to <= count; ++to) {
    if (to != index + 1 && chance.one_in(2)) {
      continue;
    }
    const auto target = to == count ? topology::upstream : to;
    const auto found = std::ranges::find(service.links, target, &topology::Link::to);
    const auto place = static_cast<std::uint32_t>(found - service.links.begin());
    if (found == service.links.end()) {
      service.links.push_back(link(chance, target));
    }
    const bool optional = route.needs == topology::Route::Needs::all && chance.one_in(3);
    route.calls.push_back({place, optional});
  }
  return route;
}

topology::Topology services(Chance& chance, const std::vector<load::Endpoint>& endpoints) {
  topology::Topology topology;
  const auto count = static_cast<std::uint32_t>(chance.within(1, 5));
  for (std::uint32_t i = 0; i < count; ++i) {
    topology::Service service{.name = std::to_string(i) + chance.text(of_service)};
    if (chance.one_in(2)) {
      service.workers = static_cast<std::uint32_t>(chance.within(1, experiment::most_workers));
      if (chance.one_in(2)) {
        service.queue = static_cast<std::uint32_t>(chance.within(0, experiment::most_workers));
      }
    }
    if (chance.one_in(2)) {
      service.routes.push_back(route(chance, service, i, count));
    } else {
      for (const auto& endpoint : endpoints) {
        if (topology::route_of(service, endpoint.path) == nullptr) {
          auto one = route(chance, service, i, count);
          one.path = endpoint.path;
          service.routes.push_back(std::move(one));
        }
      }
    }
    topology.services.push_back(std::move(service));
  }
  return topology;
}

std::string filled(Chance& chance) { return "f" + chance.text(any); }

experiment::Start start(Chance& chance) {
  experiment::Start start{.command = filled(chance)};
  for (const auto* name : {"PORT", "$X", "a b"}) {
    if (chance.one_in(2)) {
      start.environment.emplace_back(name, chance.text(any));
    }
  }
  if (chance.one_in(2)) {
    start.folder = filled(chance);
    start.output = filled(chance);
  }
  if (chance.one_in(2)) {
    start.ready_url = "http://[::1]:8080/" + chance.text(of_path);
    start.ready_port = static_cast<std::uint16_t>(chance.within(1, 65535));
  }
  if (chance.one_in(2)) {
    start.ready_line = filled(chance);
    start.ready_within = chance.duration();
    start.grace = chance.duration();
  }
  return start;
}

claims::Source source_of_states(Chance& chance) {
  const auto& kind = chance.one_of(claims::kinds());
  claims::Source source{.kind = &kind, .url = "http://127.0.0.1:9/?a=b"};
  if (chance.one_in(2)) {
    source.every = claims::shortest_interval + chance.duration();
    source.breaker = filled(chance);
  }
  if (kind.takes_metric && chance.one_in(2)) {
    source.metric = filled(chance);
    if (chance.one_in(2)) {
      source.state_label = filled(chance);
    } else {
      source.values = {{chance.rate(), claims::not_open}, {-1, claims::not_closed}};
    }
  }
  return source;
}

Duration length_of_phases(const Experiment& experiment) {
  Duration length{};
  for (const auto& phase : experiment.phases) {
    length += phase.length;
  }
  return length;
}

// Makes it one whose load goes through a service, which has the breaker.
void go_through(Experiment& experiment, Chance& chance) {
  experiment::Through through{.url = "http://127.0.0.1:8080/" + chance.text(of_path),
                              .listen = static_cast<std::uint16_t>(chance.within(1, 65535))};
  if (chance.one_in(3)) {
    through.name = "d" + chance.text(any);
    through.others.push_back({.name = "e" + chance.text(any),
                              .listen = static_cast<std::uint16_t>(through.listen ^ 1U)});
    auto& other = through.others.back();
    other.listen = other.listen == 0 ? std::uint16_t{2} : other.listen;
    if (chance.one_in(2)) {
      other.upstream = faults::Upstream{.normal = {latency(chance), errors(chance, false)}};
      other.phases = {{.name = "calm", .length = length_of_phases(experiment)}};
    }
    through.instances = chance.word({"", "address", "x-pod"});
  }
  if (chance.one_in(2)) {
    through.id_header = chance.word({"x-order", "$weird|name", "X-A"});
  }
  if (chance.one_in(2)) {
    through.start = start(chance);
  }
  while (chance.one_in(2)) {
    through.states.push_back(source_of_states(chance));
  }
  experiment.versus.reset();
  if (chance.one_in(2)) {
    experiment.versus = experiment::Twin{choice(chance)};
  }
  experiment.breaker = *breaker::parse_choice("none");
  experiment.counting.imported.reset();
  experiment.scope = load::BreakerScope::client;
  experiment.through = std::move(through);
}

}  // namespace

Experiment chance_experiment(Random random) {
  Chance chance(random);
  auto experiment = experiment::outage();
  experiment.name = chance.text(any);
  experiment.description = chance.one_in(2) ? "" : chance.text(any, 20);
  experiment.seed = chance.one_in(3) ? std::numeric_limits<std::uint64_t>::max() - chance.up_to(2)
                                     : chance.within(0, std::uint64_t{1} << 54U);
  experiment.endpoints = endpoints(chance);
  experiment.phases.clear();
  for (auto left = chance.within(1, 5); left > 0; --left) {
    experiment.phases.push_back(phase(chance, experiment.endpoints));
  }
  experiment.upstream = {.normal = {latency(chance), errors(chance, chance.one_in(4))},
                         .limit = limit(chance)};
  while (chance.one_in(2)) {
    faults::Rule rule{.match = match(chance)};
    if (chance.one_in(2)) {
      rule.latency = latency(chance);
    }
    if (chance.one_in(2)) {
      rule.errors = errors(chance, false);
    }
    experiment.upstream.rules.push_back(std::move(rule));
  }
  experiment.upstream.tls = chance.one_in(4);
  if (experiment.upstream.tls) {
    const auto kind = chance.word({"tls-hang", "tls-certificate(flaw=early)", "slow-accept"});
    auto& first = experiment.phases.front();
    first.errors = *faults::parse_errors(fmt::format("{}:25%", kind));
    first.on.reset();
  }
  if (faults::contradiction(experiment.upstream, experiment.phases)) {
    experiment.upstream.normal.errors = {};  // a closed port has no paths
  }
  Duration length{};
  for (const auto& one : experiment.phases) {
    length += one.length;
  }
  if (chance.one_in(3)) {
    experiment.loop = closed_loop(chance, length);
  } else {
    experiment.loop = open_loop(chance, length);
    experiment.max_in_flight =
        static_cast<std::uint32_t>(chance.within(256, experiment::most_in_flight));
  }
  experiment.timeout = chance.duration();
  experiment.threads = static_cast<std::uint32_t>(chance.within(1, experiment::most_threads));
  experiment.instances = static_cast<std::uint32_t>(chance.one_in(3) ? chance.within(1, 9) : 1);
  experiment.breaker = choice(chance);
  experiment.counting = counting(chance);
  experiment.scope = chance.one_in(2) ? load::BreakerScope::client : load::BreakerScope::endpoint;
  if (!experiment.upstream.tls && chance.one_in(3)) {
    experiment.topology = services(chance, experiment.endpoints);
  }
  if (chance.one_in(3)) {
    experiment.gap_timeout = chance.duration();
  }
  Chance of_streams(random.fork("streams"));  // so that the other draws stay as they are
  experiment.stops_at_error_event = of_streams.one_in(5);
  Chance of_through(random.fork("through"));  // so that the other draws stay as they are
  if (experiment.topology.empty() && of_through.one_in(4)) {
    go_through(experiment, of_through);
  }
  experiment.expectations = expectations(chance, experiment, experiment::unjudgeable);
  experiment.baseline = expectations(chance, experiment, experiment::unjudgeable_baseline);
  REQUIRE(experiment::unrouted(experiment.topology, experiment.endpoints).empty());
  REQUIRE_FALSE(faults::contradiction(experiment.upstream, experiment.phases));
  REQUIRE_FALSE(experiment::contradiction(experiment));
  return experiment;
}

}  // namespace tripcurve::testing
