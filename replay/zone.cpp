#include "replay/zone.hpp"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include "core/text.hpp"

namespace tripcurve::replay {

struct Zone::Rules {
  absl::TimeZone zone;
};

namespace {
const absl::CivilSecond epoch(1970, 1, 1, 0, 0, 0);
}  // namespace

Result<Zone> Zone::named(std::string_view name) {
  auto rules = std::make_shared<Rules>();
  if (name.empty() || !absl::LoadTimeZone(std::string(name), &rules->zone)) {
    return Error{"there is no time zone " + tripcurve::quoted(name),
                 "name it as the tz database does: Europe/Berlin, America/New_York or UTC"};
  }
  return Zone(std::move(rules));
}

Zone::Moment Zone::at(std::int64_t local) const {
  const auto info = rules_->zone.At(epoch + local);
  const auto before = absl::ToUnixSeconds(info.pre);
  switch (info.kind) {
    case absl::TimeZone::TimeInfo::UNIQUE:
      return {before, before, true};
    case absl::TimeZone::TimeInfo::REPEATED:
      return {before, absl::ToUnixSeconds(info.post), true};
    case absl::TimeZone::TimeInfo::SKIPPED:
      break;
  }
  return {before, before, false};
}

std::int64_t Zone::local(std::int64_t utc) const {
  return rules_->zone.At(absl::FromUnixSeconds(utc)).cs - epoch;
}

}  // namespace tripcurve::replay
