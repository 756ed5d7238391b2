#include "breaker/registry.hpp"

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using breaker::parse_choice;

TEST_CASE("a dialect alone has its library's defaults, and its text does not repeat them") {
  const auto classic = choice("classic");
  CHECK(classic.text() == "classic");
  CHECK(classic.settings() == breaker::Settings{{"FailureThreshold", "5"},
                                                {"SuccessThreshold", "2"},
                                                {"Timeout", "30s"}});
}

TEST_CASE("keys are known by full and short name in any case") {
  for (const auto* text : {"classic,FailureThreshold=7,Timeout=3s", "classic,failures=7,timeout=3s",
                           "Classic,FAILURETHRESHOLD=7,TimeOut=3s"}) {
    CHECK(choice(text).text() == "classic,FailureThreshold=7,Timeout=3s");
  }
}

TEST_CASE("the text of a choice reads back as the same choice") {
  const auto text = choice("classic,failures=3,successes=9,timeout=1m30s").text();
  CHECK(choice(text).text() == text);
}

TEST_CASE("a breaker that cannot be made is refused, and the answer says what would work") {
  struct Bad {
    const char* text;
    const char* message;
    const char* hint;
  };
  for (const auto& [text, message, hint] : {
           Bad{"clasic", "unknown breaker dialect 'clasic'", "did you mean 'classic'?"},
           Bad{"polly:FailureRatio=0.5", "unknown breaker dialect 'polly:FailureRatio=0.5'",
               "write polly,FailureRatio=0.5"},
           Bad{"Polly FailureRatio=0.5", "unknown breaker dialect", "write polly,FailureRatio=0.5"},
           Bad{"classic,failures:3", "'failures:3' has a : between", "write failures=3"},
           Bad{"", "unknown breaker dialect ''", "classic"},
           Bad{"classic,failure=5", "unknown classic setting 'failure'",
               "did you mean 'failures'?"},
           Bad{"classic,failures", "'failures' has no value", "failures=5"},
           Bad{"classic,failures=1,FailureThreshold=2", "FailureThreshold is given twice", "one"},
           Bad{"classic,failures=0", "FailureThreshold", "1"},
           Bad{"classic,failures=-1", "FailureThreshold", ""},
           Bad{"classic,failures=five", "'five'", ""},
           Bad{"classic,timeout=30", "Timeout: '30' has no unit", "30s"},
           Bad{"classic,", "unknown classic setting ''", ""},
           Bad{"classic,failures=1,", "unknown classic setting ''", ""},
       }) {
    INFO(text);
    const auto parsed = parse_choice(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK_THAT(parsed.error().message, ContainsSubstring(message));
    CHECK_THAT(parsed.error().hint, ContainsSubstring(hint));
  }
}
