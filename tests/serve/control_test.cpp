// The control of faults by HTTP, of an upstream that the test plays.
#include "serve/control.hpp"

#include <httplib.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/serve/served.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::serve::testing {
namespace {

using nlohmann::json;

class Steered {
 public:
  explicit Steered(const std::string& token = "", bool steps = true)
      : control_(controls(steps), token) {
    server_.api([this](const PageRequest& request) { return control_.answer(request); });
    server_.start();
  }

  struct Reply {
    int status;
    json body;
  };
  // Of an answer that may have any words.
  [[nodiscard]] int status_of(const std::string& method, const std::string& path,
                              const httplib::Headers& headers) const {
    httplib::Request request;
    request.method = method;
    request.path = path;
    request.headers = headers;
    const auto answer = client_of(server_).send(request);
    REQUIRE(answer);
    return answer->status;
  }
  [[nodiscard]] std::string page() const {
    const auto answer = client_of(server_).Get("/");
    REQUIRE(answer);
    CHECK(answer->get_header_value("Content-Type") == "text/html; charset=utf-8");
    return answer->body;
  }
  [[nodiscard]] Reply ask(const std::string& method, const std::string& path,
                          const std::string& body = "",
                          const httplib::Headers& headers = {}) const {
    httplib::Request request;
    request.method = method;
    request.path = path;
    request.headers = headers;
    request.headers.emplace("Content-Type", "application/json");
    request.body = body;
    const auto answer = client_of(server_).send(request);
    REQUIRE(answer);
    return {answer->status, json::parse(answer->body)};
  }

  bool is_running = true;
  Settings injected;
  std::size_t phase = 0;

 private:
  FaultControls controls(bool steps) {
    FaultControls all;
    all.state = [this]() -> std::optional<ControlledState> {
      if (!is_running) {
        return std::nullopt;
      }
      ControlledState state{.now = at(std::chrono::seconds(3)), .seed = 7, .phase = phase};
      state.phases.push_back(
          {"up", "up 5s", at({}), at(std::chrono::seconds(5)), 4, 3, {{"503", 1}}});
      state.phases.push_back(
          {"outage", "outage 1s errors=refuse", at(std::chrono::seconds(5)), never});
      state.injected = injected;
      state.plan = "a plan";
      return state;
    };
    all.inject = [this](const Settings& settings) -> std::optional<Error> {
      if (settings.empty() || settings.front().second == "nonsense") {
        return Error{"errors: 'nonsense' is no kind of error", "write 503"};
      }
      injected = settings;
      return std::nullopt;
    };
    all.examples = {{"errors", "5%"}};
    all.clear = [this] { injected.clear(); };
    if (steps) {
      all.go_to = [this](std::size_t index) { phase = index; };
      all.reset = [this] {
        injected.clear();
        phase = 0;
      };
    }
    return all;
  }

  Control control_;
  HttpServer server_{Address{}, "--control"};
};

TEST_CASE("control: the state tells the phases, what arrived in them, and what is injected") {
  const Steered it;
  const auto state = it.ask("GET", "/faults");
  CHECK(state.status == 200);
  CHECK(state.body ==
        json::parse(
            R"({"now_ms": 3000.0, "seed": 7, "phase": "up", "injected": null, "plan": "a plan",
          "phases": [
            {"name": "up", "text": "up 5s", "begin_ms": 0.0, "end_ms": 5000.0, "arrived": 4, "served": 3,
             "injected": {"503": 1}},
            {"name": "outage", "text": "outage 1s errors=refuse", "begin_ms": 5000.0, "end_ms": null,
             "arrived": 0, "served": 0, "injected": {}}]})"));
}

TEST_CASE("control: PUT injects exactly what it says, PATCH keeps the rest, DELETE removes all") {
  const Steered it;
  auto state = it.ask("PUT", "/faults", R"({"errors": "503:20%", "latency": "2s"})");
  CHECK(state.status == 200);
  CHECK(state.body["injected"] == json{{"errors", "503:20%"}, {"latency", "2s"}});
  state = it.ask("PATCH", "/faults", R"({"errors": "500:5%"})");
  CHECK(state.body["injected"] == json{{"errors", "500:5%"}, {"latency", "2s"}});
  state = it.ask("PUT", "/faults", R"({"latency": "1s"})");
  CHECK(state.body["injected"] == json{{"latency", "1s"}});
  state = it.ask("PATCH", "/faults", R"({"rate_limit": "5/s", "latency": null})");
  CHECK(state.body["injected"] == json{{"rate_limit", "5/s"}});
  state = it.ask("PATCH", "/faults", R"({"rate_limit": null})");
  CHECK(state.status == 200);
  CHECK(state.body["injected"].is_null());
  state = it.ask("DELETE", "/faults");
  CHECK(state.status == 200);
  CHECK(state.body["injected"].is_null());
}

TEST_CASE("control: what is wrong is told with a remedy, and changes nothing") {
  Steered it;
  const Settings before{{"errors", "503:1%"}};
  it.injected = before;
  const auto refused = [&](const std::string& body) {
    const auto reply = it.ask("PUT", "/faults", body);
    CHECK(reply.status == 400);
    CHECK(it.injected == before);
    return reply.body["error"].get<std::string>() + " / " + reply.body["hint"].get<std::string>();
  };
  CHECK(refused(R"({"errors": "nonsense"})") ==
        "errors: 'nonsense' is no kind of error / write 503");
  CHECK(refused(R"({"errors": 5})").find("errors is no string / ") == 0);
  CHECK(refused("{").find("the body is no JSON object / ") == 0);
  CHECK(refused("{}") == "errors: 'nonsense' is no kind of error / write 503");
}

TEST_CASE("control: a phase begins when it is named, and a run's phases follow the clock") {
  const Steered it;
  auto state = it.ask("POST", "/phase", R"({"phase": "outage"})");
  CHECK(state.status == 200);
  CHECK(state.body["phase"] == "outage");
  state = it.ask("POST", "/phase", R"({"phase": "outrage"})");
  CHECK(state.status == 400);
  CHECK(state.body["hint"] == "did you mean 'outage'?");
  state = it.ask("POST", "/phase", R"({"phase": "up", "at": "5s"})");
  CHECK(state.body["error"] == "unknown key 'at'");
  CHECK(it.phase == 1);
  const Steered run("", false);
  CHECK(run.ask("POST", "/phase", R"({"phase": "outage"})").status == 409);
}

TEST_CASE("control: a reset sets an upstream back to its beginning, and no run") {
  const Steered it;
  REQUIRE(it.ask("POST", "/phase", R"({"phase": "outage"})").status == 200);
  const auto state = it.ask("POST", "/reset");
  CHECK(state.status == 200);
  CHECK(state.body["phase"] == "up");
  CHECK(it.ask("GET", "/reset").status == 405);
  CHECK(Steered("", false).ask("POST", "/reset").status == 409);
}

TEST_CASE("control: between runs there is nothing to change") {
  Steered it;
  it.is_running = false;
  CHECK(it.ask("GET", "/faults").status == 409);
  CHECK(it.ask("PUT", "/faults", R"({"errors": "503:1%"})").status == 409);
  CHECK(it.ask("POST", "/phase", R"({"phase": "up"})").status == 409);
}

TEST_CASE("control: with a token, only those who send it are heard") {
  Steered it("secret");
  const std::string body = R"({"errors": "503:1%"})";
  for (const auto* wrong : {"", "secret", "Bearer secre", "Bearer secrets", "Bearer Secret"}) {
    const auto refused = it.ask("PUT", "/faults", body, {{"Authorization", wrong}});
    CHECK(refused.status == 401);
    CHECK(it.injected.empty());
  }
  CHECK(it.ask("PUT", "/faults", body, {{"Authorization", "Bearer secret"}}).status == 200);
  CHECK(it.injected == Settings{{"errors", "503:1%"}});
}

TEST_CASE("control: neither a page of another site nor another name is let in") {
  const Steered it;
  const auto status = [&](const httplib::Headers& headers) {
    return it.status_of("DELETE", "/faults", headers);
  };
  CHECK(status({{"Origin", "http://evil.example"}}) == 403);
  CHECK(status({{"Host", "evil.example"}}) == 403);
}

TEST_CASE("control: people get a page, which needs no token and says nothing of the upstream") {
  const Steered it("secret");
  const auto page = it.page();
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(page.find("connect-src 'self'") != std::string::npos);
  CHECK(page.find(R"({"control":{"steers":true,"examples":[["errors","5%"]]}})") !=
        std::string::npos);
  CHECK(page.find("a plan") == std::string::npos);
  CHECK(it.status_of("POST", "/", {{"Authorization", "Bearer secret"}}) == 404);
  CHECK(it.status_of("GET", "/", {{"Host", "evil.example"}}) == 403);
  const Steered run("", /*steps=*/false);
  CHECK(run.page().find(R"({"control":{"steers":false,)") != std::string::npos);
}

TEST_CASE("control: the description names every path and method that is served") {
  const Steered it;
  const auto description = it.ask("GET", "/openapi.json").body;
  CHECK(description["openapi"].get<std::string>().starts_with("3."));
  for (const auto& [path, methods] : description["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      std::string name = method;
      for (auto& c : name) {
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      }
      const auto status = it.ask(name, path, name == "GET" || name == "DELETE" ? "" : "{}").status;
      CHECK(status != 404);
      CHECK(status != 405);
      CHECK(operation["responses"].contains(std::to_string(status)));
    }
  }
  CHECK(it.ask("POST", "/faults", "{}").status == 405);
  CHECK(it.ask("GET", "/phase").status == 405);
  CHECK(it.ask("GET", "/other").status == 404);
}

}  // namespace
}  // namespace tripcurve::serve::testing
