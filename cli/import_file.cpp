#include "cli/import_file.hpp"

#include <filesystem>

#include "cli/text_file.hpp"
#include "core/text.hpp"
#include "importer/spring_profiles.hpp"

namespace tripcurve::cli {
namespace {

// A file or a pipe; a folder cannot be read.
bool can_be_read(const std::string& path) {
  std::error_code ignored;
  return path == "-" ||
         (std::filesystem::exists(path, ignored) && !std::filesystem::is_directory(path, ignored));
}

}  // namespace

FileAndInstance split_instance(const std::string& text) {
  if (can_be_read(text)) {
    return {text};
  }
  for (auto mark = text.rfind('#'); mark != std::string::npos && mark > 0;
       mark = text.rfind('#', mark - 1)) {
    if (can_be_read(text.substr(0, mark))) {
      return {text.substr(0, mark), text.substr(mark + 1)};
    }
  }
  const auto first = text.find('#');
  return first == std::string::npos
             ? FileAndInstance{text}
             : FileAndInstance{text.substr(0, first), text.substr(first + 1)};
}

Result<std::vector<std::string>> profiles_of(const std::vector<std::string>& given) {
  std::vector<std::string> all;
  for (const auto& text : given) {
    const auto names = importer::parse_profiles(text);
    if (!names) {
      return names.error().in("--profile");
    }
    all.insert(all.end(), names->begin(), names->end());
  }
  return all;
}

Result<importer::Imported> import_file(const std::string& path, const importer::Wanted& wanted) {
  auto imported =
      importer::import_breaker(path == "-" ? "stdin" : path, read_text_file(path), wanted);
  if (!imported) {
    return Error{visible(imported.error().message), visible(imported.error().hint)};
  }
  return imported;
}

Result<importer::Imported> import_file(const std::string& file_and_instance,
                                       const std::vector<std::string>& profiles) {
  const auto [file, instance] = split_instance(file_and_instance);
  return import_file(
      file, {.instance = instance, .profiles = profiles, .naming = "--breaker-from " + file + "#"});
}

}  // namespace tripcurve::cli
