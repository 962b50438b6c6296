add_executable(apdu_bench ${CMAKE_CURRENT_LIST_DIR}/apdu_bench.c)
vuicc_settings(apdu_bench)
target_include_directories(apdu_bench PRIVATE ${CMAKE_SOURCE_DIR})
target_link_libraries(apdu_bench PRIVATE vuicc::card vuicc::store)

add_executable(bench_card ${CMAKE_CURRENT_LIST_DIR}/bench_card.c)
vuicc_settings(bench_card)
target_include_directories(bench_card PRIVATE ${CMAKE_SOURCE_DIR})
target_link_libraries(bench_card PRIVATE vuicc::perso vuicc::store)
