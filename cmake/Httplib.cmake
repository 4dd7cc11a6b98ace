# cpp-httplib 0.41 or newer. Debian 12 ships 0.11, whose holes cannot be closed from outside (docs/adr/0003), so
# scripts/fetch-httplib brings Debian's newer *source* package; an installed package of that version is preferred.
set(BERTH_HTTPLIB_ROOT "" CACHE PATH "Directory that holds httplib.h")
add_library(berth_httplib INTERFACE)
