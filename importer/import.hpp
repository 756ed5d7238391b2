// Circuit breakers from the configuration files of the libraries that tripcurve knows.
//
// What a file says becomes the dialect and settings that act as the library would act on it,
// together with all that had to be left out and why. Nothing is skipped in silence: a key that the
// library does not have is an Error, and so is a value that it would refuse. docs/IMPORT.md tells
// users the rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/registry.hpp"
#include "client/config.hpp"
#include "core/outcome_rules.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "document/node.hpp"

namespace tripcurve::importer {

// Something the user should know about a place in the file.
struct Note {
  document::Place at;
  std::string what;  // "recordExceptions", or "" when it is the block as a whole
  std::string why;
};

// What stood beside the breaker. They act around it, so they are told and not made part of it.
struct Timeout {
  document::Place at{};
  Duration length{};  // of one call, as the breaker sees it
};
struct Retry {
  static constexpr std::uint64_t endless = 0;  // attempts until one succeeds

  document::Place at{};
  std::uint64_t attempts = 1;         // the first one included
  Duration wait{};                    // before the second
  double multiplier = 1;              // of the wait, from one to the next
  std::optional<Duration> longest{};  // wait
  double jitter = 0;                  // share of the wait that it may differ by
  bool from_zero = false;             // it is at random, from nothing to that
  Duration range{};                   // or up to that more or less
};
struct Bulkhead {
  document::Place at{};
  std::uint64_t concurrent = 0;          // calls at once
  std::optional<std::uint64_t> queue{};  // calls that may wait for a place
};

// What the breaker counts as what, where the file or the library that reads it decides that: in
// place of the table of the dialect.
struct ImportedCounts {
  document::Place at{};  // of the key that decides; none for the library's own way
  OutcomeChanges changes{};
  std::string why{};  // a sentence, with its source
};

struct Imported {
  std::string format;    // "resilience4j in Spring Boot"
  std::string instance;  // as the file calls it
  document::Place at;
  breaker::Choice choice;
  std::optional<Timeout> timeout{};
  std::optional<Retry> retry{};
  std::optional<Bulkhead> bulkhead{};
  std::optional<ImportedCounts> counts{};
  client::Policies client{};  // all that the file makes of a call, the breaker among it; or nothing
  std::vector<Note> profiles{};  // for which documents were taken
  std::vector<Note> ignored{};   // in the order of the file
  std::vector<Note> warnings{};  // it acts otherwise than it looks
};

// Which of a file's breakers is wanted, and how the caller names one in hints.
struct Wanted {
  std::optional<std::string> instance{};  // its name, its endpoint, or NAME:LINE
  std::vector<std::string> profiles{};    // of Spring; none: those that the file makes active
  std::string naming = "--instance ";     // what stands before the name
};

// The breaker that is wanted; without a name, the only one there is. `file` names the text in
// messages, and its ending helps to tell what it is.
[[nodiscard]] Result<Imported> import_breaker(const std::string& file, std::string_view text,
                                              const Wanted& wanted = {});

}  // namespace tripcurve::importer
