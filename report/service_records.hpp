// The records of services and of the calls between them. Not for other folders.
#pragma once

#include <array>

#include "report/breaker_records.hpp"
#include "report/number_records.hpp"
#include "report/record.hpp"
#include "report/services.hpp"

namespace tripcurve::report {

template <>
struct Record<topology::LinkCounts> {
  static constexpr auto name = "link_counts";
  static constexpr std::array fields{
      field<&topology::LinkCounts::calls>("calls", "calls to the dependency"),
      field<&topology::LinkCounts::requests>(
          "requests", "requests sent for them; more than `calls` if the client tries again"),
      field<&topology::LinkCounts::ok>("ok", "calls that the dependency answered well"),
      field<&topology::LinkCounts::failed>("failed", "answered with an error, or not at all"),
      field<&topology::LinkCounts::timed_out>("timed_out", "given up by the client's timeout"),
      field<&topology::LinkCounts::open>(
          "open", "rejected by the open breaker, and no fallback answered in its place"),
      field<&topology::LinkCounts::full>("full", "rejected by a bulkhead"),
      field<&topology::LinkCounts::fallback>("fallback", "answered by a fallback"),
      field<&topology::LinkCounts::fallback_open>(
          "fallback_open",
          "of `fallback`: the breaker had rejected; with `open`, they are all that it rejected"),
      field<&topology::LinkCounts::cached>("cached", "of `fallback`: answered from its cache"),
      field<&topology::LinkCounts::queued>("queued",
                                           "of `fallback`: answered while they wait in its queue"),
      field<&topology::LinkCounts::drained>("drained",
                                            "calls that left the queue because they succeeded"),
      field<&topology::LinkCounts::lost>(
          "lost", "calls that were dropped from the full queue for later ones"),
      field<&topology::LinkCounts::given_up>(
          "given_up", "given up because another call had already decided the answer"),
      field_if_any<&topology::LinkCounts::limit>(
          "limit",
          "[what an adaptive limit was](#limit) while the phase went on; absent if the client has "
          "none, or none was asked in the phase"),
  };
};

template <>
struct Record<ServiceNumbers> {
  static constexpr auto name = "service_numbers";
  static constexpr std::array fields{
      field<&ServiceNumbers::arrived>("arrived", "calls that arrived at the service"),
      field<&ServiceNumbers::ok>("ok", "answered with 200"),
      field<&ServiceNumbers::failed>("failed",
                                     "answered with an error because a call that it needed failed, "
                                     "or because it has no route for the path"),
      field<&ServiceNumbers::full>(
          "full", "answered with 503 because all workers were busy and no place to wait was left"),
      field<&ServiceNumbers::response, InMilliseconds>(
          "response_ms", "[distribution](#distributions) from the arrival to the answer"),
      field<&ServiceNumbers::peak_busy>("peak_busy", "the most workers busy at once"),
      field<&ServiceNumbers::peak_waiting>("peak_waiting", "the most calls that waited at once"),
      field<&ServiceNumbers::mean_busy>("mean_busy", "busy workers, on average over time"),
      field<&ServiceNumbers::mean_waiting>("mean_waiting", "waiting calls, on average over time"),
      field<&ServiceNumbers::full_for>("full_for_ms", "how long all workers were busy"),
      field<&ServiceNumbers::first_full>(
          "first_full_ms",
          "when all workers were busy for the first time; null if they never were"),
  };
};

template <>
struct Record<LinkSummary> {
  static constexpr auto name = "link";
  static constexpr std::array fields{
      field<&LinkSummary::to>("to", "the service that is called, or `upstream`"),
      field<&LinkSummary::breaker>("breaker",
                                   "the breaker of the client, in the form of `--breaker`"),
      field<&LinkSummary::phases>("phases", "[its calls](#calls-between-services) by phase"),
      field<&LinkSummary::totals>("totals", "the same over the whole run"),
      field<&LinkSummary::opens>("opens", "how often its breaker opened"),
      field<&LinkSummary::first_opened>("first_opened_ms",
                                        "when it opened for the first time; null if it never did"),
      field<&LinkSummary::final_state>("final_state", "the breaker's state at the end"),
  };
};

template <>
struct Record<ServiceSummary> {
  static constexpr auto name = "service";
  static constexpr std::array fields{
      field<&ServiceSummary::name>("name", "the service's name"),
      field<&ServiceSummary::workers>("workers", "calls that it works on at once; null: no limit"),
      field<&ServiceSummary::queue>("queue", "calls that may wait for a worker; null: no limit"),
      field<&ServiceSummary::phases>(
          "phases",
          "[its numbers](#a-service-in-a-phase) by phase: the phase in which a call arrived"),
      field<&ServiceSummary::totals>("totals", "the same over the whole run"),
      field<&ServiceSummary::links>("links", "[the services that it calls](#a-link)"),
  };
};

}  // namespace tripcurve::report
