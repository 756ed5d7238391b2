// HAProxy's servers, with what default-server and defaults hand on to them.
#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

namespace {

const std::string shop =
    "defaults\n"
    "  mode http\n"
    "  timeout server 30s\n"
    "  default-server inter 1s fall 2\n"
    "backend shop  # two\n"
    "  option httpchk GET /health\n"
    "  default-server   observe layer7 error-limit 5 on-error mark-down\n"
    "  server s1 10.0.0.1:80 check weight 10 rise 3\n"
    "  server s2 10.0.0.2:80 check observe layer4 inter 500 # slow\n"
    "  server s3 10.0.0.3:80 check observe none\n"
    "  default-server error-limit 9\n";

}  // namespace

TEST_CASE("a server of HAProxy inherits from default-server before it and from defaults") {
  const auto imported = read_as("haproxy.cfg", shop, "shop/s1");
  CHECK(imported.format == "HAProxy server");
  CHECK(imported.choice.text() ==
        "haproxy,observe=layer7,error-limit=5,on-error=mark-down,inter=1s,rise=3,fall=2");
  CHECK(imported.timeout->length == std::chrono::seconds(30));
  CHECK(tells(imported.ignored, 8, "weight", "how calls are spread"));
  CHECK(tells(imported.warnings, 6, "httpchk", "tripcurve plays checks that pass"));
  CHECK(tells(imported.warnings, 8, "", "one of 3 servers"));
}

TEST_CASE("with layer4 HAProxy's answers count for nothing") {
  const auto imported = read_as("haproxy.cfg", shop, "shop/s2");
  CHECK(imported.choice.text() ==
        "haproxy,observe=layer4,error-limit=5,on-error=mark-down,inter=500ms,fall=2");
  CHECK(imported.counts->at.text() == "haproxy.cfg:9:31");
  const auto rules = OutcomeRules().with(imported.counts->changes);
  CHECK(rules.of({CallEnd::Kind::answer, 503}) == Outcome::success);
  CHECK(rules.of({CallEnd::Kind::connect_failed, 0}) == Outcome::failure);
}

TEST_CASE("only servers of HAProxy that are observed are breakers") {
  CHECK_THAT(
      refused_as("haproxy.cfg", shop).message,
      ContainsSubstring("2 circuit breakers are in the file: shop/s1 (line 8), shop/s2 (line 9)"));
  const auto none = refused_as("h.cfg", "listen web\n  server a 10.0.0.1:80 check fall 3\n");
  CHECK_THAT(none.message, StartsWith("h.cfg:2:3: this server has no circuit breaker"));
  CHECK_THAT(none.hint, ContainsSubstring("observe layer7"));
}

TEST_CASE("what HAProxy would refuse or not do is refused with its place") {
  const auto refused = [](const std::string& server) {
    return refused_as("h.cfg", "backend b\n mode http\n server a h:80 " + server + "\n").message;
  };
  CHECK(refused("observe layer7") == "h.cfg:3:16: observe has no effect without health checks");
  CHECK(refused("check no-check observe layer7") ==
        "h.cfg:3:31: observe has no effect without health checks");
  CHECK(refused("check observe layer7 disabled") == "h.cfg:3:37: this server is disabled");
  CHECK(refused("check observe layer7 inter fast") ==
        "h.cfg:3:37: 'fast' is not a valid time in HAProxy");
  CHECK(refused("check observe layer7 error-limit {{ n }}") ==
        "h.cfg:3:37: '{{' is template syntax");
  CHECK(refused("check observe layer7 eror-limit 3") ==
        "h.cfg:3:37: HAProxy has no server parameter 'eror-limit'");
  CHECK_THAT(refused("check observe layer8"), ContainsSubstring("layer8"));
  CHECK_THAT(
      refused_as("h.cfg", "defaults\nbackend b\n server a h:80 check observe layer7\n").message,
      StartsWith("h.cfg:3:22: observe layer7 needs mode http"));
}

TEST_CASE("defaults of HAProxy hold up to the next, and by their name") {
  const std::string file =
      "defaults fast\n  mode http\n  default-server inter 1s\n"
      "defaults\n  mode http\n  default-server inter 9s\n"
      "backend a\n  server s h:80 check observe layer7\n"
      "backend b from fast\n  server s h:80 check observe layer7\n";
  CHECK(read_as("h.cfg", file, "a/s").choice.text() == "haproxy,observe=layer7,inter=9s");
  CHECK(read_as("h.cfg", file, "b/s").choice.text() == "haproxy,observe=layer7,inter=1s");
}

TEST_CASE("a part of HAProxy's configuration is read without its defaults, which is told") {
  const auto imported =
      read_as("h.cfg", "backend b\n server a h:80 check observe layer7 fastinter 100\n");
  CHECK(imported.choice.text() == "haproxy,observe=layer7,fastinter=100ms");
  CHECK(tells(imported.warnings, 2, "observe", "layer7 needs mode http, which must be set"));
  CHECK(tells(imported.warnings, 2, "fastinter", "haproxy-2.6"));
  CHECK_FALSE(imported.timeout);
}
