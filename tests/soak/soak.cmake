# Two hours of an ME, compressed. In the ordinary test run a part of them; ./run soak has it all.
if(NOT TARGET vuicc_me OR NOT TARGET vuicc_testnet_state)
  return()
endif()

add_executable(soak ${VUICC_AREA_DIR}/soak.c ${VUICC_AREA_DIR}/shelf.c ${VUICC_AREA_DIR}/link.c)
vuicc_settings(soak)
target_include_directories(soak PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/card/include)
target_compile_definitions(soak PRIVATE VUICC_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
target_link_libraries(soak PRIVATE vuicc::me vuicc::testnet_state vuicc::perso vuicc::store)

vuicc_script_test(soak_part soak ${VUICC_AREA_DIR}/soak.py --part 25)
vuicc_script_test(soak_part_with_keys_in_the_me soak ${VUICC_AREA_DIR}/soak.py --part 25 --keys-in-me)
