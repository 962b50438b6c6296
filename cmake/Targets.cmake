# How a target of this project is built: its warnings and hardening, on our own targets only.

set(VUICC_WARNINGS
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wnull-dereference
  -Wswitch-enum -Wwrite-strings -Wpointer-arith -Wundef -Wformat=2)

function(vuicc_settings target)
  target_compile_options(${target} PRIVATE ${VUICC_WARNINGS} -fstack-protector-strong)
  # glibc's checks of lengths need the optimiser. (Some compilers come with them.)
  target_compile_options(${target} PRIVATE "$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:SHELL:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>")
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now)
endfunction()

# vuicc_library(wire apdu.c …): a static library, known to the others as vuicc::wire.
function(vuicc_library name)
  add_library(vuicc_${name} STATIC ${ARGN})
  add_library(vuicc::${name} ALIAS vuicc_${name})
  set_target_properties(vuicc_${name} PROPERTIES OUTPUT_NAME vuicc-${name} EXPORT_NAME ${name})
  vuicc_settings(vuicc_${name})
endfunction()

# vuicc_shared(me file.c … MAP names.map LIBS lib …): libvuicc-me.so for other programs, which shows what the map names
# and nothing else; vuicc::me to who finds the package.
function(vuicc_shared name)
  cmake_parse_arguments(S "" MAP LIBS ${ARGN})
  set(target vuicc-${name}-shared)
  add_library(${target} SHARED ${S_UNPARSED_ARGUMENTS})
  vuicc_settings(${target})
  target_compile_definitions(${target} PRIVATE VUICC_VERSION="${PROJECT_VERSION}")
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PRIVATE ${S_LIBS})
  # SQLite may keep the addresses of functions in it (os/sqlite_memory.h).
  target_link_options(${target} PRIVATE -Wl,-z,nodelete)
  target_link_options(${target} PRIVATE -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/${S_MAP})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME vuicc-${name} EXPORT_NAME ${name} VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${S_MAP}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
endfunction()

# vuicc_program(vuicc-card main.c …). What it frees is wiped; it is installed with man/vuicc-card.1, and bash completes it.
function(vuicc_program name)
  vuicc_plain_program(${name} ${ARGN} ${PROJECT_SOURCE_DIR}/card/store/zero_free.c)
endfunction()

# The same of a program that never holds anybody's keys.
function(vuicc_plain_program name)
  add_executable(${name} ${ARGN})
  vuicc_settings(${name})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  set_property(GLOBAL APPEND PROPERTY VUICC_PROGRAMS ${name})
endfunction()

# vuicc_embed(OUT_VARIABLE path/file.yaml symbol): a C file that holds the octets of a text file and a NUL.
function(vuicc_embed out file symbol)
  set(c ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," octets "${hex}")
  file(CONFIGURE OUTPUT ${c} CONTENT
    "#include <stddef.h>\nextern const char ${symbol}[];\nextern const size_t ${symbol}_len;\nconst char ${symbol}[] = { @octets@ 0 };\nconst size_t ${symbol}_len = sizeof ${symbol} - 1;\n" @ONLY)
  set(${out} ${c} PARENT_SCOPE)
endfunction()
