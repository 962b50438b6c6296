if(NOT TARGET vuicc-me)
  return()
endif()

vuicc_script_test(vuicc_me_story_with_a_card_in_process e2e /usr/bin/python3 ${VUICC_AREA_DIR}/me_story.py)
vuicc_script_test(vuicc_me_with_keys_on_the_uicc_and_in_the_me e2e /usr/bin/python3 ${VUICC_AREA_DIR}/me_modes.py)
vuicc_script_test(vuicc_me_procedure_by_procedure e2e /usr/bin/python3 ${VUICC_AREA_DIR}/me_procedures.py)
vuicc_script_test(vuicc_me_story_with_tuak e2e /usr/bin/python3 ${VUICC_AREA_DIR}/me_tuak.py)

vuicc_script_test(vuicc_me_with_a_card_in_a_reader e2e
  ${VUICC_AREA_DIR}/with-pcscd.sh /usr/bin/python3 ${VUICC_AREA_DIR}/me_reader.py)
set_tests_properties(vuicc_me_with_a_card_in_a_reader PROPERTIES SKIP_RETURN_CODE 77)

# What is proven above with a card in process, through pcscd.
function(vuicc_reader_test name)
  vuicc_script_test(${name} e2e ${VUICC_AREA_DIR}/with-pcscd.sh /usr/bin/python3 ${ARGN} --reader)
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()

vuicc_reader_test(vuicc_me_with_keys_here_and_there_in_a_reader ${VUICC_AREA_DIR}/me_modes.py)
vuicc_reader_test(vuicc_me_procedure_by_procedure_in_a_reader ${VUICC_AREA_DIR}/me_procedures.py)
vuicc_reader_test(vuicc_me_in_a_flood_with_a_card_in_a_reader ${VUICC_AREA_DIR}/me_flood.py)
vuicc_reader_test(vuicc_me_captured_with_a_card_in_a_reader ${VUICC_AREA_DIR}/me_capture.py)
if(TARGET vuicc-testnet)
  foreach(part ub ua uicc)
    vuicc_reader_test(me_against_the_faults_of_a_network_${part}_in_a_reader ${VUICC_AREA_DIR}/net_faults.py ${part})
  endforeach()
endif()

vuicc_script_test(vuicc_me_on_a_disk_that_is_full_or_read_only e2e /usr/bin/python3 ${VUICC_AREA_DIR}/me_disk.py)
set_tests_properties(vuicc_me_on_a_disk_that_is_full_or_read_only PROPERTIES SKIP_RETURN_CODE 77)

vuicc_script_test(vuicc_me_forgets_keys_in_memory_and_files e2e
  ${VUICC_AREA_DIR}/with-pcscd.sh /usr/bin/python3 ${VUICC_AREA_DIR}/me_memory.py)
set_tests_properties(vuicc_me_forgets_keys_in_memory_and_files PROPERTIES SKIP_RETURN_CODE 77)

vuicc_script_test(vuicc_me_with_nothing_to_do_makes_no_system_call e2e
  ${VUICC_AREA_DIR}/with-pcscd.sh /usr/bin/python3 ${VUICC_AREA_DIR}/me_idle.py)
set_tests_properties(vuicc_me_with_nothing_to_do_makes_no_system_call PROPERTIES SKIP_RETURN_CODE 77)

vuicc_script_test(vuicc_me_in_a_flood_of_datagrams e2e /usr/bin/python3 ${VUICC_AREA_DIR}/me_flood.py)

vuicc_script_test(vuicc_me_captured_as_tshark_reads_it e2e /usr/bin/python3 ${VUICC_AREA_DIR}/me_capture.py)

vuicc_script_test(vuicc_me_over_tls e2e /usr/bin/python3 ${VUICC_AREA_DIR}/me_tls.py)

vuicc_script_test(vuicc_me_with_servers_that_are_none e2e /usr/bin/python3 ${VUICC_AREA_DIR}/me_http.py)
