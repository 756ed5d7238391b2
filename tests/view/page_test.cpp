#include "view/page.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/catch.hpp"

namespace tripcurve::view {
namespace {

using Json = nlohmann::ordered_json;
using tripcurve::testing::ContainsSubstring;

// What lies between `begin` and the next `end`.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin);
  REQUIRE(from != std::string::npos);
  const auto rest = text.substr(from + begin.size());
  return rest.substr(0, rest.find(end));
}

std::string data_of(const std::string& page) {
  return between(page, R"(<script type="application/json" id="data">)", "</script>");
}

std::size_t occurrences(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE(
    "the page holds its data, and a browser runs its scripts alone and asks nobody for more") {
  const Json run{{"name", "a run"}, {"calls", 5}};
  const auto made = page(Use::report, run.dump(2));
  CHECK(Json::parse(data_of(made)) == run);
  const auto policy = between(made, R"(Content-Security-Policy" content=")", "\"");
  CHECK_THAT(policy, ContainsSubstring("default-src 'none'"));
  CHECK_THAT(policy, ContainsSubstring("connect-src 'none'"));
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(occurrences(policy, "'sha256-") == 3);
  CHECK(made.find("{{data}}") == std::string::npos);
  CHECK(made.find("{{connect}}") == std::string::npos);
}

TEST_CASE("the dashboard's page may ask its own server alone") {
  const auto policy = between(page(Use::live, "{}"), R"(Content-Security-Policy" content=")", "\"");
  CHECK_THAT(policy, ContainsSubstring("connect-src 'self'"));
}

TEST_CASE("nothing in a name leaves the data's script element, and all of it is still there") {
  const std::string name =
      "</script><img src=x onerror=alert(1)><!--<script>]]>&lt;\xe2\x80\xa8\xe2\x80\xa9 é";
  const auto made = page(Use::report, Json{{"name", name}}.dump());
  const auto plain = page(Use::report, "{}");
  for (const std::string word : {"<", "</script", "<!--", "<img", "\xe2\x80\xa8", "\xe2\x80\xa9"}) {
    CAPTURE(word);
    CHECK(occurrences(made, word) == occurrences(plain, word));
  }
  CHECK(Json::parse(data_of(made))["name"] == name);
}

TEST_CASE(
    "the page names nothing that a browser would fetch, and keeps the chart library's licence") {
  const auto made = page(Use::report, "{}");
  for (const std::string word : {" src=\"", "url(", "@import", "sourceMappingURL"}) {
    CAPTURE(word);
    CHECK(made.find(word) == std::string::npos);
  }
  CHECK_THAT(made, ContainsSubstring("Dan Vanderkam"));
  CHECK_THAT(made, ContainsSubstring("WITHOUT WARRANTY OF ANY KIND"));
}

}  // namespace tripcurve::view
