#include "serve/dashboard.hpp"

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/text.hpp"
#include "view/page.hpp"

namespace tripcurve::serve {
namespace {

using Json = nlohmann::ordered_json;

Answer done_as(const char* words) { return {.body = words}; }

Answer inject(const Controls& controls, const std::string& body) {
  const auto asked = Json::parse(body, nullptr, false);
  const auto field = [&](const char* name) {
    const auto found = asked.is_object() ? asked.find(name) : asked.end();
    return found != asked.end() && found->is_string()
               ? std::string(trim(found->get_ref<const std::string&>()))
               : std::string();
  };
  const auto errors = field("errors");
  const auto latency = field("latency");
  if (errors.empty() && latency.empty()) {
    return {.status = 400,
            .body = "nothing to inject: write errors, such as 503:100%, or a latency, such as 2s"};
  }
  if (const auto error = controls.inject(errors, latency)) {
    return {.status = 400,
            .body = error->message + (error->hint.empty() ? "" : "; " + error->hint)};
  }
  return done_as("injected");
}

}  // namespace

Dashboard::Dashboard(HttpServer& server, Controls controls) : controls_(std::move(controls)) {
  const Json follow{{"live",
                     {{"events", "/events"},
                      {"token", server.token()},
                      {"inject", static_cast<bool>(controls_.inject)},
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
