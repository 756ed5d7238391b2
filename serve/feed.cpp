#include "serve/feed.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tripcurve::serve {
namespace {

constexpr auto heartbeat = std::chrono::seconds(1);
constexpr auto farewell = std::chrono::milliseconds(1500);

// `json` has no line ends.
std::string message(const char* event, const std::string& json) {
  return std::string("event: ") + event + "\ndata: " + json + "\n\n";
}

}  // namespace

void Feed::begin(const live::Scene& scene) {
  const std::scoped_lock lock(mutex_);
  so_far_.emplace(scene);
  edition_ = so_far_->edition();
  tell_anew();
  for (const auto& text : std::exchange(early_notes_, {})) {
    so_far_->note(text);
  }
  changed_.notify_all();
}

void Feed::tick(const report::Tick& tick) {
  const std::scoped_lock lock(mutex_);
  publish("tick", so_far_->tick(tick));
}

void Feed::transition(const load::BreakerEvent& event) {
  const std::scoped_lock lock(mutex_);
  publish("transition", so_far_->transition(event));
}

void Feed::note(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  if (!so_far_) {
    early_notes_.push_back(text);
    return;
  }
  publish("note", so_far_->note(text));
}

void Feed::intervention(const report::Intervention& intervention) {
  const std::scoped_lock lock(mutex_);
  publish("note", so_far_->intervention(intervention));
}

void Feed::publish(const char* event, const std::string& json) {
  messages_.push_back(message(event, json));
  if (messages_.size() > latest) {
    messages_.pop_front();
    ++first_;
  }
  if (edition_ != so_far_->edition()) {
    edition_ = so_far_->edition();
    tell_anew();
  }
  changed_.notify_all();
}

void Feed::tell_anew() {
  first_ += messages_.size() + 1;  // nobody is at this place yet
  messages_.clear();
}

void Feed::end(std::string report) {
  std::ranges::replace(report, '\n', ' ');  // JSON has line ends between values only
  const std::scoped_lock lock(mutex_);
  report_ = message("report", report);
  changed_.notify_all();
}

void Feed::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void Feed::wait_for_subscribers() {
  std::unique_lock lock(mutex_);
  subscriber_left_.wait_for(lock, farewell, [this] { return subscribers_ == 0; });
}

Feed::Subscriber::Subscriber(Feed& feed) : feed_(feed) {
  const std::scoped_lock lock(feed_.mutex_);
  ++feed_.subscribers_;
}

Feed::Subscriber::~Subscriber() {
  const std::scoped_lock lock(feed_.mutex_);
  --feed_.subscribers_;
  feed_.subscriber_left_.notify_all();
}

std::optional<std::string> Feed::Subscriber::next() {
  std::unique_lock lock(feed_.mutex_);
  const auto end_of_row = [this] { return feed_.first_ + feed_.messages_.size(); };
  feed_.changed_.wait_for(lock, heartbeat, [&] {
    return feed_.closed_ || feed_.report_ || (feed_.so_far_ && place_ < end_of_row());
  });
  if (feed_.closed_ || told_end_) {
    return std::nullopt;
  }
  if (feed_.report_) {
    told_end_ = true;
    return *feed_.report_;
  }
  if (!feed_.so_far_ || place_ == end_of_row()) {
    return ":\n\n";
  }
  const bool missed = place_ < feed_.first_;
  const auto from = missed ? 0 : static_cast<std::size_t>(place_ - feed_.first_);
  place_ = end_of_row();
  if (missed) {
    const auto so_far = *feed_.so_far_;
    lock.unlock();  // putting a long run into words takes a while, and the run must not wait
    return message("state", so_far.text());
  }
  std::string news;
  for (auto i = from; i < feed_.messages_.size(); ++i) {
    news += feed_.messages_[i];
  }
  return news;
}

}  // namespace tripcurve::serve
