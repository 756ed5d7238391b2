#include "breaker/dialects/nginx.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {
namespace {

std::int64_t second_of(TimePoint now) {
  return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
}

}  // namespace

bool Nginx::is_failed() const { return config_.max_fails > 0 && fails_ >= config_.max_fails; }

Admission Nginx::try_acquire(TimePoint now) {
  const bool is_over = second_of(now) - checked_ > config_.fail_timeout_s;
  if (is_failed() && !is_over) {
    return reject("no live upstreams");
  }
  if (state() == State::open) {
    enter(State::half_open, now,
          passed_since(std::chrono::seconds(config_.fail_timeout_s), "the last failure"));
  }
  if (is_over) {
    checked_ = second_of(now);
  }
  return admit(now);
}

std::string_view Nginx::record(const Permit& /*permit*/, Outcome outcome, CallEnd end,
                               TimePoint now) {
  if (outcome == Outcome::failure) {
    ++fails_;
    accessed_ = checked_ = second_of(now);
    if (is_failed() && state() != State::open) {
      enter(State::open, now,
            state() == State::half_open
                ? trial_failed(end)
                : fmt::format("{}, the last {}", count_of(fails_, "failure"), words(end)));
    }
  } else if (accessed_ < checked_) {
    fails_ = 0;
    if (state() != State::closed) {
      enter(State::closed, now, trials_succeeded(1));
    }
  }
  return {};
}

namespace {

constexpr std::array nginx_keys{
    Key{"max_fails", "", "1", "this many failures take the server out; 0 turns this off", whole(0)},
    Key{"fail_timeout", "", "10s",
        "the server is out for this long, and a success this long after the last failure clears "
        "the count",
        seconds()},
};

Result<NginxConfig> read_nginx(const Settings& settings) {
  SettingsReader read(nginx_keys, settings);
  const auto fail_timeout = read.duration("fail_timeout");
  if (fail_timeout % std::chrono::seconds(1) != Duration::zero()) {
    read.refuse("fail_timeout",
                fmt::format("{} is not a whole number of seconds", format_duration(fail_timeout)),
                "nginx takes whole seconds here, such as 10s");
  }
  return read.result(NginxConfig{
      .max_fails = read.whole("max_fails"),
      .fail_timeout_s = std::chrono::duration_cast<std::chrono::seconds>(fail_timeout).count()});
}

Result<std::unique_ptr<Breaker>> make_nginx(const Settings& settings, Random /*random*/) {
  return make_breaker<Nginx>(read_nginx(settings));
}

Facts nginx_facts(const Settings& settings) {
  const auto config = *read_nginx(settings);
  // Another trial goes out in the next second of the clock but fail_timeout, which after 0s may
  // be at once.
  Facts facts{.trips = {},
              .open_for = std::chrono::seconds(config.fail_timeout_s),
              .trials_admitted = config.fail_timeout_s > 0 ? 1U : 0U,
              .trials_again = std::chrono::seconds(config.fail_timeout_s)};
  if (config.max_fails > 0) {
    facts.trips.push_back({.kind = TripRule::Kind::count,
                           .failures = config.max_fails,
                           .window = std::chrono::seconds(config.fail_timeout_s)});
  }
  return facts;
}

constexpr std::array<std::string_view, 9> nginx_surprises{
    "By default no status opens the breaker: a 500 or 503 counts only if proxy_next_upstream names "
    "it. In that case nginx also sends the call again, to another server.",
    "A status that proxy_next_upstream names counts only while another try is left. The status "
    "that ends the call, because of proxy_next_upstream_tries or because all servers were tried, "
    "does not count as a failure. Here each call is the first try of its request.",
    "A status of a POST, LOCK or PATCH counts only with non_idempotent. The breaker here does not "
    "know the method and always counts it, so without non_idempotent its results are valid for the "
    "other methods only.",
    "The only server of an upstream is never taken out.",
    "The default max_fails is 1, so one failure takes a server out for 10 s.",
    "Failures need not lie within one fail_timeout. A success clears them only if its call began "
    "more than fail_timeout after the last failure, so one failure every 10 s adds up.",
    "Time is counted in whole seconds of the clock: 10 s last between 10 and 11 s.",
    "While the single half-open call has no result, the other calls are rejected for another "
    "fail_timeout; then one more goes out.",
    "A client that gives the half-open call up brings the server back, as a success does.",
};

constexpr Portrait nginx_portrait{
    .library = "nginx 1.22.1, ngx_http_upstream_module",
    .evidence = Evidence::executed,
    .answers = {"> : open while now - checked <= fail_timeout, in whole seconds",
                ">= : the count against max_fails", "on every failure",
                "calls by how they ended; a call that the client gives up is not a failure",
                "one call per fail_timeout; the others are rejected",
                "all are counted, in any state",
                "when a call succeeds that began fail_timeout after the "
                "last failure"},
    .surprises = nginx_surprises,
    .counting =
        "proxy_next_upstream decides. Failed connections, nginx's own timeouts "
        "(proxy_read_timeout) and broken answers always count; http_500, http_502, http_503, "
        "http_504 and http_429 count if it names them; http_403 and http_404 never count "
        "(documentation of ngx_http_upstream_module). tripcurve's timeout stands for nginx's own; "
        "if it is to stand for the client's, use --breaker-counts timeout=success.",
    .cancelling =
        "When the client closes its connection, nginx frees the server as it does after a success "
        "(executed; ngx_http_upstream_finalize_request in ngx_http_upstream.c, "
        "ngx_http_upstream_round_robin.c, 1.22.1). With proxy_ignore_client_abort, and for "
        "answers that it caches or stores, nginx waits for the answer, and that counts.",
};

}  // namespace

const Dialect& nginx_dialect() {
  static constexpr Dialect dialect{
      .name = "nginx",
      .summary = "failures take a server out for fail_timeout; then one call at a time",
      .keys = nginx_keys,
      .portrait = &nginx_portrait,
      .make = make_nginx,
      .facts = nginx_facts,
      .counts = "5xx=success",
      .on_cancel = OnCancel::success,
      .ignored_closes = true};
  return dialect;
}

}  // namespace tripcurve::breaker
