// The dashboard: a Display whose screen is a page in a browser. The page is told the run as it goes
// by server-sent events, has buttons that act on it, and becomes the report when it is over.
//
// Driven by one thread, as every Display. Its pages are served on the server's threads.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "live/display.hpp"
#include "serve/feed.hpp"
#include "serve/http_server.hpp"
#include "serve/settings.hpp"

namespace tripcurve::serve {

// What the page's buttons do. Called on the server's threads, several at a time. What is empty has
// no button.
struct Controls {
  // What these do not name is as it normally is.
  std::function<std::optional<Error>(const Settings& settings)> inject;
  Settings examples;            // of all that can be injected
  std::function<void()> clear;  // what was injected
  std::function<void()> stop;   // the run
};

class Dashboard : public live::Display {
 public:
  // Takes the paths / (the page), /events, and /inject, /clear and /stop as far as there are
  // controls. The server must be gone before the dashboard is.
  Dashboard(HttpServer& server, Controls controls);
  ~Dashboard() override;

  [[nodiscard]] Duration interval() const override { return std::chrono::milliseconds(250); }
  void start(const live::Scene& scene) override { feed_.begin(scene); }
  void phase_began(const Phase& /*phase*/) override {}  // the page knows the timetable
  void transition(const load::BreakerEvent& event) override { feed_.transition(event); }
  void tick(const report::Tick& tick) override { feed_.tick(tick); }
  void note(const std::string& line) override { feed_.note(line); }
  void intervention(const report::Intervention& intervention) override {
    feed_.intervention(intervention);
  }
  void finish() override {}

  // The run is over, and this is its report (report::to_json). Returns when the open pages have it,
  // or after a second and a half.
  void done(const std::string& summary_json);

 private:
  Controls controls_;
  Feed feed_;
};

}  // namespace tripcurve::serve
