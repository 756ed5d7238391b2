// What toxiproxy's clients may rely on: its paths, JSON, statuses and words, by HTTP, to proxies
// that exist in name only.
#include "serve/toxiproxy.hpp"

#include <httplib.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/serve/served.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::serve::testing {
namespace {

using nlohmann::json;
using toxics::Proxy;

// Listens nowhere. A name resolves as the system would have it; a port can be taken.
class PretendedProxies : public toxics::Proxies {
 public:
  [[nodiscard]] std::vector<toxics::ProxyNow> all() const override {
    std::vector<toxics::ProxyNow> all;
    for (const auto& [name, proxy] : proxies_) {
      all.push_back({proxy, {.received_up = 1, .sent_up = 2, .received_down = 3, .sent_down = 4}});
    }
    return all;
  }
  [[nodiscard]] Result<Proxy> set(const Proxy& wanted) override {
    auto proxy = wanted;
    const auto colon = proxy.listen.find(':');
    if (colon == std::string::npos) {
      return Error{"listen tcp: address " + proxy.listen + ": missing port in address", ""};
    }
    if (proxy.enabled && proxy.listen.starts_with("localhost:")) {
      proxy.listen = "127.0.0.1" + proxy.listen.substr(colon);
    }
    for (const auto& [name, other] : proxies_) {
      if (name != proxy.name && other.listen == proxy.listen) {
        return Error{"listen tcp " + proxy.listen + ": bind: address already in use", ""};
      }
    }
    return proxies_[proxy.name] = proxy;
  }
  void remove(const std::string& name) override { proxies_.erase(name); }

 private:
  std::map<std::string, Proxy> proxies_;
};

class Toxiproxied {
 public:
  Toxiproxied() {
    server_.api([this](const PageRequest& request) { return api_.answer(request); });
    server_.start();
  }

  struct Reply {
    int status;
    std::string text;
    [[nodiscard]] json body() const { return json::parse(text); }
    [[nodiscard]] std::string error() const {
      REQUIRE(body()["status"] == status);
      return body()["error"];
    }
  };
  [[nodiscard]] Reply get(const std::string& path, const httplib::Headers& headers = {}) const {
    return reply(client_of(server_).Get(path.c_str(), headers));
  }
  [[nodiscard]] Reply post(const std::string& path, const json& body) const {
    return post_text(path, body.dump());
  }
  [[nodiscard]] Reply post_text(const std::string& path, const std::string& body,
                                const httplib::Headers& headers = {}) const {
    return reply(client_of(server_).Post(path.c_str(), headers, body, "application/json"));
  }
  [[nodiscard]] Reply patch(const std::string& path, const json& body) const {
    return reply(client_of(server_).Patch(path.c_str(), body.dump(), "application/json"));
  }
  [[nodiscard]] Reply remove(const std::string& path) const {
    return reply(client_of(server_).Delete(path.c_str()));
  }

  [[nodiscard]] Reply make_db() const {
    return post("/proxies", {{"name", "db"},
                             {"listen", "localhost:3310"},
                             {"upstream", "localhost:20001"},
                             {"enabled", true}});
  }
  [[nodiscard]] Reply add(const json& toxic) const { return post("/proxies/db/toxics", toxic); }

 private:
  static Reply reply(const httplib::Result& result) {
    REQUIRE(result);
    return {result->status, result->body};
  }

  PretendedProxies proxies_;
  Toxiproxy api_{proxies_};
  HttpServer server_{Address{}, "--toxiproxy", Toxiproxy::longest_body};
};

json latency_of(int latency, int jitter) { return {{"latency", latency}, {"jitter", jitter}}; }

TEST_CASE("toxiproxy: there are no proxies at first") {
  const Toxiproxied it;
  const auto all = it.get("/proxies");
  CHECK(all.status == 200);
  CHECK(all.body() == json::object());
}

TEST_CASE("toxiproxy: a proxy is made, with 201, listed and found, with the address it has") {
  const Toxiproxied it;
  const json db{{"name", "db"},
                {"listen", "127.0.0.1:3310"},
                {"upstream", "localhost:20001"},
                {"enabled", true},
                {"toxics", json::array()}};
  const auto made = it.make_db();
  CHECK(made.status == 201);
  CHECK(made.body() == db);
  CHECK(it.get("/proxies").body() == json{{"db", db}});
  CHECK(it.get("/proxies/db").body() == db);
}

TEST_CASE("toxiproxy: a proxy is enabled unless it is said otherwise, and then not yet resolved") {
  const Toxiproxied it;
  CHECK(it.post("/proxies", {{"name", "a"}, {"upstream", "x:1"}}).body()["enabled"] == true);
  const auto off = it.post("/proxies", {{"name", "db"},
                                        {"listen", "localhost:3310"},
                                        {"upstream", "localhost:20001"},
                                        {"enabled", false}});
  CHECK(off.body()["enabled"] == false);
  CHECK(off.body()["listen"] == "localhost:3310");
}

TEST_CASE("toxiproxy: a proxy without a name or an upstream is refused in toxiproxy's words") {
  const Toxiproxied it;
  const auto nameless = it.post("/proxies", {{"name", ""}, {"upstream", ""}});
  CHECK(nameless.status == 400);
  CHECK(nameless.error() == "missing required field: name");
  CHECK(it.post("/proxies", {{"name", "db"}}).error() == "missing required field: upstream");
}

TEST_CASE("toxiproxy: a second proxy of a name, or on a port that is taken, is refused") {
  const Toxiproxied it;
  (void)it.make_db();
  const auto again = it.make_db();
  CHECK(again.status == 409);
  CHECK(again.error() == "proxy already exists");
  const auto taken = it.post(
      "/proxies", {{"name", "test"}, {"listen", "localhost:3310"}, {"upstream", "localhost:1"}});
  CHECK(taken.status == 500);
  CHECK(taken.error() == "listen tcp 127.0.0.1:3310: bind: address already in use");
  CHECK(it.remove("/proxies/db").status == 204);
  CHECK(it.make_db().status == 201);
}

TEST_CASE("toxiproxy: a proxy is changed by POST and by PATCH, and what is not named stays") {
  const Toxiproxied it;
  (void)it.make_db();
  auto changed = it.post("/proxies/db", {{"enabled", false}});
  CHECK(changed.status == 200);
  CHECK(changed.body()["enabled"] == false);
  CHECK(changed.body()["upstream"] == "localhost:20001");
  changed = it.patch("/proxies/db", {{"upstream", "other:1"}, {"enabled", true}});
  CHECK(changed.body()["upstream"] == "other:1");
  CHECK(it.get("/proxies/db").body() == changed.body());
}

TEST_CASE("toxiproxy: to save a proxy with an old list of its toxics changes none of them") {
  const Toxiproxied it;
  auto db = it.make_db().body();
  (void)it.add({{"type", "latency"}});
  CHECK(it.post("/proxies/db", db).body()["toxics"].size() == 1);
}

TEST_CASE("toxiproxy: what is not there is not found, in toxiproxy's words") {
  const Toxiproxied it;
  for (const auto& reply :
       {it.get("/proxies/db"), it.remove("/proxies/db"), it.post("/proxies/db", json::object()),
        it.get("/proxies/db/toxics"), it.add({{"type", "noop"}})}) {
    CHECK(reply.status == 404);
    CHECK(reply.error() == "proxy not found");
  }
  (void)it.make_db();
  for (const auto& reply : {it.get("/proxies/db/toxics/x"), it.remove("/proxies/db/toxics/x"),
                            it.patch("/proxies/db/toxics/x", json::object())}) {
    CHECK(reply.status == 404);
    CHECK(reply.error() == "toxic not found");
  }
  CHECK(it.get("/").status == 404);
  CHECK(it.get("/proxies/db/toxins").status == 404);
  CHECK(it.get("/populate").status == 405);
}

TEST_CASE("toxiproxy: a toxic is added, read back and removed") {
  const Toxiproxied it;
  (void)it.make_db();
  const auto added = it.add({{"name", "foobar"},
                             {"type", "latency"},
                             {"stream", "downstream"},
                             {"toxicity", 0.2},
                             {"attributes", latency_of(100, 10)}});
  CHECK(added.status == 200);
  const json toxic{{"name", "foobar"},
                   {"type", "latency"},
                   {"stream", "downstream"},
                   {"toxicity", 0.2},
                   {"attributes", latency_of(100, 10)}};
  CHECK(added.body() == toxic);
  CHECK(it.get("/proxies/db/toxics").body() == json::array({toxic}));
  CHECK(it.get("/proxies/db/toxics/foobar").body() == toxic);
  CHECK(it.get("/proxies/db").body()["toxics"] == json::array({toxic}));
  CHECK(it.remove("/proxies/db/toxics/foobar").status == 204);
  CHECK(it.get("/proxies/db/toxics").body() == json::array());
}

TEST_CASE("toxiproxy: a toxic without a name, a stream, a toxicity or attributes gets the usual") {
  const Toxiproxied it;
  (void)it.make_db();
  const json usual{{"name", "latency_downstream"},
                   {"type", "latency"},
                   {"stream", "downstream"},
                   {"toxicity", 1},
                   {"attributes", latency_of(0, 0)}};
  CHECK(it.add({{"type", "latency"}, {"name", ""}, {"attributes", nullptr}}).body() == usual);
  CHECK(it.add({{"type", "latency"}, {"stream", "upstream"}}).body()["name"] == "latency_upstream");
  CHECK(it.add({{"type", "noop"}}).body()["attributes"] == json::object());
  // those of the way up come first
  CHECK(it.get("/proxies/db/toxics").body()[0]["name"] == "latency_upstream");
}

TEST_CASE("toxiproxy: two toxics of a proxy have different names, whatever their streams") {
  const Toxiproxied it;
  (void)it.make_db();
  (void)it.add({{"name", "foobar"}, {"type", "latency"}, {"stream", "upstream"}});
  for (const auto* stream : {"upstream", "downstream"}) {
    const auto again = it.add({{"name", "foobar"}, {"type", "slow_close"}, {"stream", stream}});
    CHECK(again.status == 409);
    CHECK(again.error() == "toxic already exists");
  }
  CHECK(it.get("/proxies/db/toxics").body().size() == 1);
}

TEST_CASE("toxiproxy: a toxic is changed by PATCH and by POST, and what is not named stays") {
  const Toxiproxied it;
  (void)it.make_db();
  (void)it.add({{"type", "latency"}, {"attributes", latency_of(100, 10)}});
  const std::string path = "/proxies/db/toxics/latency_downstream";
  auto changed = it.patch(path, {{"toxicity", 0.5}, {"attributes", {{"latency", 1000}}}}).body();
  CHECK(changed["toxicity"] == 0.5);
  CHECK(changed["attributes"] == latency_of(1000, 10));
  changed = it.post(path, {{"attributes", {{"latency", 500}}}}).body();
  CHECK(changed["toxicity"] == 0.5);
  CHECK(changed["attributes"] == latency_of(500, 10));
  CHECK(it.get(path).body() == changed);
}

TEST_CASE("toxiproxy: a toxic that makes no sense is refused, and nothing has changed") {
  const Toxiproxied it;
  (void)it.make_db();
  CHECK(it.add({{"type", "walrus"}}).error() == "invalid toxic type");
  CHECK(it.add({{"type", "latency"}, {"stream", "walrustream"}}).error() ==
        "stream was invalid, can be either upstream or downstream");
  CHECK(it.add({{"type", "latency"}, {"attributes", {{"latncy", 5}}}}).error() ==
        "bad request body: a latency toxic has no 'latncy'; did you mean 'latency'?");
  CHECK(it.add({{"type", "latency"}, {"attributes", {{"latency", 0.5}}}}).error() ==
        "bad request body: attribute latency must be a whole number");
  CHECK(it.add({{"type", "latency"}, {"attributes", {{"latency", -1}}}}).status == 400);
  CHECK(it.add({{"type", "latency"}, {"attributes", {{"latency", 1e300}}}}).status == 400);
  CHECK(it.add({{"type", "latency"}, {"toxicity", 1.5}}).error() ==
        "bad request body: toxicity must be a number from 0 to 1");
  CHECK(it.add({{"type", "latency"}, {"toxcity", 1}}).error() ==
        "bad request body: unknown key 'toxcity'; did you mean 'toxicity'?");
  CHECK(it.add({{"type", "slicer"}}).status == 400);
  CHECK(it.post_text("/proxies/db/toxics", "{").error() == "bad request body: it is not JSON");
  CHECK(it.post_text("/proxies/db/toxics", "7").status == 400);
  CHECK(it.get("/proxies/db/toxics").body().empty());
}

TEST_CASE("toxiproxy: a list of proxies is made, and those that are alike stay as they were") {
  const Toxiproxied it;
  (void)it.make_db();
  (void)it.add({{"type", "latency"}});
  const auto made = it.post(
      "/populate",
      json::array({{{"name", "db"}, {"listen", "localhost:3310"}, {"upstream", "localhost:20001"}},
                   {{"name", "two"},
                    {"listen", "127.0.0.1:7575"},
                    {"upstream", "localhost:7676"},
                    {"enabled", false}}}));
  CHECK(made.status == 201);
  const auto proxies = made.body()["proxies"];
  REQUIRE(proxies.size() == 2);
  CHECK(proxies[0]["name"] == "db");
  CHECK(proxies[0]["listen"] == "127.0.0.1:3310");
  CHECK(proxies[0]["toxics"].size() == 1);
  CHECK(proxies[1]["enabled"] == false);
}

TEST_CASE("toxiproxy: a list that lacks a name makes nothing, and one that fails stops there") {
  const Toxiproxied it;
  const json one{{"name", "one"}, {"listen", "localhost:7070"}, {"upstream", "localhost:7171"}};
  const auto nameless = it.post("/populate", json::array({one, {{"name", ""}}}));
  CHECK(nameless.status == 400);
  CHECK(nameless.error() == "missing required field: name at proxy 2");
  CHECK(nameless.body()["proxies"].empty());
  CHECK(it.get("/proxies").body().empty());
  const auto failed = it.post(
      "/populate",
      json::array({one,
                   {{"name", "two"}, {"listen", "local373"}, {"upstream", "localhost:7474"}},
                   {{"name", "three"}, {"listen", "localhost:1"}, {"upstream", "localhost:2"}}}));
  CHECK(failed.status == 500);
  CHECK(failed.body()["proxies"].size() == 1);
  CHECK(it.get("/proxies").body().size() == 1);
}

TEST_CASE("toxiproxy: proxies bring their toxics when they are made, and lists replace them") {
  const Toxiproxied it;
  const json toxics = json::array({{{"type", "timeout"}}, {{"type", "latency"}}});
  const json db{{"name", "db"},
                {"listen", "localhost:3310"},
                {"upstream", "localhost:20001"},
                {"toxics", toxics}};
  CHECK(it.post("/proxies", db).body()["toxics"].size() == 2);
  auto fewer = db;
  fewer["toxics"] = json::array({{{"type", "timeout"}}});
  CHECK(it.post("/populate", json::array({fewer})).body()["proxies"][0]["toxics"].size() == 1);
  auto twice = db;
  twice["toxics"].push_back({{"type", "timeout"}});
  CHECK(it.post("/populate", json::array({twice})).error() == "toxic already exists");
}

TEST_CASE("toxiproxy: a reset removes all toxics and enables all proxies") {
  const Toxiproxied it;
  (void)it.make_db();
  (void)it.add({{"type", "latency"}});
  (void)it.post("/proxies/db", {{"enabled", false}});
  const auto reset = it.post_text("/reset", "");
  CHECK(reset.status == 204);
  CHECK(reset.text.empty());
  const auto db = it.get("/proxies/db").body();
  CHECK(db["enabled"] == true);
  CHECK(db["toxics"].empty());
}

TEST_CASE("toxiproxy: the version is one that its clients understand") {
  const Toxiproxied it;
  CHECK(it.get("/version").text == "{\"version\": \"2.12.0+tripcurve\"}\n");
}

TEST_CASE("toxiproxy: bytes are counted by proxy and way, for Prometheus") {
  const Toxiproxied it;
  (void)it.make_db();
  const auto text = it.get("/metrics").text;
  const std::string labels =
      "listener=\"127.0.0.1:3310\",proxy=\"db\",upstream=\"localhost:20001\"}";
  const std::vector<std::string> lines{
      "received_bytes_total{direction=\"upstream\"," + labels + " 1\n",
      "received_bytes_total{direction=\"downstream\"," + labels + " 3\n",
      "sent_bytes_total{direction=\"upstream\"," + labels + " 2\n",
      "sent_bytes_total{direction=\"downstream\"," + labels + " 4\n"};
  for (const auto& line : lines) {
    CHECK(text.find("\ntoxiproxy_proxy_" + line) != std::string::npos);
  }
}

TEST_CASE("toxiproxy: neither a browser nor a page of another site may ask") {
  const Toxiproxied it;
  CHECK(it.get("/proxies", {{"User-Agent", "Mozilla/5.0 (X11)"}}).status == 403);
  CHECK(it.get("/proxies", {{"User-Agent", "Wget/2.1"}}).status == 200);
  CHECK(it.post_text("/reset", "", {{"Origin", "http://evil.example"}}).status == 403);
  CHECK(it.get("/proxies", {{"Host", "evil.example"}}).status == 403);
}

TEST_CASE("toxiproxy: a name may have any characters in a path, escaped") {
  const Toxiproxied it;
  (void)it.post("/proxies", {{"name", "my db/1"}, {"listen", "a:1"}, {"upstream", "b:2"}});
  CHECK(it.get("/proxies/my%20db%2F1").body()["name"] == "my db/1");
}

}  // namespace
}  // namespace tripcurve::serve::testing
