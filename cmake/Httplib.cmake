# cpp-httplib 0.41 or newer: the peer that tests of our server and client talk to (docs/adr/0003, 0008). Debian 12 ships
# 0.11, which cannot be trusted to behave, so scripts/fetch-httplib brings Debian's newer *source* package; an installed
# header of that version is preferred. Nothing but net's tests links berth_httplib: it costs 15 s to compile.
set(BERTH_HTTPLIB_ROOT "" CACHE PATH "Directory that holds httplib.h (empty: installed, else the cache of scripts/fetch-httplib)")
if(NOT BUILD_TESTING)
  return()
endif()
set(httplib_minimum 0.41)

# Sets <version> to what the header in <directory> declares, or to nothing.
function(berth_httplib_version directory version)
  set(found "")
  if(EXISTS ${directory}/httplib.h)
    file(STRINGS ${directory}/httplib.h line REGEX "^#define CPPHTTPLIB_VERSION \"[0-9.]+\"" LIMIT_COUNT 1)
    string(REGEX MATCH "[0-9.]+" found "${line}")
  endif()
  set(${version} "${found}" PARENT_SCOPE)
endfunction()

if(BERTH_HTTPLIB_ROOT)
  set(httplib_dir ${BERTH_HTTPLIB_ROOT})
else()
  execute_process(
    COMMAND ${CMAKE_SOURCE_DIR}/scripts/fetch-httplib --cached
    OUTPUT_VARIABLE httplib_dir OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
berth_httplib_version("${httplib_dir}" httplib_version)
if(NOT httplib_version VERSION_GREATER_EQUAL httplib_minimum)
  message(FATAL_ERROR
    "cpp-httplib ${httplib_minimum} or newer is neither installed nor cached nor in BERTH_HTTPLIB_ROOT "
    "('${BERTH_HTTPLIB_ROOT}').\nRun scripts/fetch-httplib: it brings Debian's source package into a cache.")
endif()
message(STATUS "Found httplib: ${httplib_dir}/httplib.h (version ${httplib_version})")

add_library(berth_httplib INTERFACE)
target_include_directories(berth_httplib SYSTEM INTERFACE ${httplib_dir})
target_compile_definitions(berth_httplib INTERFACE CPPHTTPLIB_OPENSSL_SUPPORT)
target_link_libraries(berth_httplib INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
