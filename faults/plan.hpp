// Which faults are on when: the upstream's normal behaviour, the rules that except some requests
// from it, the phases that change both, and the decision for each request.
//
// decide() is a pure function of (seed, rule, request, time), so the same seed gives the same
// faults to the same requests whatever the threads do, on the wire and in virtual time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/call_end.hpp"
#include "core/outcome_rules.hpp"
#include "core/random.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "core/timetable.hpp"
#include "faults/behaviour.hpp"
#include "faults/capacity.hpp"
#include "faults/match.hpp"
#include "faults/phase.hpp"
#include "faults/rate_limit.hpp"

namespace tripcurve::faults {

// How some requests fare at any time: as normal but for what is named. One that names neither
// latency nor errors keeps its requests from the rules after it. One that says `also` keeps them
// from nothing: what it names comes on top of the first other rule that matches, or of none, and
// of several the later counts.
struct Rule {
  Match match{};
  std::optional<Latency> latency{};
  std::optional<Errors> errors{};
  ShapeChange shape{};
  bool also = false;
  friend bool operator==(const Rule&, const Rule&) = default;
};

// An upstream as it is while nothing is wrong.
struct Upstream {
  Behaviour normal{};
  std::vector<Rule> rules{};  // the first that matches a request is the one for it, but for `also`
  RateLimit limit{};          // of all requests together
  Capacity capacity{};        // of all requests together
  bool tls = false;           // it speaks TLS
  friend bool operator==(const Upstream&, const Upstream&) = default;
};

// How long a client waits for an answer.
struct Patience {
  Duration timeout{};             // from sending its request to the end of the answer
  std::optional<Duration> gap{};  // with nothing more of an answer that has begun
  bool stops_at_error_event = false;
};

// What is decided about one request.
struct Decision {
  Duration delay{};  // before the first byte, or before the connection is reset or closed
  Fate fate = Fate::answer;
  std::uint16_t status = 200;   // for Fate::answer
  std::uint16_t phase = 0;      // index into the timetable
  std::uint16_t item = served;  // index into Plan::kinds(phase)
  // Which behaviour was drawn from: that of the rule with this number, or of none (0), and further
  // on the same of requests that the phase leaves alone.
  std::uint16_t place = 0;
  bool overruled = false;  // what was drawn did not count: the capacity or a person said otherwise

  // `item` of a request that nothing hit, and of one that a fault hit which is not the plan's.
  static constexpr std::uint16_t served = 0xffff;
  static constexpr std::uint16_t unplanned = 0xfffe;
};

// The kind of a request that was turned away by a limit, whatever the status it got.
inline constexpr const char* limited_kind = "limited";
// Of one for which there was no place to wait, and of one that has waited too long.
inline constexpr const char* full_kind = "full";
inline constexpr const char* shed_kind = "shed";

// What to do to it.
struct Treatment : Decision {
  // How an answer is delivered; null: plainly.
  std::shared_ptr<const Course> course{};
  // Of one that waits where others may come before it: the delay is the least, and
  // Injector::postponed() has to be asked then. Else 0.
  std::uint64_t ticket = 0;
  // Of one that a limit or the capacity turns away: limited_kind, full_kind or shed_kind. Else
  // null.
  const char* turned_away = nullptr;

  [[nodiscard]] std::string kind() const {
    if (turned_away != nullptr) {
      return turned_away;
    }
    return course ? course->kind : faults::kind(fate, status);
  }
  // What its client sees of it once the delay is over.
  [[nodiscard]] Seen seen(bool to_head) const {
    return seen_of(fate, status, course.get(), to_head);
  }
};

// Of more rules that say `also`, each of which may match or not, there are too many behaviours.
inline constexpr std::size_t most_also = 4;

// What `upstream` and `phases` cannot say, alone or both: a phase that contradicts itself; a rule
// that names no requests or closes the port; a rule or an `on` beside a normally closed port, or
// with faults of connections; faults of a TLS handshake without TLS. A Plan must not be made of
// such a pair.
[[nodiscard]] std::optional<Error> contradiction(const Upstream& upstream,
                                                 const std::vector<PhaseSpec>& phases);

// What of them cannot be done to the answers of a real service.
[[nodiscard]] std::optional<Error> not_of_service(const Upstream& upstream,
                                                  const std::vector<PhaseSpec>& phases);

// What comes when the last phase is over.
enum class After : std::uint8_t {
  last,    // nothing new: what still arrives is treated as in the last phase
  normal,  // the upstream is normal again, in a phase of its own (`afterwards`) that never ends
  again,   // the first phase begins anew, and so on for ever
};

// The name of the phase that After::normal adds.
inline constexpr const char* afterwards = "afterwards";

class Plan {
 public:
  // At least one phase; they follow each other from time zero. Names may repeat. `random` is the
  // experiment's root.
  Plan(Upstream upstream, std::vector<PhaseSpec> phases, Random random, After after = After::last);

  // The decision for a request that arrives at `now`: as its rule has it, changed by the phase.
  // Limits, which depend on what else arrives, are a Limiter's. `in_flight` requests are at the
  // upstream then, this one included.
  [[nodiscard]] Treatment decide(const Request& request, TimePoint now,
                                 std::uint64_t in_flight = 1) const;

  // What becomes of a request follows from its number and the phase alone, its answer comes whole,
  // and connections open as they should: in every phase, whatever the request is.
  [[nodiscard]] bool is_plain() const { return is_plain_; }
  // What all requests of a plan that is_plain() meet in a phase.
  [[nodiscard]] const Behaviour& plain_behaviour(std::size_t phase) const {
    return recipes_[phase].changed.front().behaviour;
  }
  // The decisions of such a plan for the requests from number `first` on, which arrive in that
  // phase, where its plain_behaviour() takes_one_number(). At most 16.
  void decide_plainly(std::uint64_t first, std::size_t phase, std::span<Decision> decisions) const;
  // The decision of a plan that is_plain(), for which nothing else matters.
  [[nodiscard, gnu::always_inline]] Decision decide_plainly(std::uint64_t ordinal,
                                                            TimePoint now) const {
    const auto phase = phase_at(now);
    const auto& recipe = recipes_[phase].changed.front();
    auto decision = decision_for({.ordinal = ordinal}, phase, recipe.behaviour, {.now = now});
    if (decision.item != Decision::served) {
      decision.item = recipe.kinds[decision.item];
    }
    return decision;
  }

  // How the connection with that number opens, which begins at `now`.
  [[nodiscard]] Opening opening(std::uint64_t number, TimePoint now) const;
  // Connections may open oddly at `now`, so that each is for one request; and nobody is accepted.
  [[nodiscard]] bool renews_connections(TimePoint now) const {
    return of_connections_ && towards_connections(phase_at(now)).behaviour.errors.of_connections();
  }
  [[nodiscard]] bool fills_backlog(TimePoint now) const {
    return of_connections_ && towards_connections(phase_at(now)).behaviour.errors.fills_backlog();
  }

  // A latency looks at how many requests are in flight.
  [[nodiscard]] bool counts_in_flight() const { return counts_in_flight_; }

  // The port is closed at `now`.
  [[nodiscard]] bool refuses(TimePoint now) const {
    return closes_ && behaviour(phase_at(now)).errors.refuse();
  }
  // A limit turns requests away in some phase.
  [[nodiscard]] bool limits() const { return limits_; }
  // The upstream's capacity is limited in some phase.
  [[nodiscard]] bool has_capacity() const { return has_capacity_; }
  // How long a worker takes for that request.
  [[nodiscard]] Duration service_time(const Capacity& capacity, std::uint64_t ordinal,
                                      TimePoint now) const {
    return capacity.service.sample(service_draws_.fork(ordinal), {.now = now});
  }

  // Whether a request that arrives at `now` and is treated as `action` says ends as `rules` count a
  // success, for a client with that patience.
  [[nodiscard]] bool ends_well(const Request& request, const Treatment& action, TimePoint now,
                               const Patience& patience, const OutcomeRules& rules) const;

  // The phase at `now`, as an index: before the first the first, and after the last what After
  // says.
  [[nodiscard]] std::size_t phase_at(TimePoint now) const {
    return timetable_.index_at(in_round(now));
  }
  // When the next phase begins, and when the port is next closed, in both cases later than `now`;
  // `never` if that is not to come.
  [[nodiscard]] TimePoint next_edge(TimePoint now) const;
  [[nodiscard]] TimePoint next_closing(TimePoint now) const {
    return closes_ ? later_closing(now) : never;
  }

  // The stretches of the timetable in which at least one of these requests fares worse than it
  // normally does, whatever happens to others.
  [[nodiscard]] std::vector<FaultWindow> faults_of(const std::vector<Request>& requests) const;

  // Request::headers are looked at.
  [[nodiscard]] bool needs_headers() const { return needs_headers_; }

  [[nodiscard]] const Timetable& timetable() const { return timetable_; }
  [[nodiscard]] const Upstream& upstream() const { return upstream_; }
  // With the one that After::normal adds.
  [[nodiscard]] const std::vector<PhaseSpec>& phases() const { return phases_; }
  [[nodiscard]] After after() const { return after_; }
  [[nodiscard]] const Random& random() const { return random_; }

  // What phase i does to the requests it changes, and what is done to the others while it lasts:
  // to those of a rule, by its index, or of none; or of several, as rule_for() says.
  static constexpr std::size_t no_rule = std::numeric_limits<std::size_t>::max();
  [[nodiscard]] const Behaviour& behaviour(std::size_t i, std::size_t rule = no_rule) const {
    return recipes_[i].changed[rule + 1].behaviour;
  }
  // The same towards a request, which may or may not be among those that the phase changes.
  [[nodiscard]] const Behaviour& behaviour_towards(const Request& request, std::size_t i) const;
  [[nodiscard]] const Behaviour& unchanged(std::size_t rule = no_rule) const {
    return normal_[rule + 1];
  }

  // What stands for the rules that a request meets where one rule's index would; `no_rule` where it
  // meets none.
  [[nodiscard]] std::size_t rule_for(const Request& request) const { return rule_of(request) - 1; }
  // The rules, by their index, whose requests are counted at that Treatment::place.
  [[nodiscard]] std::vector<std::size_t> rules_at(std::size_t place) const;

  // Treatment::place of that request in that phase, and how many there are.
  [[nodiscard]] std::size_t place_for(const Request& request, std::size_t phase) const;
  [[nodiscard]] std::size_t places() const { return 2 * normal_.size(); }
  // What share of the requests of a place, or of the connections, phase i means to hit with the
  // kind of that number; and whether each by itself, so that the hits are a binomial count. None
  // for kinds that nobody gives a share, such as limited_kind.
  struct Asked {
    double share = 0;
    bool by_itself = true;
  };
  [[nodiscard]] std::optional<Asked> asked(std::size_t i, std::size_t place,
                                           std::size_t kind) const;
  [[nodiscard]] std::optional<Asked> asked_of_connections(std::size_t i, std::size_t kind) const;

  // Whose answers they are that faults are done to.
  enum class Answers : std::uint8_t {
    own,
    of_service,  // of a status and a length that nobody knows beforehand
  };
  // How a client sees requests of phase i end that the kind of that number hits, if it waits long
  // enough; a timeout where they never end. Empty where that cannot be told from a good answer.
  [[nodiscard]] std::vector<CallEnd> ends_by(std::size_t i, std::size_t kind,
                                             Answers answers = Answers::own) const;

  // What phase i does that comes out otherwise with answers of another length: "truncate(at=1KB)",
  // "bandwidth=50KB/s". Of tripcurve's own answers ends_well() knows the length.
  [[nodiscard]] std::vector<std::string> done_by_length(std::size_t i) const;

  // The limit while phase i lasts.
  [[nodiscard]] const RateLimit& limit(std::size_t i) const {
    return phases_[i].limit ? *phases_[i].limit : upstream_.limit;
  }

  // The upstream's capacity while phase i lasts.
  [[nodiscard]] const Capacity& capacity(std::size_t i) const {
    return phases_[i].capacity ? *phases_[i].capacity : upstream_.capacity;
  }

  // The kinds of errors that requests of phase i may meet ("503", "reset"): those of its behaviour,
  // those only a rule's requests meet, with `on` those only the others meet, with a capacity
  // full_kind and shed_kind, and with a limit, as the last, limited_kind.
  [[nodiscard]] const std::vector<std::string>& kinds(std::size_t i) const { return kinds_[i]; }

 private:
  struct Recipe {
    Behaviour behaviour;
    std::vector<std::uint16_t> kinds{};  // by item of its errors: where Plan::kinds has it
    // Of bodies that have a shape: by variant, the sum of the shares up to it, where Plan::kinds
    // has its mishap, and by item how the answer goes; the last item is an answer that is served.
    std::vector<double> variants{};
    std::vector<std::uint16_t> mishaps{};
    std::vector<std::vector<std::shared_ptr<const Course>>> courses{};
    TimePoint begin{};  // what its errors count their times from
    Duration length{};
    std::shared_ptr<BurstChain::Memo> memo{};  // where they come in bursts
  };
  // By rule, none first.
  struct Recipes {
    std::vector<Recipe> changed{};
    std::vector<Recipe> others{};  // empty without `on`
  };

  // `now` as a time of the first round of all phases.
  [[nodiscard]] TimePoint in_round(TimePoint now) const {
    return after_ == After::again && now >= timetable_.end()
               ? at(now.time_since_epoch() % timetable_.end().time_since_epoch())
               : now;
  }

  [[nodiscard]] TimePoint later_closing(TimePoint now) const;
  [[nodiscard]] std::size_t rule_of(const Request& request) const;
  [[nodiscard]] const Recipe& recipe_at(std::size_t place, std::size_t phase) const {
    const auto& [changed, others] = recipes_[phase];
    return place < normal_.size() ? changed[place] : others[place - normal_.size()];
  }
  [[nodiscard]] static std::optional<Asked> asked(const Recipe& recipe, std::size_t kind);
  [[nodiscard]] static std::vector<CallEnd> ends_by(const Recipe& recipe, std::size_t kind,
                                                    Answers answers);
  // Nobody knows of a connection which requests will come by it.
  [[nodiscard]] const Recipe& towards_connections(std::size_t phase) const {
    const auto& [changed, others] = recipes_[phase];
    return others.empty() ? changed.front() : others.front();
  }
  [[nodiscard]] Opening open(const Occasion& occasion, std::size_t phase,
                             const Behaviour& behaviour) const;
  [[nodiscard]] Recipe recipe(const Behaviour& behaviour, std::size_t phase, bool own_errors);
  void shape(Recipe& recipe, std::vector<std::string>& kinds) const;
  // With `item` as an index into the errors of `behaviour`.
  [[nodiscard, gnu::always_inline]] Decision decision_for(const Occasion& occasion,
                                                          std::size_t phase,
                                                          const Behaviour& behaviour,
                                                          const durations::Moment& moment) const {
    Decision decision;
    decision.phase = static_cast<std::uint16_t>(phase);
    const auto items =
        behaviour.errors.of_connections() ? std::span<const ErrorItem>{} : behaviour.errors.items();
    const auto hit = items.empty() ? 0 : behaviour.errors.pick(occasion, error_draws_);
    const auto& latency = note_hit(decision, behaviour, items, hit);
    if (decision.fate != Fate::hang) {
      decision.delay = latency.is_fixed()
                           ? latency.fixed()
                           : latency.sample(latency_draws_.fork(occasion.ordinal), moment);
    }
    return decision;
  }
  // What the item makes of it that hits it, if one does; and the latency that it has then.
  [[gnu::always_inline]] static const Latency& note_hit(Decision& decision,
                                                        const Behaviour& behaviour,
                                                        std::span<const ErrorItem> items,
                                                        std::size_t hit) {
    if (hit >= items.size()) {
      return behaviour.latency;
    }
    const auto& item = items[hit];
    decision.fate = item.fate;
    decision.status = item.status;
    decision.item = static_cast<std::uint16_t>(hit);
    return item.latency ? *item.latency : behaviour.latency;
  }
  [[nodiscard]] Treatment draw(const Occasion& occasion, std::size_t phase,
                               const Behaviour& behaviour, const durations::Moment& moment) const;

  Upstream upstream_;
  After after_;
  std::vector<PhaseSpec> phases_;
  bool needs_headers_;
  // By rule, none first; then the same with every choice of the rules that say `also` on top.
  std::vector<Behaviour> normal_;
  std::vector<std::vector<std::string>> kinds_;
  std::vector<Recipes> recipes_;  // by phase
  Timetable timetable_;
  bool closes_ = false;  // some phase closes the port
  bool limits_ = false;  // and some phase has a limit
  bool has_capacity_ = false;
  bool counts_in_flight_ = false;
  bool of_connections_ = false;  // some faults are
  bool is_plain_ = false;
  Random random_;
  Random latency_draws_;
  Random error_draws_;
  Random service_draws_;
  Random shape_draws_;
};

// What the plan implies, for people: by phase, the latency's mean, p50, p95, p99 and p99.9, the
// share of each outcome, and (with a client timeout) the share of requests that will miss it; of
// the requests of each rule, too.
[[nodiscard]] std::string explain(const Plan& plan, std::optional<Duration> client_timeout);

}  // namespace tripcurve::faults
