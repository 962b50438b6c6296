# What is left when the power goes: the transcripts again, with a store that fails and with SIGKILL.
if(NOT TARGET vuicc_script)
  return()
endif()

file(GLOB power_stories CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/transcripts/*.apdu)

foreach(program power_commits power_kills)
  add_executable(${program} ${VUICC_AREA_DIR}/${program}.c ${VUICC_AREA_DIR}/story.c ${VUICC_AREA_DIR}/state.c)
  vuicc_settings(${program})
  target_include_directories(${program} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/card/include)
  target_compile_definitions(${program} PRIVATE VUICC_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${program} PRIVATE vuicc::perso vuicc::store vuicc::script)
endforeach()

add_test(NAME power_every_commit COMMAND power_commits ${power_stories})
set_tests_properties(power_every_commit PROPERTIES LABELS power TIMEOUT 300)

# A choice of the cuts; `./run power` makes all of them.
target_sources(power_kills PRIVATE ${VUICC_AREA_DIR}/tracer.c)
add_test(NAME power_every_writing_call COMMAND power_kills --seconds 15 ${power_stories})
set_tests_properties(power_every_writing_call PROPERTIES LABELS power TIMEOUT 120 SKIP_RETURN_CODE 77)

if(TARGET vuicc_me)
  add_executable(power_me ${VUICC_AREA_DIR}/power_me.c ${VUICC_AREA_DIR}/tracer.c
    ${CMAKE_SOURCE_DIR}/tests/unit/mikey_fixture.c)
  vuicc_settings(power_me)
  target_include_directories(power_me PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(power_me PRIVATE vuicc::me PkgConfig::SQLITE)
  add_test(NAME power_every_writing_call_of_an_me COMMAND power_me)
  set_tests_properties(power_every_writing_call_of_an_me PROPERTIES LABELS power TIMEOUT 120 SKIP_RETURN_CODE 77)
endif()
