#include "importer/notes_text.hpp"

#include <fmt/format.h>

#include "core/plural.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::importer {
namespace {

std::string retry_text(const Retry& retry) {
  auto text = retry.attempts == Retry::endless ? std::string("an unlimited number of attempts")
                                               : count_of(retry.attempts, "attempt");
  text += fmt::format(", {}{}", retry.from_zero ? "up to " : "", format_duration(retry.wait));
  text += retry.multiplier == 1 ? " apart"
                                : fmt::format(" apart, times {:g} each time", retry.multiplier);
  if (retry.longest) {
    text += fmt::format(", at most {}", format_duration(*retry.longest));
  }
  if (retry.jitter > 0) {
    text += fmt::format(", varied randomly by {}", format_share({retry.jitter}));
  }
  if (retry.range > Duration::zero()) {
    text += fmt::format(", varied randomly by up to {}", format_duration(retry.range));
  }
  return text + "; each attempt is a call to the breaker";
}

std::string waiting_text(std::optional<std::uint64_t> queue) {
  if (!queue) {
    return "";
  }
  return *queue == 0 ? ", and none may wait" : fmt::format(", and {} more may wait", *queue);
}

// A default of the library has no place in the file.
std::string placed(const Imported& imported, const document::Place& at) {
  return at.file == nullptr ? imported.at.text() : at.text();
}

std::string note(const Imported& imported, std::string_view kind, const document::Place& at,
                 const std::string& what) {
  return fmt::format("{} {}: {}", kind, visible(placed(imported, at)), visible(what));
}

std::string words(const Note& note) {
  return note.what.empty() ? note.why : note.what + ": " + note.why;
}

}  // namespace

std::vector<std::string> warnings_of(const Imported& imported) {
  std::vector<std::string> lines;
  for (const auto& warning : imported.warnings) {
    lines.push_back(visible(placed(imported, warning.at)) + ": " + visible(words(warning)));
  }
  if (imported.retry && imported.retry->attempts != 1 && imported.client.empty()) {
    const auto attempts = imported.retry->attempts;
    lines.push_back(
        fmt::format("{}: the retry stands outside the breaker, so the breaker sees one failed "
                    "request as {} failures; tripcurve makes only one call",
                    visible(placed(imported, imported.retry->at)),
                    attempts == Retry::endless ? "any number of" : std::to_string(attempts)));
  }
  return lines;
}

std::vector<std::string> notes_of(const Imported& imported) {
  std::vector<std::string> lines;
  if (imported.timeout) {
    lines.push_back(
        note(imported, "timeout", imported.timeout->at, format_duration(imported.timeout->length)));
  }
  if (imported.retry) {
    lines.push_back(note(imported, "retry", imported.retry->at, retry_text(*imported.retry)));
  }
  if (imported.bulkhead) {
    lines.push_back(note(imported, "limit", imported.bulkhead->at,
                         fmt::format("{} {} at once{}", show_count(imported.bulkhead->concurrent),
                                     imported.bulkhead->concurrent == 1 ? "call" : "calls",
                                     waiting_text(imported.bulkhead->queue))));
  }
  if (imported.counts) {
    lines.push_back(note(imported, "counts", imported.counts->at, imported.counts->why));
  }
  for (const auto& profile : imported.profiles) {
    lines.push_back(note(imported, "profile", profile.at, words(profile)));
  }
  for (const auto& ignored : imported.ignored) {
    lines.push_back(note(imported, "ignored", ignored.at, words(ignored)));
  }
  return lines;
}

std::vector<client::PolicyChoice> policies_of(const Imported& imported) {
  return client::choices_of(imported.client,
                            {.timeout = imported.timeout ? imported.timeout->length : Duration{}});
}

std::string breaker_counts_of(const Imported& imported) {
  if (!imported.counts) {
    return {};
  }
  return format_outcome_changes(difference(OutcomeRules().with(imported.counts->changes),
                                           breaker::usual_rules(imported.choice.dialect())));
}

}  // namespace tripcurve::importer
