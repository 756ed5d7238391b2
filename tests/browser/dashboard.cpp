// A dashboard with all its buttons and no run behind it, for browser_test.py: says on standard
// output where it is and which buttons were pressed; ends with its standard input.
#include "serve/dashboard.hpp"

#include <iostream>
#include <memory>
#include <string>

#include "tests/support/live_run.hpp"

namespace {

// All of its calls fail, each after two retries: ten a tick, and twice as many ticks as this one's.
tripcurve::live::Beside other_run() {
  using namespace tripcurve;
  live::Beside beside{.label = "without"};
  for (int i = 1; i <= 20; ++i) {
    report::Interval point;
    point.end = at(i * testing::tick_length);
    point.counts = {.calls = 10, .sent = 30, .timeouts = 10};
    beside.points.push_back(point);
  }
  return beside;
}

}  // namespace

int main() {
  using namespace tripcurve;
  std::unique_ptr<serve::Dashboard> dashboard;
  auto server = std::make_unique<serve::HttpServer>(serve::Address{}, "--dashboard");
  serve::Controls controls{
      .inject = [&](const serve::Settings& settings) -> std::optional<Error> {
        std::string text = "injected";
        for (const auto& [name, written] : settings) {
          if (written == "nonsense") {
            return Error{"unknown error kind 'nonsense'", "write 503:100%"};
          }
          text += " " + name + "=" + written;
        }
        std::cout << text << std::endl;
        dashboard->intervention({at(std::chrono::milliseconds(700)), text});
        return std::nullopt;
      },
      .examples = {{"latency", "2s"}, {"errors", "503:100%"}, {"bandwidth", "50KB/s"}},
      .clear = [] { std::cout << "clear" << std::endl; },
      .stop = [] { std::cout << "stop" << std::endl; }};
  dashboard = std::make_unique<serve::Dashboard>(*server, std::move(controls));
  auto scene = testing::outage_scene();
  scene.beside = other_run();
  dashboard->start(scene);
  testing::Ticks ticks(1, 1);
  for (int i = 0; i < 10; ++i) {
    dashboard->tick(ticks.next({.calls = 20, .sent = 20, .ok = 20}));
  }
  server->start();
  std::cout << "http://" << server->address().text() << "/" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  server.reset();
}
