// What every dialect promises, over the registry.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "breaker/registry.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using breaker::Admission;
using breaker::Outcome;
using breaker::State;

namespace {

// A random but repeatable life: calls that overlap, wait if told to, end in any way, and are all
// recorded once. Returns a line per event.
std::vector<std::string> random_life(breaker::Breaker& breaker, std::uint64_t seed, int steps) {
  Random random(seed);
  std::vector<std::string> log;
  std::vector<breaker::Permit> running;
  std::vector<breaker::Permit> waiting;  // oldest first
  TimePoint now{};
  State state = breaker.state();
  const auto check_transitions = [&] {
    for (const auto& transition : breaker.take_transitions()) {
      CHECK(transition.from == state);
      CHECK(transition.at <= now);
      CHECK_FALSE(transition.cause.empty());
      state = transition.to;
      log.push_back(transition.cause);
    }
    CHECK(state == breaker.state());
  };
  const auto note = [&](const Admission& admission) {
    if (admission.answer == Admission::Answer::admitted) {
      CHECK(admission.permit.given_at == now);
      CHECK(admission.error.empty());
      running.push_back(admission.permit);
    } else if (admission.answer == Admission::Answer::rejected) {
      CHECK_FALSE(admission.error.empty());
    } else {
      waiting.push_back(admission.permit);
    }
    log.emplace_back(admission.error);
  };
  const auto resume_all = [&] {
    for (const auto& held : std::exchange(waiting, {})) {
      note(breaker.resume(held, now));
    }
  };
  for (int i = 0; i < steps; ++i) {
    now += Duration(static_cast<Duration::rep>(random.unit() * 3e8));
    while (breaker.next_tick() <= now) {
      const auto due = breaker.next_tick();
      breaker.tick(due);
      CHECK(breaker.next_tick() > due);
    }
    resume_all();
    if (running.empty() || random.unit() < 0.5) {
      note(breaker.try_acquire(now));
    } else {
      const auto pick =
          static_cast<std::size_t>(random.unit() * static_cast<double>(running.size()));
      const auto draw = random.unit();
      const auto outcome = draw < 0.45   ? Outcome::success
                           : draw < 0.95 ? Outcome::failure
                                         : Outcome::ignored;
      breaker.record(running[pick], outcome, outcome == Outcome::failure ? error_503 : ok, now);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(pick));
      resume_all();
    }
    check_transitions();
  }
  return log;
}

}  // namespace

TEST_CASE("every dialect starts closed with its defaults and admits the first call") {
  for (const auto& dialect : breaker::dialects()) {
    INFO(dialect.name);
    const auto breaker = make_breaker(std::string(dialect.name));
    CHECK(breaker->state() == State::closed);
    CHECK(breaker->try_acquire(TimePoint{}).answer == Admission::Answer::admitted);
  }
}

TEST_CASE("every dialect decides the same when told the same, over many random lives") {
  for (const auto& dialect : breaker::dialects()) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      INFO(dialect.name << " seed " << seed);
      const auto one = make_breaker(std::string(dialect.name));
      const auto other = make_breaker(std::string(dialect.name));
      const auto life = random_life(*one, seed, 2000);
      CHECK(life == random_life(*other, seed, 2000));
      CHECK(life != random_life(*make_breaker(std::string(dialect.name)), seed + 1000, 2000));
    }
  }
}

TEST_CASE("every dialect's keys have a default it accepts and a meaning") {
  for (const auto& dialect : breaker::dialects()) {
    for (const auto& key : dialect.keys) {
      INFO(dialect.name << " " << key.name);
      CHECK_FALSE(key.meaning.empty());
      if (key.fallback.empty()) {
        continue;  // it may be left out, and then has no value
      }
      const auto text =
          std::string(dialect.name) + "," + std::string(key.name) + "=" + std::string(key.fallback);
      CHECK(breaker::parse_choice(text).ok());
    }
  }
}

TEST_CASE("every dialect says what its library counts, in words and as a table") {
  for (const auto& dialect : breaker::dialects()) {
    INFO(dialect.name);
    CHECK(dialect.portrait->counting.ends_with('.'));
    CHECK(dialect.portrait->cancelling.ends_with('.'));
    if (!dialect.counts.empty()) {
      const auto changes = parse_outcome_changes(dialect.counts);
      REQUIRE(changes);
      CHECK(format_outcome_changes(*changes) == dialect.counts);
      CHECK(breaker::usual_rules(dialect) != OutcomeRules());
    }
    // A proxy that counts by lists of statuses has no 503 in them unless somebody writes it.
    // One heeds no status at all.
    const bool has_a_list = dialect.name == "apisix" || dialect.name == "nginx";
    const bool counts_no_503 = has_a_list || dialect.name == "yarp";
    CHECK((breaker::usual_rules(dialect).of(error_503) == Outcome::failure) != counts_no_503);
    CHECK(breaker::usual_rules(dialect).of(ok) == Outcome::success);
  }
}

TEST_CASE("the tables are those of the libraries' usual HTTP clients") {
  const auto counts = [](const char* dialect, int status) {
    const CallEnd end{CallEnd::Kind::answer, static_cast<std::uint16_t>(status)};
    return breaker::usual_rules(**breaker::find_dialect(dialect)).of(end) == Outcome::failure;
  };
  CHECK(counts("resilience4j", 404));  // Spring's clients throw for it
  CHECK(counts("resilience4j", 429));
  CHECK_FALSE(counts("resilience4j", 302));
  CHECK(counts("polly", 408));
  CHECK(counts("polly", 429));
  CHECK_FALSE(counts("polly", 404));
  CHECK(counts("polly7", 408));
  CHECK_FALSE(counts("polly7", 429));
  CHECK_FALSE(counts("envoy", 429));
  CHECK_FALSE(counts("gobreaker", 404));
  CHECK(counts("kratos", 504));
  CHECK_FALSE(counts("kratos", 502));
  CHECK(counts("go-zero", 502));
  CHECK_FALSE(counts("go-zero", 499));
}

namespace {

// Fails call after call until the breaker rejects; false when it never does.
bool driven_open(breaker::Breaker& breaker, TimePoint& now) {
  for (int i = 0; i < 3000; ++i, now += std::chrono::milliseconds(10)) {
    while (breaker.next_tick() <= now) {
      breaker.tick(breaker.next_tick());
    }
    const auto admission = breaker.try_acquire(now);
    if (admission.answer == Admission::Answer::rejected) {
      return breaker::claims_open(breaker.state());
    }
    breaker.record(admission.permit, Outcome::failure, error_503, now);
  }
  return false;
}

}  // namespace

TEST_CASE("half-open, an ignored trial closes those dialects that say so, and no other") {
  int opened = 0;
  for (const auto& dialect : breaker::dialects()) {
    INFO(dialect.name);
    const auto breaker = make_breaker(std::string(dialect.name));
    TimePoint now{};
    if (!driven_open(*breaker, now)) {
      continue;  // such as none, and those that reject by chance
    }
    auto admission = breaker->try_acquire(now);
    for (int i = 0; i < 1200 && admission.answer != Admission::Answer::admitted; ++i) {
      now += std::chrono::milliseconds(100);
      while (breaker->next_tick() <= now) {
        breaker->tick(breaker->next_tick());
      }
      admission = breaker->try_acquire(now);
    }
    REQUIRE(admission.answer == Admission::Answer::admitted);
    if (breaker->state() == State::closed) {
      continue;  // such as kratos, which closes without a trial
    }
    breaker->record(admission.permit, Outcome::ignored, ok, now);
    CHECK((breaker->state() == State::closed) == dialect.ignored_closes);
    ++opened;
  }
  CHECK(opened >= 14);
}

TEST_CASE(
    "ignored calls dilute the share of failures where the dialect says so, and nowhere else") {
  for (const char* text :
       {"polly,FailureRatio=0.5,MinimumThroughput=10", "opossum", "hystrix-go,sleep_window=60000",
        "gobreaker,ReadyToTrip=Requests >= 10 && TotalFailures/Requests >= 0.5",
        "resilience4j,slidingWindowSize=10,minimumNumberOfCalls=10",
        "polly7,policy=AdvancedCircuitBreaker,failureThreshold=0.5,samplingDuration=30s,"
        "minimumThroughput=10",
        "hystrix",
        "cockatiel,breaker.type=CountBreaker,breaker.threshold=0.5,breaker.size=10,"
        "breaker.minimumNumberOfCalls=10"}) {
    INFO(text);
    const auto made = choice(text);
    const auto breaker = made.make(Random(1));
    TimePoint now{};
    bool opened = false;
    for (int i = 0; i < 300 && !opened; ++i, now += std::chrono::milliseconds(20)) {
      while (breaker->next_tick() <= now) {
        breaker->tick(breaker->next_tick());
      }
      const auto admission = breaker->try_acquire(now);
      opened = admission.answer != Admission::Answer::admitted;
      if (!opened) {  // a third of the calls fail, and all that are not ignored
        breaker->record(admission.permit, i % 3 == 2 ? Outcome::failure : Outcome::ignored,
                        i % 3 == 2 ? error_503 : ok, now);
      }
    }
    CHECK(opened != made.dialect().ignored_fills_window);
  }
}
