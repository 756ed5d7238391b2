// Lines of call traces and wait traces that are wrong, or too much: each gets its reason, and none
// takes for ever.

#include <fmt/format.h>

#include <string>

#include "conform/line.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

namespace {

// Why the line is refused, with the hint; what differs when it is not; "" when all is equal.
std::string verdict(const std::string& line) {
  const auto replayed = conform::replay_line(line);
  if (!replayed) {
    return "refused: " + replayed.error().message + " (" + replayed.error().hint + ")";
  }
  return replayed->difference.value_or("");
}

const std::string one_retry =
    R"("policies":[{"policy":"Retry","UseJitter":false,"Delay":"00:00:00.1","MaxRetryAttempts":1}])";
const std::string one_call = R"({"id":1,"at":0,"upstream":[{"after":5,"status":503}]})";
const std::string its_steps =
    R"([0,"call",1],[0,"send",1,1],[5,"reply",1,1,503],[105,"send",1,2],[110,"reply",1,2,503],)"
    R"([110,"answer",1,503])";

std::string calls_trace(const std::string& policies, const std::string& calls,
                        const std::string& steps) {
  return R"({"id":"t",)" + policies + R"(,"calls":[)" + calls + R"(],"steps":[)" + steps + "]}";
}
std::string with_policies(const std::string& policies) {
  return verdict(calls_trace(policies, one_call, its_steps));
}
std::string with_call(const std::string& call) {
  return verdict(calls_trace(one_retry, call, its_steps));
}
std::string with_reply(const std::string& reply) {
  return with_call(R"({"id":1,"at":0,"upstream":[)" + reply + "]}");
}
std::string with_steps(const std::string& steps) {
  return verdict(calls_trace(one_retry, one_call, steps));
}

std::string waits(const std::string& retry, const std::string& draws, const std::string& delays) {
  return verdict(R"({"id":"w","retry":{)" + retry + R"(},"draws":[)" + draws +
                 R"(],"delays_ms":[)" + delays + "]}");
}
const std::string linear = R"("BackoffType":"Linear","Delay":"00:00:01","MaxRetryAttempts":2)";

}  // namespace

TEST_CASE("the trace that the wrong ones are made of is equal") {
  CHECK(with_steps(its_steps) == "");
  CHECK(waits(linear, "0.5,0.5", "1000,2000") == "");
}

TEST_CASE("a trace of calls needs its id, its lists, and the policies under one key") {
  CHECK_THAT(verdict(R"({"calls":[],"steps":[]})"), StartsWith("refused: a trace of calls needs"));
  CHECK_THAT(verdict(R"({"id":1,"calls":[],"steps":[]})"),
             StartsWith("refused: a trace of calls needs"));
  CHECK_THAT(verdict(R"({"id":"t","calls":{},"steps":[]})"),
             StartsWith("refused: a trace of calls needs"));
  CHECK_THAT(verdict(R"({"id":"t","calls":[],"steps":5})"),
             StartsWith("refused: a trace of calls needs"));
  CHECK_THAT(verdict(R"({"id":"t","calls":[],"steps":[]})"),
             StartsWith("refused: t: a trace of calls has no policies"));
  CHECK_THAT(verdict(R"({"id":"t","standard":{},"policies":[],"calls":[],"steps":[]})"),
             StartsWith("refused: t: a trace of calls has both standard and policies"));
  CHECK(verdict(R"({"id":"t","policies":[],"calls":[],"steps":[]})") == "");
}

TEST_CASE("policies and options that .NET does not have are refused by their names") {
  CHECK_THAT(with_policies(R"("policies":[{"policy":"Retri"}])"),
             ContainsSubstring("'Retri' is not a policy"));
  CHECK_THAT(with_policies(R"("policies":[{}])"), ContainsSubstring("'' is not a policy"));
  CHECK_THAT(with_policies(R"("policies":[5])"), StartsWith("refused: t: "));
  CHECK_THAT(with_policies(R"("policies":{})"),
             ContainsSubstring("policies must be a list, but this is"));
  CHECK_THAT(with_policies(R"("policies":null)"),
             ContainsSubstring("policies must be a list, but this is"));
  CHECK_THAT(with_policies(R"("policies":[{"policy":"Retry","Delays":"00:00:01"}])"),
             ContainsSubstring("'Delays'"));
  CHECK_THAT(with_policies(R"("policies":[{"policy":"Timeout","Timeout":"1s"}])"),
             StartsWith("refused: t: "));
  CHECK_THAT(with_policies(R"("policies":[{"policy":"Hedging","MaxHedgedAttempts":11}])"),
             ContainsSubstring("MaxHedgedAttempts must be at most 10"));
  CHECK_THAT(with_policies(R"("standard":{"Retry":{"Delays":"00:00:01"}})"),
             ContainsSubstring("'Delays'"));
  CHECK_THAT(with_policies(R"("standard":5)"), StartsWith("refused: t: "));
  CHECK_THAT(with_policies(R"("hedging":{"Hedging":{"MaxHedgedAttempts":0}})"),
             ContainsSubstring("MaxHedgedAttempts must be at least 1"));
}

TEST_CASE("more policies than a client has, and more attempts at once, are refused") {
  const auto list = [](std::size_t n, const std::string& policy) {
    std::string all = policy;
    for (std::size_t i = 1; i < n; ++i) {
      all += "," + policy;
    }
    return R"("policies":[)" + all + "]";
  };
  CHECK_THAT(with_policies(list(100'000, R"({"policy":"Fallback"})")),
             StartsWith("refused: t: policies has 100000 elements (a client has at most 50"));
  CHECK_THAT(with_policies(list(50, R"({"policy":"Timeout"})")), StartsWith("t: step 4 of 6"));
  const std::string hedging = R"({"policy":"Hedging","MaxHedgedAttempts":10})";
  CHECK_THAT(with_policies(list(3, hedging)), ContainsSubstring("too many attempts of a call"));
  CHECK_THAT(with_policies(list(50, hedging)), ContainsSubstring("too many attempts of a call"));
  CHECK_THAT(with_policies(list(2, hedging)), StartsWith("t: step 4 of 6 differs"));
}

TEST_CASE("a call needs an id of its own, a time, and an upstream") {
  CHECK_THAT(with_call("5"), StartsWith("refused: t: a call needs an id"));
  CHECK_THAT(with_call(R"({"id":1,"at":0})"), StartsWith("refused: t: a call needs an id"));
  CHECK_THAT(with_call(R"({"id":1,"at":0,"upstream":[]})"),
             StartsWith("refused: t: a call needs an id"));
  CHECK_THAT(with_call(R"({"id":1,"upstream":[{}]})"),
             StartsWith("refused: t: a call needs an id"));
  CHECK_THAT(with_call(R"({"id":{},"at":0,"upstream":[{}]})"),
             StartsWith("refused: t: the id of a call is {} (it is a text or a whole number)"));
  CHECK_THAT(with_call(R"({"id":1.5,"at":0,"upstream":[{}]})"),
             StartsWith("refused: t: the id of a call is 1.5"));
  CHECK_THAT(with_call(one_call + "," + one_call),
             StartsWith("refused: t: two calls have the id 1"));
  CHECK_THAT(with_call(R"({"id":1,"at":0,"upstream":[{}],"away":5})"),
             ContainsSubstring("call 1 has an unknown key 'away'"));
  for (const char* wrong : {"-1", "1.5", "\"5\"", "null", "36000000001", "18446744073709551615",
                            "1e30", "-9223372036854775808"}) {
    CHECK_THAT(with_call(fmt::format(R"({{"id":1,"at":{},"upstream":[{{}}]}})", wrong)),
               StartsWith("refused: t: call 1: at is "));
    CHECK_THAT(with_call(fmt::format(R"({{"id":1,"at":0,"gone":{},"upstream":[{{}}]}})", wrong)),
               StartsWith("refused: t: call 1: gone is "));
    CHECK_THAT(with_reply(fmt::format(R"({{"after":{},"status":200}})", wrong)),
               StartsWith("refused: t: call 1: upstream: after is "));
  }
}

TEST_CASE("a reply is a time and a status, or nothing at all") {
  CHECK_THAT(with_reply("5"), StartsWith("refused: t: call 1: upstream is 5"));
  CHECK_THAT(with_reply(R"({"status":200})"),
             ContainsSubstring(R"({"status":200} has no 'after')"));
  CHECK_THAT(with_reply(R"({"retry_after":2})"), ContainsSubstring("has no 'after'"));
  CHECK_THAT(with_reply(R"({"after":5,"delay":2})"),
             ContainsSubstring("has an unknown key 'delay'"));
  CHECK_THAT(with_reply(R"({"after":5})"), ContainsSubstring("status is null"));
  for (const char* wrong :
       {"99", "1000", "-200", "200.0", "\"200\"", "\"reset\"", "null", "[200]"}) {
    CHECK_THAT(with_reply(fmt::format(R"({{"after":5,"status":{}}})", wrong)),
               ContainsSubstring("status is " + std::string(wrong)));
  }
  for (const char* wrong : {"-1", "1.5", "\"2\"", "36000001", "18446744073709551615", "null"}) {
    CHECK_THAT(with_reply(fmt::format(R"({{"after":5,"status":503,"retry_after":{}}})", wrong)),
               ContainsSubstring("retry_after is " + std::string(wrong)));
  }
  CHECK_THAT(with_reply(R"({"after":5,"status":"refused","retry_after":1})"),
             ContainsSubstring("a refused connection has a retry_after"));
}

TEST_CASE("a step is one of those that there are, with what belongs to it") {
  for (const char* wrong :
       {"5", "[]", R"([0,"call"])", R"([0,"call",1,1])", R"([0,"begin",1])", R"([0,5,1])",
        R"([0,"send",1])", R"([0,"reply",1,1])", R"([0,"gone",1,1])", R"([0,"answer",1])"}) {
    CHECK_THAT(with_steps(wrong),
               StartsWith("refused: t: " + std::string(wrong) + " is not a step of calls"));
  }
  for (const char* wrong : {"0", "-1", "1.5", "\"1\"", "null", "4294967296"}) {
    for (const char* kind : {"send", "cancel"}) {
      CHECK_THAT(with_steps(fmt::format(R"([0,"call",1],[0,"{}",1,{}])", kind, wrong)),
                 ContainsSubstring("element 4 is not the number of an attempt"));
    }
  }
  CHECK_THAT(with_steps(R"([0,"call",1],[0,"send",1,1],[0,"reply",1,1,"200"])"),
             ContainsSubstring("element 5 is not a status"));
  CHECK_THAT(with_steps(R"([0,"call",1],[0,"breaker",1,"ajar"])"),
             ContainsSubstring("element 4 is not a state"));
  CHECK_THAT(with_steps(R"([0,"call",1],[0,"answer",1,""])"),
             ContainsSubstring("element 4 is not a status or the name of an exception"));
  CHECK_THAT(with_steps(R"([0,"call",1],[0,"answer",1,99])"),
             ContainsSubstring("element 4 is not a status"));
  CHECK_THAT(with_steps(R"([-1,"call",1])"), ContainsSubstring("the time is -1"));
  CHECK_THAT(with_steps(R"([36000000001,"call",1])"), ContainsSubstring("later than 10000h"));
  CHECK_THAT(with_steps(R"([0,"call",2])"), ContainsSubstring("a call that is not among calls"));
  CHECK_THAT(with_steps(R"([0,"call","1"])"), ContainsSubstring("a call that is not among calls"));
}

TEST_CASE("a step that cannot come after those before it is refused") {
  const std::string sent = R"([5,"call",1],[5,"send",1,1],)";
  const std::string over = sent + R"([5,"reply",1,1,503],[5,"answer",1,503],)";
  for (const auto& [steps, wrong] : {
           std::pair(sent, R"([4,"reply",1,1,503])"),          // time goes back
           std::pair(sent, R"([5,"call",1])"),                 // it has begun
           std::pair(std::string(), R"([0,"answer",1,503])"),  // it has not
           std::pair(std::string(), R"([0,"send",1,1])"),
           std::pair(std::string(), R"([0,"gone",1])"),
           std::pair(std::string(), R"([0,"breaker",1,"open"])"),
           std::pair(sent, R"([5,"reply",1,2,503])"),  // never sent
           std::pair(sent, R"([5,"cancel",1,2])"),
           std::pair(sent, R"([5,"send",1,1])"),       // sent before
           std::pair(sent, R"([5,"send",1,3])"),       // the second is left out
           std::pair(over, R"([5,"reply",1,1,503])"),  // it has ended
           std::pair(over, R"([5,"cancel",1,1])"),
           std::pair(over, R"([5,"send",1,1])"),
           std::pair(over, R"([5,"send",1,2])"),  // the call has its answer
           std::pair(over, R"([5,"answer",1,503])"),
           std::pair(over, R"([5,"gone",1])"),
           std::pair(sent + R"([5,"gone",1],)", R"([5,"gone",1])"),
       }) {
    CHECK_THAT(with_steps(steps + wrong),
               StartsWith("refused: t: " + std::string(wrong) + " cannot come after the steps"));
  }
}

TEST_CASE("each thing that a step of calls records makes a difference") {
  const auto but = [](const std::string& from, const std::string& to) {
    auto steps = its_steps;
    steps.replace(steps.find(from), from.size(), to);
    return with_steps(steps);
  };
  CHECK_THAT(but(R"([105,"send",1,2])", R"([106,"send",1,2])"), StartsWith("t: step 4 of 6"));
  CHECK_THAT(but(R"("reply",1,1,503)", R"("reply",1,1,500)"), StartsWith("t: step 3 of 6"));
  CHECK_THAT(but(R"("answer",1,503)", R"("answer",1,"TimeoutRejectedException")"),
             StartsWith("t: step 6 of 6"));
  CHECK_THAT(but(R"(,[110,"answer",1,503])", ""),
             ContainsSubstring("got   [110,\"answer\",1,503]"));
  CHECK_THAT(with_steps(its_steps + R"(,[200,"breaker",1,"open"])"),
             ContainsSubstring("got   nothing more"));
}

TEST_CASE("ten thousand calls of one instant, all given up, are replayed in order") {
  std::string calls;
  std::string steps;
  std::string answers;
  constexpr int many = 10'000;
  for (int i = 0; i < many; ++i) {
    const auto* const comma = i == 0 ? "" : ",";
    calls += fmt::format(R"({}{{"id":{},"at":0,"gone":9,"upstream":[{{}}]}})", comma, i);
    steps += fmt::format(R"({}[0,"call",{}],[0,"send",{},1])", comma, i, i);
    answers += fmt::format(
        R"(,[9,"gone",{}],[9,"cancel",{},1],[9,"answer",{},"OperationCanceledException"])", i, i,
        i);
  }
  const auto replayed = conform::replay_line(calls_trace(one_retry, calls, steps + answers));
  REQUIRE(replayed);
  CHECK_FALSE(replayed->difference);
  CHECK(replayed->steps == 5 * many);
}

TEST_CASE("a queue of ten thousand before a breaker that opens is replayed") {
  std::string calls;
  std::string begun;
  std::string answers;
  constexpr int many = 10'000;
  for (int i = 0; i < many; ++i) {
    const auto* const comma = i == 0 ? "" : ",";
    calls +=
        fmt::format(R"({}{{"id":{},"at":0,"upstream":[{{"after":5,"status":503}}]}})", comma, i);
    begun += fmt::format(R"({}[0,"call",{}])", comma, i) + (i == 0 ? R"(,[0,"send",0,1])" : "");
    if (i < 2) {
      answers += fmt::format(R"({}[{},"reply",{},1,503],{}[{},"answer",{},503])",
                             i == 0 ? "," : R"(,[5,"send",1,1],)", 5 * i + 5, i,
                             i == 0 ? "" : R"([10,"breaker",1,"open"],)", 5 * i + 5, i);
    } else {
      answers += fmt::format(R"(,[10,"answer",{},"BrokenCircuitException"])", i);
    }
  }
  const auto replayed = conform::replay_line(calls_trace(
      R"("policies":[{"policy":"ConcurrencyLimiter","PermitLimit":1,"QueueLimit":99999},)"
      R"({"policy":"CircuitBreaker","MinimumThroughput":2}])",
      calls, begun + answers));
  REQUIRE(replayed);
  CHECK(replayed->difference.value_or("") == "");
}

TEST_CASE("retries without a wait and without an end stop with the steps of the trace") {
  const std::string endless =
      R"("policies":[{"policy":"Retry","UseJitter":false,"Delay":"00:00:00","MaxRetryAttempts":2147483647}])";
  const auto call = R"({"id":1,"at":0,"upstream":[{"after":0,"status":503}]})";
  CHECK_THAT(verdict(calls_trace(endless, call, R"([0,"call",1],[0,"send",1,1])")),
             ContainsSubstring("got   [0,\"reply\",1,1,503]"));
  CHECK_THAT(
      verdict(calls_trace(
          R"("policies":[{"policy":"Retry","Delay":"00:00:00","MaxRetryAttempts":2147483647},)"
          R"({"policy":"ConcurrencyLimiter","PermitLimit":1,"QueueLimit":0}])",
          call, R"([0,"call",1])")),
      ContainsSubstring("got   [0,\"send\",1,1]"));
}

TEST_CASE("waits that grow for ever end where every trace ends") {
  const std::string doubling =
      R"("policies":[{"policy":"Retry","UseJitter":false,"Delay":"1.00:00:00","MaxRetryAttempts":2147483647}])";
  std::string steps = R"([0,"call",1])";
  std::int64_t now = 0;
  std::int64_t day = 86'400'000;
  int attempt = 1;
  for (; now <= 36'000'000'000; now += day, day *= 2, ++attempt) {
    steps += fmt::format(R"(,[{},"send",1,{}],[{},"reply",1,{},503])", now, attempt, now, attempt);
  }
  const auto call = R"({"id":1,"at":0,"upstream":[{"after":0,"status":503}]})";
  CHECK(verdict(calls_trace(doubling, call, steps)) == "");
  CHECK_THAT(verdict(calls_trace(doubling, call,
                                 steps + fmt::format(R"(,[36000000000,"send",1,{}])", attempt))),
             ContainsSubstring("got   nothing more"));
}

TEST_CASE("a trace of waits needs its numbers, and enough of them") {
  CHECK_THAT(verdict(R"({"id":"w","draws":[],"delays_ms":[]})"),
             StartsWith("refused: a trace of waits needs a text id and the options retry"));
  CHECK_THAT(verdict(R"({"id":"w","retry":{},"draws":5,"delays_ms":[]})"),
             StartsWith("refused: w: a trace of waits needs a list draws"));
  CHECK_THAT(verdict(R"({"id":"w","retry":{},"draws":[]})"),
             StartsWith("refused: w: a trace of waits needs a list delays_ms"));
  CHECK_THAT(verdict(R"({"id":"w","retry":5,"draws":[],"delays_ms":[]})"),
             StartsWith("refused: w: "));
  CHECK_THAT(waits(R"("Delays":"00:00:01")", "", ""), ContainsSubstring("'Delays'"));
  for (const char* wrong : {"1", "1.0", "-0.1", "1e300", "\"0.5\"", "null", "[]"}) {
    CHECK_THAT(waits(linear, "0.5," + std::string(wrong), "1000"),
               StartsWith("refused: w: draws has "));
  }
  for (const char* wrong : {"-1", "\"1000\"", "null"}) {
    CHECK_THAT(waits(linear, "0.5,0.5", wrong), StartsWith("refused: w: delays_ms has "));
  }
  CHECK_THAT(waits(linear, "0.5,0.5", "1e300"),
             StartsWith("refused: w: delays_ms add up to 1e+300"));
  CHECK_THAT(
      waits(linear, "0.5", "1000,2000"),
      StartsWith("refused: w: draws has 1 number for 2 waits (with jitter, each wait draws"));
  CHECK(waits(linear + R"(,"UseJitter":false)", "", "1000,2000") == "");
  CHECK(waits(R"("Delay":"00:00:00","MaxRetryAttempts":2)", "", "0,0") == "");
}

TEST_CASE("a wait that differs, one that is missing and one too many are told") {
  CHECK_THAT(waits(linear, "0.5,0.5", "1000,2000.002"), ContainsSubstring("got   waits 2000ms"));
  CHECK(waits(linear, "0.5,0.5", "1000,2000.0005") == "");
  CHECK_THAT(waits(linear, "0.5,0.5", "1000"), ContainsSubstring("got   another wait"));
  CHECK_THAT(waits(linear, "0.5", "1000"), ContainsSubstring("got   another wait"));
  CHECK_THAT(waits(linear, "0.5,0.5,0.5", "1000,2000,3000"),
             ContainsSubstring("got   the answer, without another wait"));
}

TEST_CASE("waits that grow for ever are compared as far as a trace goes") {
  std::string delays = "0";
  for (int i = 1; i < 1000; ++i) {
    delays += ",0";
  }
  const auto doubling = R"("UseJitter":false,"Delay":"1.00:00:00","MaxRetryAttempts":2147483647)";
  CHECK_THAT(waits(doubling, "", delays), ContainsSubstring("got   waits 86400000ms"));
}
