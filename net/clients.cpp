#include "net/clients.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

namespace tripcurve::net {
namespace {

// Each asking makes the thread prepare a newer one, which takes it microseconds.
load::Snapshot fresh_snapshot(Client& client, TimePoint due, bool with_tally) {
  auto snapshot = client.snapshot(with_tally);
  while ((snapshot.at < due || (with_tally && !snapshot.tally)) && !client.done()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    snapshot = client.snapshot(with_tally);
  }
  return snapshot;
}

}  // namespace

Clients::Clients(const Target& target, const load::LoadPlan& plan, load::BreakerBank& bank,
                 const SteadyClock& clock, through::Log* log) {
  for (auto shard = plan.own.first; shard < plan.shards; shard += plan.own.step) {
    all_.push_back(std::make_unique<Client>(target, plan, shard, bank, clock, log));
  }
  for (const auto& client : all_) {
    client->start();
  }
}

bool Clients::done() const {
  return std::ranges::all_of(all_, [](const auto& client) { return client->done(); });
}

bool Clients::failed() const {
  return std::ranges::any_of(all_, [](const auto& client) { return client->failed(); });
}

void Clients::stop() {
  for (const auto& client : all_) {
    client->stop();
  }
}

load::Snapshot Clients::snapshot(TimePoint due, bool with_tally) {
  auto sum = fresh_snapshot(*all_.front(), due, with_tally);
  for (std::size_t i = 1; i < all_.size(); ++i) {
    sum.merge(fresh_snapshot(*all_[i], due, with_tally));
  }
  return sum;
}

load::Tally Clients::tally() const {
  auto sum = all_.front()->tally();
  for (std::size_t i = 1; i < all_.size(); ++i) {
    sum.merge(all_[i]->tally());
  }
  return sum;
}

TimePoint Clients::ended_at() const {
  TimePoint latest{};
  for (const auto& client : all_) {
    latest = std::max(latest, client->ended_at());
  }
  return latest;
}

}  // namespace tripcurve::net
