// Files whose breaker is known and cannot be imported.
#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

TEST_CASE("Consul's HCL and Traefik's TOML are refused, with how to write it") {
  const auto hcl = refused_as("defaults.hcl",
                              "Kind = \"service-defaults\"\nUpstreamConfig = {\n"
                              "  Defaults = {\n    PassiveHealthCheck = {\n"
                              "      MaxFailures = 3\n    }\n  }\n}\n");
  CHECK(hcl.message == "defaults.hcl:4:5: Consul's HCL cannot be read");
  CHECK_THAT(hcl.hint, ContainsSubstring("consul config read"));
  CHECK(refused_as("dynamic.toml",
                   "[http.middlewares]\n  [http.middlewares.cb.circuitBreaker]\n"
                   "    expression = \"NetworkErrorRatio() > 0.5\"\n")
            .message == "dynamic.toml:2:24: TOML cannot be read");
}

TEST_CASE("a word like those of HAProxy does not refuse another file") {
  CHECK(read_as("b.yaml",
                "server: {observe: true}\nbreaker: {dialect: classic}\n"
                "note: server s1 observe layer7\n")
            .choice.text() == "classic");
}

// --- nginx

TEST_CASE("the servers of an nginx upstream are breakers, by their upstream and address") {
  const auto text =
      "events {}\n"
      "http {\n"
      "  upstream backend {  # two\n"
      "    server 10.0.0.1:80 weight=5 max_fails=3 fail_timeout=30s;\n"
      "    server 10.0.0.2:80 max_fails=2 fail_timeout=1m;\n"
      "    server unix:/tmp/backup backup;\n"
      "    keepalive 8;\n"
      "  }\n"
      "  server { location / { proxy_pass http://backend; } }\n"
      "}\n";
  const auto imported = read_as("nginx.conf", text, "backend/10.0.0.1:80");
  CHECK(imported.format == "nginx upstream");
  CHECK(imported.choice.text() == "nginx,max_fails=3,fail_timeout=30s");
  CHECK(tells(imported.ignored, 4, "weight", "how calls are spread"));
  CHECK(tells(imported.warnings, 4, "", "tripcurve plays one server"));
  CHECK(read_as("nginx.conf", text, "backend/10.0.0.2:80").choice.text() ==
        "nginx,max_fails=2,fail_timeout=1m");
  CHECK(read_as("nginx.conf", text, "backend/unix:/tmp/backup").choice.text() == "nginx");
}

TEST_CASE("a template of nginx's configuration is to be rendered first") {
  CHECK_THAT(
      refused_as("n.conf", "upstream b {\n server a max_fails={{ n }};\n server c;\n}\n").hint,
      ContainsSubstring("render it first"));
}

TEST_CASE("without non_idempotent nginx counts no status of a POST, which is told") {
  const std::string servers = "upstream b {\n server a;\n server c;\n}\n";
  CHECK(tells(read_as("n.conf", servers + "proxy_next_upstream http_503;\n", "b/a").warnings, 5,
              "proxy_next_upstream", "without non_idempotent, a status does not count for"));
  for (const auto* words : {"http_503 non_idempotent", "error timeout"}) {
    CHECK_FALSE(
        tells(read_as("n.conf", servers + "proxy_next_upstream " + words + ";\n", "b/a").warnings,
              5, "proxy_next_upstream", "without non_idempotent, a status does not count for"));
  }
}

TEST_CASE("a status of nginx counts while another server is left to try, which is told") {
  const std::string servers = "upstream b {\n server a;\n server c;\n server d down;\n}\n";
  CHECK(tells(read_as("n.conf", servers + "proxy_next_upstream http_503;\n", "b/a").warnings, 6,
              "proxy_next_upstream", "the last of up to 2 tries"));
  const auto once = read_as(
      "n.conf", servers + "proxy_next_upstream error http_503;\nproxy_next_upstream_tries 1;\n",
      "b/a");
  REQUIRE(once.counts);
  CHECK(once.counts->at.line == 7);
  CHECK(OutcomeRules().with(once.counts->changes).of({CallEnd::Kind::answer, 503}) ==
        Outcome::success);
  CHECK(OutcomeRules().with(once.counts->changes).of({CallEnd::Kind::reset, 0}) ==
        Outcome::failure);
  CHECK_FALSE(tells(once.warnings, 6, "proxy_next_upstream", "tries"));
  // 0 is no limit, and a request without a status in the list has no last try.
  CHECK(tells(
      read_as("n.conf", servers + "proxy_next_upstream http_503;\nproxy_next_upstream_tries 0;\n",
              "b/a")
          .warnings,
      6, "proxy_next_upstream", "up to 2 tries"));
  CHECK_FALSE(tells(read_as("n.conf", servers + "proxy_next_upstream error;\n", "b/a").warnings, 6,
                    "proxy_next_upstream", "tries"));
}

TEST_CASE("times of nginx have its units, each once and the longer ones first") {
  for (const auto& [time, meant] : std::vector<std::pair<std::string, std::string>>{
           {"30", "30s"}, {"1d", "24h"}, {"1w1h", "169h"}, {"1M", "720h"}, {"1m30", "1m30s"}}) {
    CAPTURE(time);
    CHECK(
        read_as("n.conf", "upstream u {\nserver a fail_timeout=" + time + "; server b;\n}\n", "u/a")
            .choice.text() == "nginx,fail_timeout=" + meant);
  }
}

TEST_CASE("what counts behind grpc_pass is what grpc_next_upstream says") {
  const auto imported = read_as(
      "n.conf", "upstream b {\n server a;\n server c;\n}\ngrpc_next_upstream error http_503;\n",
      "b/a");
  REQUIRE(imported.counts);
  CHECK(imported.counts->at.line == 5);
  CHECK(OutcomeRules().with(imported.counts->changes).of({CallEnd::Kind::answer, 503}) ==
        Outcome::failure);
}

TEST_CASE("what counts in nginx is what proxy_next_upstream says") {
  const std::string upstream = "upstream b {\n server a max_fails=1;\n server c;\n}\n";
  CHECK_FALSE(read_as("n.conf", upstream, "b/a").counts);
  const auto imported = read_as(
      "n.conf",
      upstream + "server {\n proxy_next_upstream error timeout http_500 http_503 http_429;\n}\n",
      "b/a");
  const auto rules = OutcomeRules().with(imported.counts->changes);
  using Kind = CallEnd::Kind;
  for (const auto status : std::vector<std::uint16_t>{500, 503, 429}) {
    CHECK(rules.of({Kind::answer, status}) == Outcome::failure);
  }
  CHECK(rules.of({Kind::answer, 502}) == Outcome::success);
  CHECK(rules.of({Kind::reset, 0}) == Outcome::failure);
}

TEST_CASE("nginx's only server, max_fails=0 and what nginx does not have are refused") {
  for (const auto& [servers, why] : std::vector<std::pair<std::string, std::string>>{
           {"server a max_fails=3;", "n.conf:2:1: the only server of an upstream has no breaker"},
           {"server a max_fails=3 server b;", "nginx has no server parameter 'server'"},
           {"server a max_fails=0; server b;", "max_fails=0 has no circuit breaker"},
           {"server a max_fails=x; server b;", "n.conf:2:8: 'x' is not a number of failures"},
           {"server a fail_timeout=500ms; server b;", "'500ms' is not a valid time in nginx"},
           {"server a fail_timeout=1.5s; server b;", "'1.5s' is not a valid time in nginx"},
           {"server a fail_timeout=1s1m; server b;", "'1s1m' is not a valid time in nginx"},
           {"server a fail_timeout=; server b;", "'' is not a valid time in nginx"},
           {"server a; server b; } proxy_next_upstream http_5000; upstream x {",
            "n.conf:2:43: proxy_next_upstream has no value 'http_5000'"},
           {"server a fail_timeout=soon; server b;", "'soon' is not a valid time in nginx"},
           {"server a max_fail=3; server b;", "nginx has no server parameter 'max_fail'"}}) {
    CAPTURE(servers);
    CHECK_THAT(refused_as("n.conf", "upstream u {\n" + servers + "\n}\n", "u/a").message,
               ContainsSubstring(why));
  }
}
