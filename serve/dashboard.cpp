#include "serve/dashboard.hpp"

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "view/page.hpp"

namespace tripcurve::serve {
namespace {

using Json = nlohmann::ordered_json;

Answer done_as(const char* words) { return {.body = words}; }

Answer refused(const Error& error) {
  return {.status = 400, .body = error.message + (error.hint.empty() ? "" : "; " + error.hint)};
}

Answer inject(const Controls& controls, const std::string& body) {
  const auto changes = read_changes(body, R"({"errors": "503:20%"})");
  if (!changes) {
    return refused(changes.error());
  }
  const auto mistake = controls.inject(changed({}, *changes));
  return mistake ? refused(*mistake) : done_as("injected");
}

}  // namespace

Dashboard::Dashboard(HttpServer& server, Controls controls) : controls_(std::move(controls)) {
  const Json follow{{"live",
                     {{"events", "/events"},
                      {"token", server.token()},
                      {"examples", controls_.inject ? Json(controls_.examples) : Json()},
                      {"stop", static_cast<bool>(controls_.stop)}}}};
  server.get("/", [page = view::page(view::Use::live, follow.dump())] {
    return Answer{.type = "text/html; charset=utf-8", .body = page};
  });
  server.stream("/events", [this] {
    return [reader = std::make_shared<Feed::Subscriber>(feed_)] { return reader->next(); };
  });
  if (controls_.inject) {
    server.post("/inject", [this](const std::string& body) { return inject(controls_, body); });
  }
  if (controls_.clear) {
    server.post("/clear", [this](const std::string&) {
      controls_.clear();
      return done_as("cleared");
    });
  }
  if (controls_.stop) {
    server.post("/stop", [this](const std::string&) {
      controls_.stop();
      return done_as("stopping");
    });
  }
}

Dashboard::~Dashboard() { feed_.close(); }

void Dashboard::done(const std::string& summary_json) {
  feed_.end(summary_json);
  feed_.wait_for_subscribers();
  feed_.close();
}

}  // namespace tripcurve::serve
