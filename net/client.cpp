#include "net/client.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "core/ensure.hpp"
#include "net/connection_pool.hpp"
#include "net/requests.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;

// How long before a due time to stop sleeping and poll instead: Linux wakes a sleeping thread some
// 35 us late, on an idle machine up to 100 us.
constexpr Duration wake_early = std::chrono::microseconds(60);

// So many handlers run between two looks at what is due. Each reads once at most.
constexpr int most_at_once = 64;

// On a single processor, polling would keep the upstream from answering.
Duration polling_time() {
  return std::thread::hardware_concurrency() > 1 ? wake_early : Duration{};
}

int make_eventfd() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) {
    throw std::system_error(errno, std::system_category(), "cannot create an eventfd");
  }
  return fd;
}

// Lets other threads interrupt the one that runs an io_context. Posting to it would need the locks
// that an io_context of a single thread does without.
class Waker {
 public:
  explicit Waker(asio::io_context& io) : descriptor_(io, fd_) {}

  // Thread-safe. Several calls may end in one wake-up.
  void wake() const {
    const std::uint64_t one = 1;
    ENSURE(::write(fd_, &one, sizeof one) == sizeof one);
  }

  // Calls `handler` in the io_context after the next wake().
  template <typename Handler>
  void async_wait(Handler handler) {
    descriptor_.async_read_some(asio::buffer(&count_, sizeof count_),
                                [handler](const boost::system::error_code& error, std::size_t) {
                                  if (!error) {
                                    handler();
                                  }
                                });
  }

 private:
  int fd_ = make_eventfd();  // descriptor_ closes it, but is not for other threads to ask
  asio::posix::basic_stream_descriptor<asio::io_context::executor_type> descriptor_;
  std::uint64_t count_ = 0;
};

}  // namespace

class Client::Impl {
 public:
  Impl(const Target& target, const load::LoadPlan& plan, std::uint32_t shard,
       load::BreakerBank& bank, const SteadyClock& clock, through::Log* log)
      : clock_(clock),
        log_(log),
        caller_(plan.caller),
        engine_(plan, shard, bank, [this](std::uint32_t slot) { return give_up(slot); }),
        pool_(io_, destination_of(target),
              Requests(target.authority(), plan.endpoints, target.run, target.identity,
                       plan.stops_at_error_event),
              listener()),
        latest_(std::make_shared<const load::Snapshot>(engine_.snapshot(TimePoint{}))) {}

  ~Impl() { stop(); }

  void start() {
    ENSURE(!thread_.joinable());
    thread_ = std::jthread([this] { run(); });
  }

  void stop() {
    stopping_ = true;
    waker_.wake();
  }

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] bool failed() const { return done_ && failure_ != nullptr; }

  [[nodiscard]] load::Snapshot snapshot(bool with_tally) {
    std::shared_ptr<const load::Snapshot> latest;
    {
      const std::lock_guard lock(latest_mutex_);
      latest = latest_;
    }
    if (with_tally) {
      tally_wanted_ = true;
    }
    waker_.wake();
    return *latest;
  }

  [[nodiscard]] const load::Tally& tally() const {
    ENSURE(done());
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    return engine_.tally();
  }

  [[nodiscard]] TimePoint ended_at() const {
    ENSURE(done());
    return ended_at_;
  }

 private:
  void run() {
    try {
      listen();
      if (clock_.now() < TimePoint{}) {  // a head start: nothing has to wait for a connection
        pool_.warm_up(engine_.early_in_flight());
      }
      for (pump(); !engine_.done(); pump()) {
        wait();
      }
    } catch (...) {
      failure_ = std::current_exception();
    }
    pool_.close_all();
    ended_at_ = clock_.now();
    {
      const std::lock_guard lock(latest_mutex_);
      latest_ = std::make_shared<const load::Snapshot>(engine_.snapshot(ended_at_, true));
    }
    done_ = true;
  }

  // Carries out what the engine wants done now, up to the first connection that has to be opened.
  // That takes long; an answer that came meanwhile spares the next call a new one. Without this
  // look, a fast load would fall behind over its first connections and open ever more to catch up.
  void pump() {
    pumping_ = true;
    bool opened = false;
    while (!opened && !engine_.done()) {
      const auto attempt = engine_.next(clock_.now());
      if (!attempt) {
        break;
      }
      note_sent(*attempt);
      opened = pool_.send(*attempt);
    }
    pumping_ = false;
  }

  CallEnd give_up(std::uint32_t slot) {
    const auto end = pool_.cancel(slot);
    note_ended(slot, end);
    return end;
  }

  void note_sent(const load::Attempt& attempt) {
    if (log_ != nullptr) {
      if (logged_.size() <= attempt.slot) {
        logged_.resize(attempt.slot + 1);
      }
      logged_[attempt.slot] = log_->sent(attempt.request(), clock_.now());
    }
  }

  void note_ended(std::uint32_t slot, CallEnd end) {
    if (log_ != nullptr) {
      log_->ended(logged_[slot], end, caller_.of(end) == Outcome::success, clock_.now());
    }
  }

  [[nodiscard]] ConnectionPool::Listener listener() {
    ConnectionPool::Listener listener{
        .ended = [this](std::uint32_t slot, CallEnd end) { call_ended(slot, end); },
        .connected = nullptr,
        .answering = [this](
                         std::uint32_t slot,
                         std::uint16_t status) { engine_.answering(slot, status, clock_.now()); },
        .progressed = [this](std::uint32_t slot) { engine_.progressed(slot, clock_.now()); }};
    if (engine_.heeds_progress()) {
      listener.connected = [this](std::uint32_t slot) { engine_.connected(slot, clock_.now()); };
    }
    return listener;
  }

  void call_ended(std::uint32_t slot, CallEnd end) {
    note_ended(slot, end);
    engine_.finished(slot, end, clock_.now());
    // A call that fails while it is being sent is followed up by the pump that sent it.
    if (!pumping_) {
      pump();
    }
  }

  // Handles what arrives, and returns when the engine may be due or enough was handled: an upstream
  // that sends faster than it is read always has more.
  void wait() {
    const auto due = engine_.next_due();
    if (due == never) {
      io_.run_one();
    } else if (due - clock_.now() > polling_time_) {
      wake_by(due - polling_time_);
      io_.run_one();
    }
    for (int left = most_at_once; left > 0 && io_.poll_one() > 0; --left) {
    }
  }

  // A timer that fires too early does no harm, so it is not moved when less would do. In a closed
  // loop, where the next due time is nearly always the oldest call's deadline, it hardly ever is.
  void wake_by(TimePoint time) {
    if (armed_for_ <= time) {
      return;
    }
    armed_for_ = time;
    timer_.expires_at(clock_.real(time));
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) {
        armed_for_ = never;
      }
    });
  }

  void listen() {
    waker_.async_wait([this] {
      if (stopping_) {
        engine_.abandon();
        pool_.close_all();
      } else {
        publish();
      }
      listen();
    });
  }

  void publish() {
    auto snapshot = std::make_shared<const load::Snapshot>(
        engine_.snapshot(clock_.now(), tally_wanted_.exchange(false)));
    // Whoever holds the lock is another reader, and wakes this thread when it is done.
    if (const std::unique_lock lock(latest_mutex_, std::try_to_lock); lock) {
      latest_.swap(snapshot);
    }
  }

  const SteadyClock clock_;
  const Duration polling_time_ = net::polling_time();
  through::Log* const log_;  // null: nobody wants to know
  const OutcomeRules caller_;
  std::vector<std::size_t> logged_;  // by slot: what the call is called in the log
  load::Engine engine_;
  asio::io_context io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  Waker waker_{io_};
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>,
                             asio::io_context::executor_type>
      timer_{io_};
  TimePoint armed_for_ = never;
  ConnectionPool pool_;
  bool pumping_ = false;

  std::atomic<bool> stopping_ = false;
  std::atomic<bool> tally_wanted_ = false;
  std::mutex latest_mutex_;  // guards latest_
  std::shared_ptr<const load::Snapshot> latest_;

  // Written by the thread before done_, read by others after it.
  std::exception_ptr failure_;
  TimePoint ended_at_{};
  std::atomic<bool> done_ = false;

  std::jthread thread_;  // last: joined before anything it uses goes away
};

Client::Client(const Target& target, const load::LoadPlan& plan, std::uint32_t shard,
               load::BreakerBank& bank, const SteadyClock& clock, through::Log* log) {
  try {
    impl_ = std::make_unique<Impl>(target, plan, shard, bank, clock, log);
  } catch (const boost::system::system_error& error) {
    throw std::system_error(error.code().value(), std::system_category(),
                            "cannot set up a thread of load");
  }
}

Client::~Client() = default;

void Client::start() { impl_->start(); }
void Client::stop() { impl_->stop(); }
bool Client::done() const { return impl_->done(); }
bool Client::failed() const { return impl_->failed(); }
load::Snapshot Client::snapshot(bool with_tally) { return impl_->snapshot(with_tally); }
const load::Tally& Client::tally() const { return impl_->tally(); }
TimePoint Client::ended_at() const { return impl_->ended_at(); }

}  // namespace tripcurve::net
