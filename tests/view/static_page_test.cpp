#include "view/static_page.hpp"

#include "tests/support/catch.hpp"

using namespace tripcurve;
using tripcurve::testing::ContainsSubstring;

TEST_CASE("a static page stands alone, runs no script, and shows names as they are") {
  const auto page = view::static_page("a <b> & \"c\"", ".x { color: red; }", "<p>body</p>\n");
  CHECK(page.starts_with("<!doctype html>\n"));
  CHECK_THAT(page, ContainsSubstring("<title>a &lt;b&gt; &amp; &quot;c&quot;</title>"));
  CHECK_THAT(page, ContainsSubstring("default-src 'none'"));
  CHECK_THAT(page, ContainsSubstring(".x { color: red; }"));
  CHECK_THAT(page, ContainsSubstring("<p>body</p>\n</body>\n</html>\n"));
  CHECK_THAT(page, !ContainsSubstring("http://"));
  CHECK(view::table_row({"<1>", "it's"}, "th") == "<tr><th>&lt;1&gt;</th><th>it&#39;s</th></tr>\n");
  CHECK(view::escaped("\x1b[31m\xff").find('\x1b') == std::string::npos);
}
