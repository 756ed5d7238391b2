# What `cmake --install` puts below the prefix. The tool that was just built writes its own manual pages
# and completions, so that they always say what it does.
#
#   bin/tripcurve                                       the tool
#   share/man/man1/tripcurve*.1.gz                      manual pages
#   share/bash-completion, share/zsh, share/fish        completions
#   share/tripcurve/*.schema.json                       schemas of experiments and of results
#   share/doc/tripcurve                                 licences, changes, examples
include(GNUInstallDirs)
find_program(TRIPCURVE_GZIP gzip REQUIRED)

set(made "${PROJECT_BINARY_DIR}/share")
add_custom_command(OUTPUT "${made}/made"
  COMMAND "${CMAKE_COMMAND}" -E rm -rf "${made}"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${made}/man1"
  COMMAND tripcurve man --into "${made}/man1"
  COMMAND "${TRIPCURVE_GZIP}" --best --no-name --recursive "${made}/man1"
  COMMAND tripcurve completion bash > "${made}/tripcurve.bash"
  COMMAND tripcurve completion zsh > "${made}/_tripcurve"
  COMMAND tripcurve completion fish > "${made}/tripcurve.fish"
  COMMAND "${TRIPCURVE_GZIP}" --best --no-name --stdout "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
    > "${made}/changelog.gz"
  COMMAND "${CMAKE_COMMAND}" -E touch "${made}/made"
  DEPENDS tripcurve "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
  COMMENT "Writing manual pages and completions"
  VERBATIM)
add_custom_target(pages ALL DEPENDS "${made}/made")

# Ours, and the licences of what is compiled into the tool and asks to be named. Boost and fmt do not ask
# it of programs.
file(READ "${PROJECT_SOURCE_DIR}/LICENSE" licences)
string(APPEND licences "\n\n---- Compiled in: the charts of the HTML report\n\n")
file(READ "${PROJECT_SOURCE_DIR}/view/dygraphs-licence.txt" licence)
string(APPEND licences "${licence}")
foreach(package IN ITEMS libcli11-dev nlohmann-json3-dev libyaml-cpp-dev)
  if(EXISTS "/usr/share/doc/${package}/copyright")
    file(READ "/usr/share/doc/${package}/copyright" licence)
    string(APPEND licences "\n\n---- Compiled in: parts of ${package}\n\n${licence}")
  else()
    message(STATUS "No /usr/share/doc/${package}/copyright: add its licence before you pass the tool on")
  endif()
endforeach()
file(WRITE "${PROJECT_BINARY_DIR}/copyright" "${licences}")

install(DIRECTORY "${made}/man1" DESTINATION "${CMAKE_INSTALL_MANDIR}")
install(FILES "${made}/tripcurve.bash" RENAME tripcurve
  DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
# Zsh looks in another folder for what packages bring than for what is installed by hand.
install(CODE [[
  set(zsh_folder site-functions)
  if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    set(zsh_folder vendor-completions)
  endif()]])
install(FILES "${made}/_tripcurve" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/\${zsh_folder}")
install(FILES "${made}/tripcurve.fish"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
install(FILES docs/experiment.schema.json docs/results.schema.json
  DESTINATION "${CMAKE_INSTALL_DATADIR}/tripcurve")
install(FILES "${PROJECT_BINARY_DIR}/copyright" "${made}/changelog.gz"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY examples DESTINATION "${CMAKE_INSTALL_DOCDIR}")
