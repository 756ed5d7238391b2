#include "serve/dashboard.hpp"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/serve/served.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/live_run.hpp"

namespace tripcurve::serve {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using breaker::State;
using tripcurve::testing::ContainsSubstring;
using tripcurve::testing::outage_scene;
using tripcurve::testing::Ticks;
using tripcurve::testing::transition;
using Json = nlohmann::json;

// The data of the first event of that name.
Json event_of(const std::string& bytes, const std::string& name) {
  const auto head = "event: " + name + "\ndata: ";
  const auto begin = bytes.find(head);
  REQUIRE(begin != std::string::npos);
  const auto data = bytes.substr(begin + head.size());
  return Json::parse(data.substr(0, data.find("\n\n")));
}

class Watched {
 public:
  explicit Watched(Controls controls = {}) {
    dashboard = std::make_unique<Dashboard>(*server, std::move(controls));
    server->start();
  }
  ~Watched() { server.reset(); }

  void tick(std::uint64_t calls = 10) {
    dashboard->tick(ticks_.next({.calls = calls, .sent = calls, .ok = calls}));
  }
  void open() {
    dashboard->transition(transition(1s, State::closed, State::open, "5 failures in a row"));
  }

  std::unique_ptr<HttpServer> server = std::make_unique<HttpServer>(Address{}, "--dashboard");
  std::unique_ptr<Dashboard> dashboard;

 private:
  Ticks ticks_{1, 1};
};

report::Tick with_arrival(report::Tick tick) {
  tick.upstream_requests = 1;
  return tick;
}

}  // namespace

TEST_CASE("a page that opens in the middle is told the run so far, then what happens") {
  Watched run;
  run.dashboard->note("a note from before");
  run.dashboard->start(outage_scene());
  run.tick();
  run.tick();
  run.open();

  auto page = ask(*run.server, "/events");
  const auto state = event_of(read_until(page, "}\n\n"), "state");
  CHECK(state["experiment"]["name"] == "outage");
  CHECK(state["seed"] == 42);
  CHECK(state["phases"].size() == 3);
  CHECK(state["series"]["t_ms"] == Json({100.0, 200.0}));
  CHECK(state["series"]["ok"] == Json({10, 10}));
  CHECK_FALSE(state["series"].contains("upstream_requests"));  // the upstream is not ours
  CHECK(state["transitions"][0]["to"] == "open");
  CHECK(state["transitions"][0]["cause"] == "5 failures in a row");
  CHECK(state["notes"] == Json({"a note from before"}));
  CHECK(state["endpoints"][0]["counts"]["calls"] == 20);

  run.tick(7);
  CHECK(event_of(read_until(page, "}\n\n"), "tick")["calls"] == 7);
  run.dashboard->intervention({at(300ms), "injected"});
  const auto note = event_of(read_until(page, "}\n\n"), "note");
  CHECK(note["t_ms"] == 300.0);
  CHECK(note["text"] == "injected");
}

TEST_CASE("a page is told what the services are doing, whenever it opens") {
  Watched run;
  auto scene = outage_scene();
  const auto choice = [](const char* text) { return breaker::parse_choice(text).value(); };
  scene.topology.services = {
      {.name = "gateway",
       .workers = 200,
       .links = {{.to = 1, .breaker = choice("classic")}, {.breaker = choice("none")}}},
      {.name = "bank"}};
  run.dashboard->start(scene);
  report::Tick tick;
  tick.end = at(100ms);
  tick.services = {{.busy = 97, .waiting = 3, .links = {State::open, State::closed}}, {.busy = 1}};
  run.dashboard->tick(tick);

  auto page = ask(*run.server, "/events");
  const auto told = event_of(read_until(page, "}\n\n"), "state")["services_now"];
  CHECK(told[0] == Json::parse(R"({"name": "gateway", "workers": 200, "busy": 97, "waiting": 3,
    "links": [{"to": "bank", "state": "open"}, {"to": "upstream", "state": null}]})"));
  CHECK(told[1]["workers"].is_null());
  tick.end = at(200ms);
  tick.services[1].busy = 2;
  run.dashboard->tick(tick);
  CHECK(event_of(read_until(page, "}\n\n"), "tick")["services_now"][1]["busy"] == 2);
}

TEST_CASE("a page that opens before the run begins waits for it") {
  Watched run;
  auto page = ask(*run.server, "/events");
  CHECK_THAT(read_until(page, "\r\n\r\n"), ContainsSubstring("text/event-stream"));
  run.dashboard->start(outage_scene());
  CHECK(event_of(read_until(page, "}\n\n"), "state")["target"] == "127.0.0.1:38211");
}

TEST_CASE("a page that comes back is told all of it again") {
  Watched run;
  run.dashboard->start(outage_scene());
  {
    auto page = ask(*run.server, "/events");
    (void)event_of(read_until(page, "}\n\n"), "state");
  }
  run.tick();
  auto again = ask(*run.server, "/events");
  CHECK(event_of(read_until(again, "}\n\n"), "state")["series"]["calls"] == Json({10}));
}

TEST_CASE(
    "the next run takes the place of the one before, also for a page that was told all of it") {
  Feed feed;
  feed.begin(outage_scene());
  Feed::Subscriber reader(feed);
  (void)reader.next();
  auto scene = outage_scene();
  scene.seed = 43;
  feed.begin(scene);
  const auto told = reader.next();
  REQUIRE(told);
  CHECK(event_of(*told, "state")["seed"] == 43);
}

TEST_CASE("a page that reads nothing does not slow the run, and misses no transition") {
  Watched run;
  run.dashboard->start(outage_scene());
  Feed feed;  // the same as the dashboard's, read as late as can be
  feed.begin(outage_scene());
  Feed::Subscriber slow(feed);
  REQUIRE(slow.next());
  auto page = ask(*run.server, "/events");
  (void)read_until(page, "}\n\n");

  // More than the buffers of a connection take: a run that waited for its page would wait for ever.
  const auto event = transition(1s, State::closed, State::open, std::string(1'000, 'x'));
  for (int i = 0; i < 2'000; ++i) {
    run.dashboard->transition(event);
    feed.transition(event);
  }

  const auto news = slow.next();
  REQUIRE(news);
  CHECK(event_of(*news, "state")["transitions"].size() == 2'000);
}

TEST_CASE("a page that is a little behind gets what it missed, in order, and not the whole again") {
  Feed feed;
  feed.begin(outage_scene());
  Feed::Subscriber reader(feed);
  (void)reader.next();
  feed.note("first");
  feed.note("second");
  const auto news = reader.next();
  REQUIRE(news);
  CHECK(*news ==
        "event: note\ndata: {\"text\":\"first\"}\n\n"
        "event: note\ndata: {\"text\":\"second\"}\n\n");
}

TEST_CASE("the series of a long run stays short, loses no call, and is told anew") {
  Feed feed;
  feed.begin(outage_scene());
  Feed::Subscriber reader(feed);
  (void)reader.next();
  Ticks ticks(1, 1);
  for (int i = 0; i < 2399; ++i) {
    ticks.set_response(4ms, 9ms);
    feed.tick(with_arrival(ticks.next({.calls = 2})));
  }
  (void)reader.next();
  ticks.set_response(5ms, 3ms);
  feed.tick(with_arrival(ticks.next({.calls = 2})));

  const auto told = reader.next();
  REQUIRE(told);
  const auto series = event_of(*told, "state")["series"];
  CHECK(series["calls"].size() == 1200);
  CHECK(series["calls"][0] == 4);
  CHECK(series["upstream_requests"][1199] == 2);
  CHECK(series["t_ms"][1199] == 240'000.0);
  CHECK(series["p50_ms"][1199] == 5.0);  // the latest
  CHECK(series["p99_ms"][1199] == 9.0);  // the worst
}

TEST_CASE("at the end every page gets the report, also one that comes late, and its stream ends") {
  Watched run;
  run.dashboard->start(outage_scene());
  auto page = ask(*run.server, "/events");
  (void)event_of(read_until(page, "}\n\n"), "state");
  Feed feed;
  feed.begin(outage_scene());
  feed.end("{\n  \"seed\": 1\n}\n");
  Feed::Subscriber late(feed);

  run.dashboard->done("{\n  \"seed\": 7,\n  \"name\": \"a\\nb\"\n}\n");

  const auto rest = read_until(page, "}\n\n");
  CHECK(event_of(read_until(page, "\n\n") + rest, "report")["seed"] == 7);
  CHECK(event_of(*late.next(), "report")["seed"] == 1);
  CHECK_FALSE(late.next());
}

TEST_CASE("names cannot end an event or break its JSON") {
  Watched run;
  auto scene = outage_scene({"/a\n\nevent: evil\ndata: {}"}, {"</script>\xff\"}"});
  scene.title = "\r\n\r\nevent: evil";
  run.dashboard->start(scene);
  run.open();
  auto page = ask(*run.server, "/events");
  const auto bytes = read_until(page, "}\n\n");
  CHECK(bytes.find("\nevent: evil") == std::string::npos);
  const auto state = event_of(bytes, "state");
  CHECK(state["experiment"]["name"] == "\r\n\r\nevent: evil");
  CHECK(state["breakers"][0]["name"] == "</script>\xef\xbf\xbd\"}");
}

TEST_CASE("the buttons hand over what was typed, and tell what was wrong with it") {
  Settings injected;
  int cleared = 0;
  int stopped = 0;
  Watched run({.inject = [&](const Settings& settings) -> std::optional<Error> {
                 injected = settings;
                 return settings.front().second == "bad"
                            ? std::optional(Error{"'bad' is no error", "write 503:100%"})
                            : std::nullopt;
               },
               .examples = {{"errors", "5%"}},
               .clear = [&] { ++cleared; },
               .stop = [&] { ++stopped; }});
  auto http = client_of(*run.server);
  const auto post = [&](const char* path, const std::string& body) {
    return http.Post(path, own_headers(*run.server), body, "application/json");
  };

  CHECK(post("/inject", R"({"errors": "503:100%", "bandwidth": "2KB/s"})")->status == 200);
  CHECK(injected == Settings{{"errors", "503:100%"}, {"bandwidth", "2KB/s"}});
  const auto refused = post("/inject", R"({"errors": "bad"})");
  CHECK(refused->status == 400);
  CHECK(refused->body == "'bad' is no error; write 503:100%");
  injected.clear();
  for (const std::string nothing : {"", "[]", "{", R"({"errors": 5})"}) {
    CHECK(post("/inject", nothing)->status == 400);
  }
  CHECK(injected.empty());
  CHECK(post("/clear", "")->status == 200);
  CHECK(post("/stop", "")->status == 200);
  CHECK(cleared == 1);
  CHECK(stopped == 1);
  CHECK(http.Get("/stop")->status == 405);
  CHECK(stopped == 1);
}

TEST_CASE("without controls there is nothing to post to, and the page knows it") {
  const Watched run;
  auto http = client_of(*run.server);
  CHECK(http.Post("/stop", own_headers(*run.server), "", "text/plain")->status == 404);
  const auto page = http.Get("/");
  CHECK(page->get_header_value("Content-Type") == "text/html; charset=utf-8");
  CHECK_THAT(page->body, ContainsSubstring(R"("examples":null)"));
  CHECK_THAT(page->body, ContainsSubstring(R"("stop":false)"));
}

}  // namespace tripcurve::serve
