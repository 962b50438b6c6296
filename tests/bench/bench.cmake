add_executable(apdu_bench ${CMAKE_CURRENT_LIST_DIR}/apdu_bench.c)
vuicc_settings(apdu_bench)
target_include_directories(apdu_bench PRIVATE ${CMAKE_SOURCE_DIR})
target_link_libraries(apdu_bench PRIVATE vuicc::card vuicc::store)
