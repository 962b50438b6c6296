# The reader driver: ./run soak reader has all of it, the ordinary test run a part.
add_executable(pcsc_client ${VUICC_AREA_DIR}/pcsc_client.c)
vuicc_settings(pcsc_client)
target_include_directories(pcsc_client PRIVATE ${CMAKE_SOURCE_DIR})
target_link_libraries(pcsc_client PRIVATE vuicc::wire PkgConfig::PCSC)
add_library(heap_in_use MODULE ${VUICC_AREA_DIR}/heap_in_use.c)
vuicc_settings(heap_in_use)
target_link_libraries(heap_in_use PRIVATE Threads::Threads)
set_target_properties(heap_in_use PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
vuicc_script_test(soak_reader_part soak ${VUICC_AREA_DIR}/reader.sh ${CMAKE_BINARY_DIR}/lib --cycles 300)
set_tests_properties(soak_reader_part PROPERTIES SKIP_RETURN_CODE 77)

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
