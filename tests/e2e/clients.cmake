# Programs that are not ours, through the real pcscd and vpcd, in a namespace of their own.
set(python /usr/bin/python3) # Debian's, which has python3-cryptography

# vuicc_client_test(NAME script.py): 77 = this machine has no namespaces for us.
function(vuicc_client_test name script)
  vuicc_script_test(${name} e2e ${VUICC_AREA_DIR}/with-pcscd.sh ${python} ${VUICC_AREA_DIR}/${script})
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()

vuicc_client_test(pcsc_scan_opensc_tool_and_scriptor client_tools.py)
vuicc_client_test(eapol_test_with_hostapd client_eapol.py)
vuicc_client_test(wpa_supplicant_wired_with_hostapd client_wired.py)
if(TARGET vuicc-apdu)
  vuicc_client_test(packs_in_a_reader_beside_another_program packs_reader.py)
  vuicc_script_test(vuicc_apdu_prompt_on_a_terminal e2e ${python} ${VUICC_AREA_DIR}/apdu_shell.py)
  vuicc_script_test(vuicc_apdu_packs_against_what_is_no_uicc e2e ${python} ${VUICC_AREA_DIR}/apdu_foreign.py)
  vuicc_script_test(vuicc_apdu_packs_vpcd_and_formats e2e ${python} ${VUICC_AREA_DIR}/apdu_program.py)
endif()
vuicc_client_test(the_whole_file_tree_is_what_the_tables_promise client_tree.py)

# vuicc_driver_test(NAME SLOTS script.py): our own reader driver in pcscd.
function(vuicc_driver_test name slots script)
  vuicc_client_test(${name} ${script})
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT
    READER_SLOTS=${slots} READER_DRIVER=${CMAKE_BINARY_DIR}/lib/libifdvuicc.so)
endfunction()

vuicc_driver_test(cards_in_the_slots_of_our_driver 4 reader_driver.py)
vuicc_driver_test(the_socket_of_our_driver 1 reader_control.py)
vuicc_driver_test(a_card_leaves_no_key_in_pcscd 1 reader_memory.py)
vuicc_driver_test(our_driver_has_16_slots_and_not_17 17 reader_slots.py)
if(TARGET vuicc-apdu)
  vuicc_driver_test(transcripts_in_a_reader 2 transcripts_reader.py)
endif()

vuicc_script_test(tshark_reads_the_mikey_vectors e2e ${python} ${VUICC_AREA_DIR}/client_tshark.py)
vuicc_script_test(nothing_answered_is_forgotten_after_sigkill e2e ${python} ${VUICC_AREA_DIR}/kill_test.py)
vuicc_script_test(vuicc_card_and_the_ways_of_vpcd e2e ${python} ${VUICC_AREA_DIR}/card_program.py)
vuicc_script_test(test_oracle_agrees_with_the_vectors vectors ${python} ${VUICC_AREA_DIR}/oracle.py)

# The whole story, also where there are no namespaces.
if(NOT TARGET vuicc-me)
  return()
endif()
vuicc_script_test(demo_with_vpcd_and_with_our_driver e2e ${python} ${VUICC_AREA_DIR}/demo_stories.py)
set_tests_properties(demo_with_vpcd_and_with_our_driver PROPERTIES SKIP_RETURN_CODE 77)
vuicc_script_test(demo_in_process e2e ${CMAKE_SOURCE_DIR}/demo/demo.py --in-process)
