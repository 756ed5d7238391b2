#include "cli/simulated_series.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "live/display.hpp"
#include "report/formats.hpp"
#include "report/json_values.hpp"
#include "trial/virtual_time.hpp"

namespace tripcurve::cli {

namespace {

using Json = nlohmann::ordered_json;

bool is_run(const Json& json, std::size_t sample_size) {
  const auto is_value = [](const Json& value) { return value.is_null() || value.is_number(); };
  return json.is_object() && json.contains("result") && json.contains("sample") &&
         json["sample"].is_array() && std::ranges::all_of(json["sample"], is_value) &&
         (json["sample"].empty() || json["sample"].size() == sample_size) &&
         json.contains("events") && json["events"].is_string();
}

expect::Spreads::Sample sample_in(const Json& values) {
  expect::Spreads::Sample sample;
  for (const auto& value : values) {
    sample.push_back(value.is_null() ? std::nullopt : std::optional(value.get<double>()));
  }
  return sample;
}

// Adds the time that a run has simulated to that of all runs.
class Progress final : public live::Display {
 public:
  Progress(Duration length, std::atomic<Duration::rep>& simulated)
      : length_(length), simulated_(simulated) {}
  ~Progress() override { advance_to(at(length_)); }

  [[nodiscard]] Duration interval() const override {
    return std::max<Duration>(length_ / 100, std::chrono::milliseconds(1));
  }
  void start(const live::Scene& /*scene*/) override {}
  void phase_began(const Phase& /*phase*/) override {}
  void transition(const load::BreakerEvent& /*event*/) override {}
  void tick(const report::Tick& tick) override { advance_to(tick.end); }
  void note(const std::string& /*line*/) override {}
  void finish() override {}

 private:
  void advance_to(TimePoint now) {
    const auto reached = std::min(now, at(length_));
    simulated_ += (reached - reached_).count();
    reached_ = reached;
  }

  Duration length_;
  std::atomic<Duration::rep>& simulated_;
  TimePoint reached_{};
};

}  // namespace

SimulatedSeries::SimulatedSeries(const experiment::Experiment& experiment,
                                 const trial::Judging& judging, const trial::Origin& origin,
                                 bool wants_events, const RunOutput& output)
    : judging_(judging),
      origin_(origin),
      wants_events_(wants_events),
      output_(output),
      series_(experiment, judging, origin),
      runs_(judging.repeat),
      length_(experiment::load_plan(experiment).timetable.end().time_since_epoch()) {}

void SimulatedSeries::run(std::size_t job, const Stop& stop) {
  auto& [summary, sample, events] = runs_[job];
  Progress progress(length_, simulated_);
  trial::Audience audience{.displays = {&progress}};
  if (wants_events_) {
    audience.events = [&events](const std::string& line) { events += line; };
  }
  audience.wait_for_signal = [&stop](Duration /*longest*/) { return stop.asked(); };
  trial::VirtualTime world;
  summary =
      trial::run(series_.run(job), world, origin_, judging_, audience, {job + 1, judging_.repeat});
  sample = series_.sample_of(*summary);
}

std::string SimulatedSeries::found(std::size_t job) {
  const auto [summary, sample, events] = std::exchange(runs_[job], {});
  auto values = Json::array();
  for (const auto& value : sample) {
    values.push_back(value ? Json(*value) : Json());
  }
  auto line = report::render({{"result", Json::parse(report::to_json(*summary))},
                              {"sample", std::move(values)},
                              {"events", events}});
  line.pop_back();  // its end of line
  return line;
}

std::optional<std::string> SimulatedSeries::put(std::size_t job, std::string_view found) {
  const auto json = Json::parse(found);
  if (!is_run(json, series_.sample_size())) {
    return "it has no result with its sample and events";
  }
  auto summary = report::read_json("the result", json["result"].dump());
  if (!summary) {
    return summary.error().message;
  }
  runs_[job] = {*std::move(summary), sample_in(json["sample"]), json["events"]};
  return std::nullopt;
}

std::optional<double> SimulatedSeries::share_done(std::size_t jobs) const {
  return static_cast<double>(simulated_) /
         (static_cast<double>(length_.count()) * static_cast<double>(jobs));
}

bool SimulatedSeries::take(std::size_t job) {
  auto [summary, sample, events] = std::exchange(runs_[job], {});
  if (wants_events_) {
    output_.events()->put(events);
  }
  return series_.take(*std::move(summary), sample);
}

}  // namespace tripcurve::cli
