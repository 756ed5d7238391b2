#include "load/tally.hpp"

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using load::Counts;

TEST_CASE("every way a call can end is counted in its own counter") {
  struct Row {
    CallEnd end;
    std::uint64_t Counts::* counter;
  };
  for (const auto& [end, counter] : {
           Row{{CallEnd::Kind::answer, 200}, &Counts::ok},
           Row{{CallEnd::Kind::answer, 404}, &Counts::ok},
           Row{{CallEnd::Kind::answer, 499}, &Counts::ok},
           Row{{CallEnd::Kind::answer, 500}, &Counts::error_answers},
           Row{{CallEnd::Kind::answer, 503}, &Counts::error_answers},
           Row{{CallEnd::Kind::timeout, 0}, &Counts::timeouts},
           Row{{CallEnd::Kind::reset, 0}, &Counts::resets},
           Row{{CallEnd::Kind::closed, 0}, &Counts::closed},
           Row{{CallEnd::Kind::connect_failed, 0}, &Counts::connect_failed},
           Row{{CallEnd::Kind::bad_answer, 0}, &Counts::bad_answers},
       }) {
    INFO(words(end));
    Counts counts;
    counts.note(end);
    Counts expected;
    expected.*counter = 1;
    CHECK(counts == expected);
    CHECK(counts.failed() == (is_failure(end) ? 1 : 0));
  }
}

TEST_CASE("what is added can be taken away again") {
  Counts a;
  a.calls = 10;
  a.unfinished = 3;
  Counts b = a;
  b.ok = 4;
  Counts sum = a;
  sum += b;
  CHECK(sum.calls == 20);
  CHECK(sum.ok == 4);
  sum -= b;
  CHECK(sum == a);
}

TEST_CASE("merged tallies are what one tally would have seen") {
  load::Tally one(2, 1);
  load::Tally other(2, 1);
  load::Tally both(2, 1);
  for (int i = 0; i < 100; ++i) {
    for (auto* tally : {i % 3 == 0 ? &one : &other, &both}) {
      auto& phase = tally->phases[static_cast<std::size_t>(i % 2)];
      ++phase.counts.calls;
      phase.response.record(i * 1ms);
      tally->response.record(i * 1ms);
      ++tally->endpoints[0].calls;
    }
  }
  one.merge(other);
  CHECK(one.endpoints == both.endpoints);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(one.phases[i].counts == both.phases[i].counts);
    CHECK(one.phases[i].response.quantile(0.5) == both.phases[i].response.quantile(0.5));
    CHECK(one.phases[i].response.mean() == both.phases[i].response.mean());
  }
  CHECK(one.response.max() == 99ms);
}
