vuicc_script_test(check_layers_finds_planted_violations unit ${CMAKE_SOURCE_DIR}/tests/check_layers.sh --self-test)
